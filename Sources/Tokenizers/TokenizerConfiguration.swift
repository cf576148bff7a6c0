import JSON

/// What tokenizer_config.json says about special tokens; every member may be absent.
struct TokenizerConfiguration: Sendable {
  var bosToken: String?
  var eosToken: String?
  var addsBOS: Bool?
  var addsEOS: Bool?

  init() {}

  init(_ section: JSONSection) throws(TokenizerError) {
    bosToken = try Self.token("bos_token", in: section)
    eosToken = try Self.token("eos_token", in: section)
    addsBOS = try section.optionalSection("add_bos_token")?.value.bool
    addsEOS = try section.optionalSection("add_eos_token")?.value.bool
  }

  /// Both spellings in use: a string, or an added token with its content.
  private static func token(_ key: String, in section: JSONSection) throws(TokenizerError) -> String? {
    guard let member = try section.optionalSection(key) else { return nil }
    return member.value.object == nil ? try member.asString() : try member.string("content")
  }
}
