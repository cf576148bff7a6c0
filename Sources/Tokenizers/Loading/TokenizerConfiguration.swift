import JSON

/// What tokenizer_config.json and special_tokens_map.json say; every member may be absent.
struct TokenizerConfiguration: Sendable {
  var bosToken: String?
  var eosToken: String?
  var unknownToken: String?
  var addsBOS: Bool?
  var addsEOS: Bool?
  /// `tokenizer_class`, without the `Fast` that names another implementation of the same.
  var tokenizerClass: String?
  var lowercases: Bool?
  var stripsAccents: Bool?
  var separatesIdeographs: Bool?
  var addsPrefixSpace: Bool?
  /// `added_tokens_decoder`, by id; empty where the file has none.
  var addedTokens: [AddedToken] = []

  init() {}

  init(_ section: JSONSection) throws(TokenizerError) {
    readSpecialTokens(section)
    addsBOS = try section.optionalSection("add_bos_token")?.value.bool
    addsEOS = try section.optionalSection("add_eos_token")?.value.bool
    lowercases = try section.optionalSection("do_lower_case")?.value.bool
    stripsAccents = try section.optionalSection("strip_accents")?.value.bool
    separatesIdeographs = try section.optionalSection("tokenize_chinese_chars")?.value.bool
    addsPrefixSpace = try section.optionalSection("add_prefix_space")?.value.bool
    tokenizerClass = section.value["tokenizer_class"]?.string.map {
      $0.hasSuffix("Fast") ? String($0.dropLast(4)) : $0
    }
    guard let added = try section.optionalSection("added_tokens_decoder") else { return }
    for (key, _) in added.value.object ?? JSONObject() {
      let entry = try added.section(key)
      guard let id = Int(key) else { throw entry.malformed("the key is not an id") }
      // The texts that are looked for in normalised text are changed by no normaliser of the formats that need this.
      addedTokens.append(try AddedToken(entry, id: id, normalizer: .identity))
    }
  }

  /// Names that are not there yet; of special_tokens_map.json too.
  mutating func readSpecialTokens(_ section: JSONSection) {
    bosToken = bosToken ?? Self.token("bos_token", in: section)
    eosToken = eosToken ?? Self.token("eos_token", in: section)
    unknownToken = unknownToken ?? Self.token("unk_token", in: section)
  }

  /// Both spellings in use: a string, or an added token with its content.
  private static func token(_ key: String, in section: JSONSection) -> String? {
    let member = section.value[key]
    return member?.string ?? member?["content"]?.string
  }
}
