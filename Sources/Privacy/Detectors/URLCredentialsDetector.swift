/// User and password in a URL: `scheme://user:password@host`; what is redacted is `user:password`.
enum URLCredentialsDetector {
  static let longest = 256
  private static let stops = ByteSet("\u{00}"..." ", and: "\"'<>`\\")
  private static let shortestToken = 16

  /// - Parameter colon: a colon that `//` may follow.
  static func detect(in text: TextBytes, at colon: Int) -> Detection {
    guard text.hasBytes("://", at: colon), ByteSet.letters.contains(text[colon - 1]) else { return .nothing }
    let start = colon + 3
    guard let end = endOfCredentials(in: text, from: start), end > start else { return .nothing }
    return .match(Match(.urlCredentials, start..<end, score: 1))
  }

  /// The position of the last `@` of the authority when credentials stand before it. Passwords may hold what a URL
  /// forbids, a slash or another `@`: people paste them as they are.
  private static func endOfCredentials(in text: TextBytes, from start: Int) -> Int? {
    var end: Int?
    var firstColon: Int?
    var position = start
    while position < start + longest, !stops.contains(text[position]) {
      switch text[position] {
      case UInt8(ascii: ":") where firstColon == nil: firstColon = position
      case UInt8(ascii: "@"): end = position
      case UInt8(ascii: "/") where end != nil || firstColon == nil || isPort(text, after: firstColon, to: position):
        return accepted(end, firstColon, start)
      case UInt8(ascii: "?"), UInt8(ascii: "#"):
        if end != nil || firstColon == nil { return accepted(end, firstColon, start) }
      default: break
      }
      position += 1
    }
    return accepted(end, firstColon, start)
  }

  private static func isPort(_ text: TextBytes, after colon: Int?, to end: Int) -> Bool {
    guard let colon else { return true }
    return text.endOfRun(of: .digits, from: colon + 1, limit: 6) == end
  }

  /// A name alone (`ssh://git@host`) is no secret; a long one is a token.
  private static func accepted(_ end: Int?, _ firstColon: Int?, _ start: Int) -> Int? {
    guard let end else { return nil }
    let hasPassword = firstColon.map { $0 < end } ?? false
    return hasPassword || end - start >= shortestToken ? end : nil
  }
}
