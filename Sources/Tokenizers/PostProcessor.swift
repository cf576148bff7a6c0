import JSON

/// The fourth stage: puts special tokens around the ids of one text.
struct PostProcessor: Sendable {
  private(set) var prefix: [Int] = []
  private(set) var suffix: [Int] = []

  init(_ section: JSONSection?, _ vocabulary: Vocabulary) throws(TokenizerError) {
    guard let section else { return }
    switch try section.type() {
    case "TemplateProcessing": try readTemplate(section, vocabulary)
    case let name: throw section.unsupported("the post-processor “\(name)”")
    }
  }

  func process(_ ids: [Int]) -> [Int] { prefix + ids + suffix }

  /// What `add_bos_token` and `add_eos_token` of tokenizer_config.json ask for, whatever the template says.
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
    var sawSequence = false
    for part in try section.array("single") {
      if let special = try part.optionalSection("SpecialToken") {
        let ids = try Self.ids(of: try special.string("id"), in: specialTokens, vocabulary)
        if sawSequence { suffix += ids } else { prefix += ids }
      } else {
        let sequence = try part.section("Sequence")
        guard !sawSequence, try sequence.string("id") == "A" else {
          throw sequence.unsupported("a template for one text that is not one sequence A")
        }
        sawSequence = true
      }
    }
    guard sawSequence else { throw section.malformed("the template leaves the text out") }
  }

  private static func ids(
    of name: String,
    in specialTokens: JSONSection,
    _ vocabulary: Vocabulary
  ) throws(TokenizerError) -> [Int] {
    var ids: [Int] = []
    for id in try specialTokens.section(name).array("ids") {
      let id = try id.asInteger()
      guard vocabulary.bytes(of: id) != nil else { throw specialTokens.malformed("no token has the id \(id)") }
      ids.append(id)
    }
    return ids
  }
}
