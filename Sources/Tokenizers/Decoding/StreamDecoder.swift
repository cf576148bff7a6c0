/// Decodes ids one by one. The texts that it returns, joined, are what `Tokenizer.decode` gives for all ids at once;
/// each is made of whole characters (Unicode scalars).
package struct StreamDecoder: Sendable {
  private let tokenizer: Tokenizer
  private let skipsSpecialTokens: Bool
  private var steps: [DecodingStep]

  init(_ tokenizer: Tokenizer, _ decoder: TokenDecoder, skipsSpecialTokens: Bool) {
    self.tokenizer = tokenizer
    self.skipsSpecialTokens = skipsSpecialTokens
    steps = decoder.steps.map(DecodingStep.init)
  }

  /// The text that became certain with this token; often empty. An id without a token gives nothing.
  package mutating func push(_ id: Int) -> String {
    String(decoding: pushBytes(id), as: UTF8.self)
  }

  /// The text that was still held back.
  package mutating func finish() -> String {
    String(decoding: finishBytes(), as: UTF8.self)
  }

  mutating func pushBytes(_ id: Int) -> [UInt8] {
    let token = tokenizer.tokenBytes(id)
    if token.isEmpty || skipsSpecialTokens && tokenizer.isSpecial(id) { return [] }
    return flow([DecodingStep.Piece(bytes: token, startsToken: true)], from: 0)
  }

  mutating func finishBytes() -> [UInt8] {
    var bytes: [UInt8] = []
    for index in steps.indices { bytes += flow(steps[index].finish(), from: index + 1) }
    return bytes
  }

  private mutating func flow(_ pieces: [DecodingStep.Piece], from first: Int) -> [UInt8] {
    var pieces = pieces
    for index in steps.indices.dropFirst(first) {
      pieces = pieces.flatMap { steps[index].push($0) }
    }
    return pieces.count == 1 ? pieces[0].bytes : pieces.flatMap(\.bytes)
  }
}
