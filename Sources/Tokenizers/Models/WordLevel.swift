import JSON

/// A model whose tokens are whole pieces.
struct WordLevel: Sendable {
  private let vocabulary: Vocabulary
  private let unknownID: Int

  init(_ section: JSONSection, _ vocabulary: Vocabulary) throws(TokenizerError) {
    guard let unknownID = try section.unknownID(in: vocabulary) else { throw section.malformed("unk_token is missing") }
    self.vocabulary = vocabulary
    self.unknownID = unknownID
  }

  func tokenize(_ text: Span<UInt8>, _ piece: Range<Int>, into ids: inout [Int]) {
    ids.append(vocabulary.id(of: text, piece) ?? unknownID)
  }
}
