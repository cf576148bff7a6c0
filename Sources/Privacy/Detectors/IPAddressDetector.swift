/// IPv4 and IPv6 addresses (RFC 4291 text forms), each with an optional zone and prefix length.
enum IPAddressDetector {
  /// - Parameter start: the first digit of a run.
  static func detectVersion4(in text: TextBytes, at start: Int) -> Detection {
    guard text.startsWord(at: start), let end = endOfVersion4(in: text, at: start) else { return .nothing }
    return .match(Match(.ipAddress, start..<endOfPrefixLength(in: text, at: end, longest: 32), score: 0.9))
  }

  /// - Parameter colon: the first colon of a run of hexadecimal groups.
  static func detectVersion6(in text: TextBytes, at colon: Int) -> Detection {
    let start = text.startOfRun(of: .hexadecimal, before: colon, limit: 5)
    guard colon - start <= 4, text.startsWord(at: start), text[start - 1] != UInt8(ascii: ":"),
      let address = Version6(in: text, at: start)
    else { return .nothing }
    var end = address.end
    if text[end] == UInt8(ascii: "%") {
      let zone = text.endOfRun(of: .zone, from: end + 1, limit: 32)
      if zone > end + 1 { end = zone }
    }
    let full = endOfPrefixLength(in: text, at: end, longest: 128)
    // Two colons alone are an operator of many languages.
    if address.end - start == 2, full == address.end, !standsAlone(in: text, start..<full) { return .nothing }
    guard text.endsWord(at: end), text[end] != UInt8(ascii: ":") else { return .nothing }
    return .match(Match(.ipAddress, start..<full, score: 0.9))
  }

  private static func standsAlone(in text: TextBytes, _ range: Range<Int>) -> Bool {
    text[range.lowerBound - 1] == UInt8(ascii: "=") || (range.upperBound == text.count && text.isComplete)
  }

  static func endOfVersion4(in text: TextBytes, at start: Int) -> Int? {
    var position = start
    for octet in 0..<4 {
      let end = text.endOfRun(of: .digits, from: position, limit: 4)
      guard (1...3).contains(end - position), end - position == 1 || text[position] != UInt8(ascii: "0") else {
        return nil
      }
      let value = (position..<end).reduce(0) { $0 * 10 + Int(text[$1] - UInt8(ascii: "0")) }
      guard value <= 255 else { return nil }
      if octet == 3 { return text.endsWord(at: end) ? end : nil }
      guard text[end] == UInt8(ascii: ".") else { return nil }
      position = end + 1
    }
    return nil
  }

  private static func endOfPrefixLength(in text: TextBytes, at end: Int, longest: Int) -> Int {
    guard text[end] == UInt8(ascii: "/") else { return end }
    let prefixEnd = text.endOfRun(of: .digits, from: end + 1, limit: 4)
    guard (1...3).contains(prefixEnd - end - 1) else { return end }
    let value = (end + 1..<prefixEnd).reduce(0) { $0 * 10 + Int(text[$1] - UInt8(ascii: "0")) }
    return value <= longest ? prefixEnd : end
  }
}

/// The groups of an IPv6 address.
private struct Version6 {
  private(set) var end: Int
  private var groupCount = 0
  private var hasGap = false

  /// Nil unless a whole address stands at `start`.
  init?(in text: TextBytes, at start: Int) {
    end = start
    if text.hasBytes("::", at: start) { takeGap() }
    while groupCount < 8, takeGroup(in: text) {
      if text.hasBytes("::", at: end) {
        guard !hasGap else { return nil }
        takeGap()
      } else if text[end] == UInt8(ascii: ":"), ByteSet.hexadecimal.contains(text[end + 1]), groupCount < 8 {
        end += 1
      } else {
        break
      }
    }
    guard hasGap ? groupCount <= 7 : groupCount == 8 else { return nil }
    // Three octets behind a gap are half of an embedded address, not a group and a full stop.
    if text[end] == UInt8(ascii: "."), ByteSet.digits.contains(text[end + 1]) { return nil }
  }

  private mutating func takeGap() {
    hasGap = true
    end += 2
  }

  private mutating func takeGroup(in text: TextBytes) -> Bool {
    if groupCount <= 6, let embedded = IPAddressDetector.endOfVersion4(in: text, at: end) {
      end = embedded
      groupCount += 2
      return true
    }
    let groupEnd = text.endOfRun(of: .hexadecimal, from: end, limit: 5)
    guard (1...4).contains(groupEnd - end) else { return false }
    end = groupEnd
    groupCount += 1
    return true
  }
}
