/// SentencePiece's precompiled normalisation: a double-array trie (Darts-clone) from strings to what replaces them.
///
/// Layout: the size of the trie in bytes as a 32-bit number, its units of 32 bits, then replacements, each ended by 0.
struct CharactersMap: Sendable {
  /// The longest real one, of an Arabic ligature that is a sentence, has 33 bytes.
  static let longestReplacement = 64

  private let units: [UInt32]
  private let replacements: [UInt8]

  init(_ section: JSONSection) throws(TokenizerError) {
    let text = try section.string("precompiled_charsmap")
    guard let blob = Base64.decode(text.utf8) else { throw section.malformed("the characters map is not base64") }
    try self.init(blob, path: section.path)
  }

  init(_ blob: [UInt8], path: String) throws(TokenizerError) {
    let size = blob.count < 4 ? -1 : Int(Self.word(blob, at: 0))
    guard size >= 4, size % 4 == 0, 4 + size <= blob.count else {
      throw .malformed(path: path, problem: "the characters map has \(blob.count) bytes and a trie of \(size)")
    }
    units = stride(from: 4, to: 4 + size, by: 4).map { Self.word(blob, at: $0) }
    replacements = Array(blob[(4 + size)...])
  }

  private static func word(_ blob: [UInt8], at offset: Int) -> UInt32 {
    (0..<4).reduce(0) { $0 | UInt32(blob[offset + $1]) << UInt32(8 * $1) }
  }

  /// As SentencePiece does: at each place the longest string of the map is replaced, else a scalar is kept.
  func replaceLongest(in text: [UInt8], at range: Range<Int>) -> (replacement: ArraySlice<UInt8>, end: Int) {
    if let match = matches(in: text.span, range).longest { return (replacement(match.value), match.end) }
    let end = min(range.lowerBound + UTF8Scalars.length(lead: text[range.lowerBound]), range.upperBound)
    return (text[range.lowerBound..<end], end)
  }

  /// As Hugging Face does: user-perceived characters under six bytes as a whole, others scalar by scalar, by their
  /// *shortest* beginning that the map has.
  func replaceClusters(in text: [UInt8]) -> [UInt8] {
    var replaced: [UInt8] = []
    replaced.reserveCapacity(text.count)
    for character in String(decoding: text, as: UTF8.self) {
      let bytes = Array(character.utf8)
      if bytes.count < 6, let value = matches(in: bytes.span, 0..<bytes.count).shortest {
        replaced += replacement(value)
        continue
      }
      for scalar in character.unicodeScalars {
        let bytes = Array(String(scalar).utf8)
        replaced += matches(in: bytes.span, 0..<bytes.count).shortest.map(replacement) ?? bytes[...]
      }
    }
    return replaced
  }

  private func replacement(_ value: Int) -> ArraySlice<UInt8> {
    guard value < replacements.count else { return [] }
    return replacements[value...].prefix(Self.longestReplacement).prefix { $0 != 0 }
  }

  private func matches(
    in text: Span<UInt8>,
    _ range: Range<Int>
  ) -> (shortest: Int?, longest: (value: Int, end: Int)?) {
    var shortest: Int?
    var longest: (value: Int, end: Int)?
    var node = Self.offset(units[0])
    for position in range {
      node ^= Int(text[position])
      guard node < units.count, units[node] & 0x8000_00ff == UInt32(text[position]), text[position] != 0 else { break }
      let hasLeaf = units[node] >> 8 & 1 == 1
      node ^= Self.offset(units[node])
      guard node < units.count else { break }
      guard hasLeaf else { continue }
      let value = Int(units[node] & 0x7fff_ffff)
      shortest = shortest ?? value
      longest = (value, position + 1)
    }
    return (shortest, longest)
  }

  private static func offset(_ unit: UInt32) -> Int { Int(unit >> 10) << Int((unit & 1 << 9) >> 6) }
}
