import JSON

/// The third stage: turns one piece of text into ids.
enum TokenModel: Sendable {
  case bytePairEncoding(BytePairEncoding)
  case wordLevel(WordLevel)
  case wordPiece(WordPiece)
  case unigram(Unigram)

  /// The model of tokenizer.json with its vocabulary.
  /// - Parameter takesBytes: pieces come as bytes, which the vocabulary spells as visible characters; byte-pair
  ///   encoding only.
  static func read(_ section: JSONSection, takesBytes: Bool) throws(TokenizerError) -> (TokenModel, Vocabulary) {
    let name = try section.type(absent: section.value["vocab"]?.array == nil ? "BPE" : "Unigram")
    if name == "Unigram" {
      let (vocabulary, scores) = try Unigram.vocabulary(try section.section("vocab"))
      return (.unigram(try Unigram(section, vocabulary, scores: scores)), vocabulary)
    }
    guard ["BPE", "WordLevel", "WordPiece"].contains(name) else { throw section.unsupported("the model “\(name)”") }
    let vocabulary = try Vocabulary(try section.section("vocab"))
    switch name {
    case "WordLevel": return (.wordLevel(try WordLevel(section, vocabulary)), vocabulary)
    case "WordPiece": return (.wordPiece(try WordPiece(section, vocabulary)), vocabulary)
    default:
      let settings = try BytePairEncoding.Settings(section, vocabulary)
      let merges = try section.section("merges")
      let rules = try MergeRules(merges, vocabulary, prefixLength: settings.prefix.count)
      return (.bytePairEncoding(BytePairEncoding(vocabulary, rules, settings, takesBytes: takesBytes)), vocabulary)
    }
  }

  /// Whether the model that `section` describes can take bytes as they are.
  static func canTakeBytes(_ section: JSONSection) throws(TokenizerError) -> Bool {
    let type = try section.optionalString("type") ?? "BPE"
    let fallsBack = try section.bool("byte_fallback", absent: false)
    return type == "BPE" && !fallsBack
  }

  func tokenize(_ text: Span<UInt8>, _ piece: Range<Int>, _ scratch: inout EncodingScratch, into ids: inout [Int]) {
    switch self {
    case .bytePairEncoding(let model): model.tokenize(text, piece, &scratch, into: &ids)
    case .wordLevel(let model): model.tokenize(text, piece, into: &ids)
    case .wordPiece(let model): model.tokenize(text, piece, &scratch, into: &ids)
    case .unigram(let model): model.tokenize(text, piece, &scratch, into: &ids)
    }
  }

  /// The most bytes that one unknown token stands for; nil when there is no bound.
  func unknownByteCount(_ preTokenizer: PreTokenizer) -> Int? {
    switch self {
    case .bytePairEncoding(let model): model.losesText ? nil : model.unknownByteCount
    case .wordLevel: preTokenizer.cutsEveryScalar ? 4 : nil
    case .wordPiece, .unigram: nil
    }
  }
}

extension JSONSection {
  /// The id of the model's `unk_token`; nil when it has none.
  func unknownID(in vocabulary: Vocabulary) throws(TokenizerError) -> Int? {
    guard let token = try optionalString("unk_token") else { return nil }
    guard let id = vocabulary.id(of: token) else { throw malformed("unk_token is not in the vocabulary") }
    return id
  }

  /// The name in `type`; `absent` in files older than that member.
  fileprivate func type(absent: String) throws(TokenizerError) -> String { try optionalString("type") ?? absent }
}
