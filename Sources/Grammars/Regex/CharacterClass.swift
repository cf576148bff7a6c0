/// A character class in two readings. ECMA-262 (JSON Schema's dialect) keeps `\d`, `\w` and `\s` to fixed lists, other
/// engines follow Unicode; a text is generated only when every engine would match it.
struct CharacterClass: Sendable, Hashable {
  /// Characters that belong to the class in each reading.
  var certain: CodePointSet
  /// Characters that belong to it in some reading.
  var possible: CodePointSet

  init(certain: CodePointSet, possible: CodePointSet) {
    self.certain = certain
    self.possible = possible
  }

  init(_ set: CodePointSet) { self.init(certain: set, possible: set) }

  var complement: CharacterClass {
    CharacterClass(certain: possible.complement, possible: certain.complement)
  }

  func union(_ other: CharacterClass) -> CharacterClass {
    CharacterClass(certain: certain.union(other.certain), possible: possible.union(other.possible))
  }

  static let digit = CharacterClass(
    certain: CodePointSet([0x30...0x39]),
    possible: CodePointSet { $0.properties.numericType == .decimal || $0.properties.generalCategory == .decimalNumber }
  )

  static let word = CharacterClass(
    certain: CodePointSet([0x30...0x39, 0x41...0x5a, 0x5f...0x5f, 0x61...0x7a]),
    possible: CodePointSet {
      $0 == "_" || $0.properties.isAlphabetic || $0.properties.numericType != nil
        || [.uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter]
          .contains($0.properties.generalCategory)
    }
  )

  /// Certain are the six of ASCII; U+001C to U+001F, U+0085 and U+FEFF count in some engines only.
  static let space = CharacterClass(
    certain: CodePointSet([0x09...0x0d, 0x20...0x20]),
    possible: CodePointSet([0x1c...0x1f, 0x85...0x85, 0xfeff...0xfeff])
      .union(CodePointSet { $0.properties.isWhitespace })
  )

  /// `.`: ECMA-262 excludes all four line ends, Python LF alone.
  static let anyButLineEnds = CharacterClass(CodePointSet([0x0a...0x0a, 0x0d...0x0d, 0x2028...0x2029]).complement)
}
