/// Search in UTF-8, where a match is a match of whole characters.
enum PythonTextSearch {
  /// Where `needle` stands in `text`, from the left and without overlaps (Knuth, Morris and Pratt: linear time).
  static func occurrences(of needle: [UInt8], in text: [UInt8], limit: Int = .max) -> [Int] {
    guard !needle.isEmpty, needle.count <= text.count, limit > 0 else { return [] }
    let borders = borderLengths(needle)
    var found: [Int] = []
    var matched = 0
    for (index, byte) in text.enumerated() {
      while matched > 0, needle[matched] != byte { matched = borders[matched - 1] }
      if needle[matched] == byte { matched += 1 }
      guard matched == needle.count else { continue }
      found.append(index + 1 - matched)
      if found.count == limit { break }
      matched = 0
    }
    return found
  }

  /// The same from the right; in ascending order.
  static func lastOccurrences(of needle: [UInt8], in text: [UInt8], limit: Int = .max) -> [Int] {
    occurrences(of: needle.reversed(), in: text.reversed(), limit: limit)
      .map { text.count - $0 - needle.count }
      .reversed()
  }

  /// For each prefix, the length of the longest shorter prefix that is also its suffix.
  private static func borderLengths(_ needle: [UInt8]) -> [Int] {
    var borders = [Int](repeating: 0, count: needle.count)
    var length = 0
    for index in needle.indices.dropFirst() {
      while length > 0, needle[length] != needle[index] { length = borders[length - 1] }
      if needle[length] == needle[index] { length += 1 }
      borders[index] = length
    }
    return borders
  }

  static func contains(_ needle: String, in text: String) -> Bool {
    needle.isEmpty || !occurrences(of: Array(needle.utf8), in: Array(text.utf8), limit: 1).isEmpty
  }

  /// The pieces of `text` between the matches that start at `positions`.
  static func pieces(_ text: [UInt8], at positions: [Int], length: Int) -> [String] {
    var start = 0
    var pieces: [String] = []
    for position in positions {
      pieces.append(String(decoding: text[start..<position], as: UTF8.self))
      start = position + length
    }
    return pieces + [String(decoding: text[start...], as: UTF8.self)]
  }

  /// `str.replace`; an empty `old` stands between all characters.
  static func replacing(_ old: String, with new: String, in text: String, limit: Int) -> String {
    guard old.isEmpty else {
      let bytes = Array(text.utf8)
      let positions = occurrences(of: Array(old.utf8), in: bytes, limit: limit)
      return positions.isEmpty ? text : pieces(bytes, at: positions, length: old.utf8.count).joined(separator: new)
    }
    var result = ""
    var count = 0
    for scalar in text.unicodeScalars {
      if count < limit { result += new }
      count += 1
      result.unicodeScalars.append(scalar)
    }
    return count < limit ? result + new : result
  }
}
