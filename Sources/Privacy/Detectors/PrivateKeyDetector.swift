/// PEM private keys (RFC 7468), with real line ends or with those of a JSON string.
enum PrivateKeyDetector {
  /// A 16384-bit RSA key has 12 700 characters.
  static let longest = 16_384
  private static let beginning = ByteSet("A"..."Z", and: "- ")
  private static let hyphen = ByteSet(and: "-")
  private static let label = ByteSet("A"..."Z", "0"..."9", and: " ")

  /// - Parameter start: the first of a run of hyphens.
  static func detect(in text: TextBytes, at start: Int) -> Detection {
    guard text.hasBytes("-----BEGIN ", at: start) else {
      let isCut = !text.isComplete && text.count - start < 11 && text[start + 1] == UInt8(ascii: "-")
      return isCut && text.endOfRun(of: beginning, from: start, limit: 11) == text.count
        ? .undecided : .nothing
    }
    let labelEnd = text.endOfRun(of: label, from: start + 11, limit: 64)
    if labelEnd == text.count, !text.isComplete { return .undecided }
    guard text.hasBytes("PRIVATE KEY", at: labelEnd - 11) || text.hasBytes("PRIVATE KEY BLOCK", at: labelEnd - 17)
    else {
      return .nothing
    }
    return end(in: text, from: labelEnd + 5, start: start)
  }

  /// A key without an end is redacted up to the bound: half a key is a secret too.
  private static func end(in text: TextBytes, from body: Int, start: Int) -> Detection {
    let bound = min(text.count, start + longest)
    var position = min(body, bound)
    while position < bound {
      if text.hasBytes("-----END ", at: position) {
        let close = text.endOfRun(of: label, from: position + 9, limit: 64)
        if close + 5 >= text.count, !text.isComplete { return .undecided }
        return .match(Match(.privateKey, start..<text.endOfRun(of: hyphen, from: close, limit: 5), score: 1))
      }
      position += 1
    }
    if bound < start + longest, !text.isComplete { return .undecided }
    return .match(Match(.privateKey, start..<bound, score: 1))
  }
}
