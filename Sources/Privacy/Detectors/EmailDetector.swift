/// E-mail addresses (RFC 5321 without quoted or non-ASCII local parts); letters of other scripts end an address.
enum EmailDetector {
  /// RFC 5321 allows 64; longer ones are taken as well.
  static let longestLocalPart = 128
  static let longestDomain = 255

  /// - Parameter position: of the `@`.
  static func detect(in text: TextBytes, at position: Int) -> Detection {
    guard let start = startOfLocalPart(in: text, before: position) else { return .nothing }
    let run = text.endOfRun(of: .domain, from: position + 1, limit: longestDomain)
    guard let end = endOfDomain(in: text, position + 1..<min(run, text.count)) else { return .nothing }
    return .match(Match(.email, start..<end, score: 1))
  }

  private static func startOfLocalPart(in text: TextBytes, before position: Int) -> Int? {
    var start = text.startOfRun(of: .emailLocal, before: position, limit: longestLocalPart)
    // An escape of JSON is not part of the address: `\nli@corp.io`.
    if text[start - 1] == UInt8(ascii: "\\"), ByteSet.simpleEscapes.contains(text[start]) { start += 1 }
    if text.isUnicodeEscape(at: start - 1) { start += 5 }
    while start < position, !ByteSet.alphanumeric.contains(text[start]), text[start] != UInt8(ascii: "_") { start += 1 }
    return start < position && text[position - 1] != UInt8(ascii: ".") ? start : nil
  }

  /// The end of the longest host name with a dot and a last label that begins with a letter.
  private static func endOfDomain(in text: TextBytes, _ range: Range<Int>) -> Int? {
    guard ByteSet.alphanumeric.contains(text[range.lowerBound]) else { return nil }
    var end: Int?
    var label = range.lowerBound
    for position in range.lowerBound...range.upperBound
    where position == range.upperBound || text[position] == UInt8(ascii: ".") {
      guard position > label else { break }
      var last = position
      while last > label, text[last - 1] == UInt8(ascii: "-") { last -= 1 }
      if label > range.lowerBound, last - label >= 2, ByteSet.letters.contains(text[label]) { end = last }
      label = position + 1
    }
    return end
  }
}
