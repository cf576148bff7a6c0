/// A decoder step as a machine that tokens flow through: whole and streamed decoding are the same code.
///
/// A token may arrive in several pieces, because what comes after Fuse sees one endless token.
struct DecodingStep: Sendable {
  struct Piece: Sendable, Equatable {
    var bytes: [UInt8]
    /// Whether a new token begins with this piece.
    var startsToken: Bool
  }

  private enum State: Sendable {
    case replace(pattern: [UInt8], content: [UInt8])
    case byteFallback(run: [UInt8])
    case fuse(hasStarted: Bool)
    case strip(Stripping)
    case join(hasStarted: Bool)
  }

  private var state: State

  init(_ step: TokenDecoder.Step) {
    state =
      switch step {
      case .replace(let pattern, let content): .replace(pattern: pattern, content: content)
      case .byteFallback: .byteFallback(run: [])
      case .fuse: .fuse(hasStarted: false)
      case .strip(let content, let start, let stop): .strip(Stripping(content: content, start: start, stop: stop))
      case .join: .join(hasStarted: false)
      }
  }

  /// What can be passed on after `piece` has come.
  mutating func push(_ piece: Piece) -> [Piece] {
    switch state {
    case .replace(let pattern, let content):
      return [Piece(bytes: piece.bytes.replacing(literal: pattern, with: content), startsToken: true)]
    case .byteFallback(var run):
      if let byte = Self.byte(spelled: piece.bytes) {
        run.append(byte)
        state = .byteFallback(run: run)
        return []
      }
      state = .byteFallback(run: [])
      return Self.text(of: run) + [piece]
    case .fuse(let hasStarted):
      state = .fuse(hasStarted: true)
      return [Piece(bytes: piece.bytes, startsToken: !hasStarted)]
    case .strip(var stripping):
      defer { state = .strip(stripping) }
      return stripping.push(piece)
    case .join(let hasStarted):
      state = .join(hasStarted: true)
      return hasStarted ? [Piece(bytes: [0x20], startsToken: true), piece] : [piece]
    }
  }

  /// What was still held when the last token has come.
  mutating func finish() -> [Piece] {
    switch state {
    case .byteFallback(let run):
      state = .byteFallback(run: [])
      return Self.text(of: run)
    case .strip(var stripping):
      stripping.drop()
      state = .strip(stripping)
      return []
    case .replace, .fuse, .join: return []
    }
  }

  private static func byte(spelled token: [UInt8]) -> UInt8? {
    guard token.count == 6, token.starts(with: "<0x".utf8), token[5] == UInt8(ascii: ">") else { return nil }
    return UInt8(String(decoding: token[3..<5], as: UTF8.self), radix: 16)
  }

  private static func text(of run: [UInt8]) -> [Piece] {
    guard !run.isEmpty else { return [] }
    if String(validating: run, as: UTF8.self) != nil { return [Piece(bytes: run, startsToken: true)] }
    return run.map { _ in Piece(bytes: Array("\u{fffd}".utf8), startsToken: true) }
  }
}

/// Takes a character away from both ends of tokens that may come in pieces.
private struct Stripping: Sendable {
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
