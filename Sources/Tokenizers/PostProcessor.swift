import JSON

/// The fourth stage: puts special tokens around the ids of one text.
struct PostProcessor: Sendable {
  var prefix: [Int] = []
  var suffix: [Int] = []

  init(prefix: [Int] = [], suffix: [Int] = []) {
    self.prefix = prefix
    self.suffix = suffix
  }

  init(_ section: JSONSection?, _ vocabulary: Vocabulary) throws(TokenizerError) {
    guard let section else { return }
    try read(section, vocabulary)
  }

  private mutating func read(_ section: JSONSection, _ vocabulary: Vocabulary) throws(TokenizerError) {
    switch try section.type() {
    case "TemplateProcessing": try readTemplate(section, vocabulary)
    case "BertProcessing", "RobertaProcessing":
      prefix.insert(try Self.id("cls", in: section, vocabulary), at: 0)
      suffix.append(try Self.id("sep", in: section, vocabulary))
    case "ByteLevel":
      // It moves offsets, which nobody asks for here.
      break
    case "Sequence": for step in try section.array("processors") { try read(step, vocabulary) }
    case let name: throw section.unsupported("the post-processor “\(name)”")
    }
  }

  func process(_ ids: [Int]) -> [Int] { prefix.isEmpty && suffix.isEmpty ? ids : prefix + ids + suffix }

  /// What `add_bos_token` and `add_eos_token` of tokenizer_config.json ask for.
  mutating func apply(addsBOS: Bool?, bosID: Int?, addsEOS: Bool?, eosID: Int?) {
    if let addsBOS, let bosID {
      prefix.removeAll { $0 == bosID }
      if addsBOS { prefix.insert(bosID, at: 0) }
    }
    if let addsEOS, let eosID {
      suffix.removeAll { $0 == eosID }
      if addsEOS { suffix.append(eosID) }
    }
  }

  private mutating func readTemplate(_ section: JSONSection, _ vocabulary: Vocabulary) throws(TokenizerError) {
    let specialTokens = try section.section("special_tokens")
    var before: [Int] = []
    var after: [Int] = []
    var sawSequence = false
    for part in try section.array("single") {
      if let special = try part.optionalSection("SpecialToken") {
        let ids = try Self.ids(of: try special.string("id"), in: specialTokens, vocabulary)
        if sawSequence { after += ids } else { before += ids }
      } else {
        let sequence = try part.section("Sequence")
        guard !sawSequence, try sequence.string("id") == "A" else {
          throw sequence.unsupported("a template for one text that is not one sequence A")
        }
        sawSequence = true
      }
    }
    guard sawSequence else { throw section.malformed("the template leaves the text out") }
    prefix = before + prefix
    suffix += after
  }

  private static func ids(
    of name: String,
    in specialTokens: JSONSection,
    _ vocabulary: Vocabulary
  ) throws(TokenizerError) -> [Int] {
    var ids: [Int] = []
    for id in try specialTokens.section(name).array("ids") {
      ids.append(try known(try id.asInteger(), at: specialTokens, vocabulary))
    }
    return ids
  }

  /// The id in a pair `["[CLS]", 101]`.
  private static func id(_ key: String, in section: JSONSection, _ vocabulary: Vocabulary) throws(TokenizerError) -> Int
  {
    let pair = try section.array(key)
    guard pair.count == 2 else { throw section.malformed("“\(key)” is not a token and its id") }
    return try known(try pair[1].asInteger(), at: section, vocabulary)
  }

  private static func known(_ id: Int, at section: JSONSection, _ vocabulary: Vocabulary) throws(TokenizerError) -> Int
  {
    guard vocabulary.bytes(of: id) != nil else { throw section.malformed("no token has the id \(id)") }
    return id
  }
}
