import JSON

/// The third stage: turns one piece of text into ids.
enum TokenModel: Sendable {
  case bytePairEncoding(BytePairEncoding)
  case wordLevel(WordLevel)

  init(_ section: JSONSection, _ vocabulary: Vocabulary) throws(TokenizerError) {
    // Files older than the `type` member hold byte-pair encodings.
    switch try section.optionalString("type") ?? "BPE" {
    case "BPE": self = .bytePairEncoding(try BytePairEncoding(section, vocabulary))
    case "WordLevel": self = .wordLevel(try WordLevel(section, vocabulary))
    case let name: throw section.unsupported("the model “\(name)”")
    }
  }

  func tokenize(_ piece: ArraySlice<UInt8>, into ids: inout [Int]) {
    switch self {
    case .bytePairEncoding(let model): model.tokenize(piece, into: &ids)
    case .wordLevel(let model): model.tokenize(piece, into: &ids)
    }
  }

  /// The most bytes that one unknown token stands for; nil when there is no bound.
  func unknownByteCount(_ preTokenizer: PreTokenizer) -> Int? {
    switch (self, preTokenizer) {
    case (.bytePairEncoding(let model), _): model.canFuseUnknown ? nil : 4
    case (.wordLevel, .scalars): 4
    case (.wordLevel, .none): nil
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
}
