/// Takes a character away from both ends of tokens that may come in pieces.
struct TokenStripping: Sendable {
  private let content: [UInt8]
  private let start: Int
  private let stop: Int
  /// How many may still go at the start of the current token.
  private var remainingAtStart = 0
  /// Contents that end the token so far: the last `stop` of them go, if nothing follows.
  private var held = 0

  init(content: [UInt8], start: Int, stop: Int) {
    self.content = content
    self.start = start
    self.stop = stop
  }

  mutating func push(_ piece: DecodingStep.Piece) -> [DecodingStep.Piece] {
    if piece.startsToken {
      remainingAtStart = start
      held = 0
    }
    var bytes = piece.bytes[...]
    while remainingAtStart > 0, bytes.starts(with: content) {
      bytes.removeFirst(content.count)
      remainingAtStart -= 1
    }
    if !bytes.isEmpty { remainingAtStart = 0 }
    return [DecodingStep.Piece(bytes: release(before: bytes), startsToken: piece.startsToken)]
  }

  /// The bytes that can no longer be at the end of the token.
  private mutating func release(before bytes: ArraySlice<UInt8>) -> [UInt8] {
    guard stop > 0 else { return Array(bytes) }
    var kept = bytes
    var trailing = 0
    while kept.suffix(content.count).elementsEqual(content) {
      kept.removeLast(content.count)
      trailing += 1
    }
    let released = kept.isEmpty ? max(0, held + trailing - stop) : held
    let beyond = kept.isEmpty ? 0 : max(0, trailing - stop)
    held = kept.isEmpty ? min(stop, held + trailing) : min(stop, trailing)
    return repeated(released) + kept + repeated(beyond)
  }

  /// The token is over: what is held goes away.
  mutating func drop() { held = 0 }

  private func repeated(_ count: Int) -> [UInt8] {
    Array(repeatElement(content, count: count).joined())
  }
}
