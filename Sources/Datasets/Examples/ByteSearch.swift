extension ArraySlice<UInt8> {
  /// How many bytes two texts begin with alike, never ending inside a character.
  func commonPrefixCount(_ other: ArraySlice<UInt8>) -> Int {
    var count = zip(self, other).prefix { $0 == $1 }.count
    while count > 0, count < self.count, self[startIndex + count] & 0xc0 == 0x80 { count -= 1 }
    return count
  }

  func firstRange(of pattern: ArraySlice<UInt8>) -> Range<Int>? {
    guard let first = pattern.first, pattern.count <= count else { return nil }
    for start in startIndex...endIndex - pattern.count
    where self[start] == first && self[start..<start + pattern.count].elementsEqual(pattern) {
      return start..<start + pattern.count
    }
    return nil
  }

  func lastRange(of pattern: ArraySlice<UInt8>) -> Range<Int>? {
    guard let first = pattern.first, pattern.count <= count else { return nil }
    for start in (startIndex...endIndex - pattern.count).reversed()
    where self[start] == first && self[start..<start + pattern.count].elementsEqual(pattern) {
      return start..<start + pattern.count
    }
    return nil
  }

  /// Without white space at the two ends.
  var trimmed: ArraySlice<UInt8> {
    let rest = drop(while: \.isSpace)
    return rest[..<(rest.lastIndex { !$0.isSpace }.map { $0 + 1 } ?? rest.startIndex)]
  }
}

extension UInt8 {
  var isSpace: Bool { self == 0x20 || (0x09...0x0d).contains(self) }
}
