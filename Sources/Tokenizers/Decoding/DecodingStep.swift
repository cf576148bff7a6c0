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
    case strip(TokenStripping)
    case byteLevel(UTF8Stream, hasStarted: Bool)
    /// `tokenCount`: how many have begun.
    case metaspace(symbol: [UInt8], dropsFirst: Bool, tokenCount: Int)
    case wordPiece(prefix: [UInt8], cleansUp: Bool, hasStarted: Bool)
    /// `held`: the last token, whose suffix is no space if nothing follows.
    case wordSuffix([UInt8], held: [UInt8]?)
    case join(hasStarted: Bool)
  }

  private var state: State

  init(_ step: TokenDecoder.Step) {
    state =
      switch step {
      case .replace(let pattern, let content): .replace(pattern: pattern, content: content)
      case .byteFallback: .byteFallback(run: [])
      case .fuse: .fuse(hasStarted: false)
      case .strip(let content, let start, let stop): .strip(TokenStripping(content: content, start: start, stop: stop))
      case .byteLevel: .byteLevel(UTF8Stream(), hasStarted: false)
      case .metaspace(let symbol, let dropsFirst): .metaspace(symbol: symbol, dropsFirst: dropsFirst, tokenCount: 0)
      case .wordPiece(let prefix, let cleansUp): .wordPiece(prefix: prefix, cleansUp: cleansUp, hasStarted: false)
      case .wordSuffix(let suffix): .wordSuffix(suffix, held: nil)
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
    case .byteLevel(var stream, let hasStarted):
      let text = stream.push(ByteAlphabet.bytes(spelled: piece.bytes[...]) ?? piece.bytes)
      state = .byteLevel(stream, hasStarted: true)
      return [Piece(bytes: text, startsToken: !hasStarted)]
    case .metaspace(let symbol, let dropsFirst, var tokenCount):
      tokenCount += piece.startsToken ? 1 : 0
      state = .metaspace(symbol: symbol, dropsFirst: dropsFirst, tokenCount: tokenCount)
      let space: [UInt8] = dropsFirst && tokenCount <= 1 ? [] : [0x20]
      return [
        Piece(bytes: piece.bytes.replacing(literal: symbol, with: space), startsToken: piece.startsToken)
      ]
    case .wordPiece(let prefix, let cleansUp, let hasStarted):
      state = .wordPiece(prefix: prefix, cleansUp: cleansUp, hasStarted: true)
      let text = Self.wordPiece(piece.bytes, prefix, isFirst: !hasStarted, cleansUp)
      return [Piece(bytes: text, startsToken: true)]
    case .wordSuffix(let suffix, let held):
      state = .wordSuffix(suffix, held: piece.bytes)
      return held.map { [Piece(bytes: $0.replacing(literal: suffix, with: [0x20]), startsToken: true)] } ?? []
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
    case .byteLevel(var stream, let hasStarted):
      let text = stream.finish()
      state = .byteLevel(stream, hasStarted: true)
      return text.isEmpty ? [] : [Piece(bytes: text, startsToken: !hasStarted)]
    case .wordSuffix(let suffix, let held):
      state = .wordSuffix(suffix, held: nil)
      return held.map { [Piece(bytes: $0.replacing(literal: suffix, with: []), startsToken: true)] } ?? []
    case .replace, .fuse, .metaspace, .wordPiece, .join: return []
    }
  }

  static func byte(spelled token: [UInt8]) -> UInt8? {
    guard token.count == 6, token.starts(with: "<0x".utf8), token[5] == UInt8(ascii: ">") else { return nil }
    return UInt8(String(decoding: token[3..<5], as: UTF8.self), radix: 16)
  }

  private static func text(of run: [UInt8]) -> [Piece] {
    guard !run.isEmpty else { return [] }
    if String(validating: run, as: UTF8.self) != nil { return [Piece(bytes: run, startsToken: true)] }
    return run.map { _ in Piece(bytes: Array("\u{fffd}".utf8), startsToken: true) }
  }

  /// A token of WordPiece as text: with a space before it unless it continues a word or is the first.
  static func wordPiece(_ token: [UInt8], _ prefix: [UInt8], isFirst: Bool, _ cleansUp: Bool) -> [UInt8] {
    var text = token
    if !isFirst { text = token.starts(with: prefix) ? Array(token.dropFirst(prefix.count)) : [0x20] + token }
    guard cleansUp, text.contains(0x20) else { return text }
    return cleanUps.reduce(text) { $0.replacing(literal: $1.pattern, with: $1.content) }
  }

  private static let cleanUps: [(pattern: [UInt8], content: [UInt8])] = [
    (" .", "."), (" ?", "?"), (" !", "!"), (" ,", ","), (" ' ", "'"), (" n't", "n't"), (" 'm", "'m"),
    (" do not", " don't"), (" 's", "'s"), (" 've", "'ve"), (" 're", "'re"),
  ].map { (Array($0.0.utf8), Array($0.1.utf8)) }

  /// A whole token without up to `start` and `stop` contents at its ends.
  static func stripped(_ token: [UInt8], _ content: [UInt8], _ start: Int, _ stop: Int) -> [UInt8] {
    var stripping = TokenStripping(content: content, start: start, stop: stop)
    return stripping.push(Piece(bytes: token, startsToken: true)).flatMap(\.bytes)
  }
}
