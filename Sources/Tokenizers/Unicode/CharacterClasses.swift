/// What the stages ask about a scalar, as bits.
///
/// The reference implementation mixes Unicode versions: its expressions know 16.0, normalisation forms 9.0, punctuation
/// and accents 8.0, control characters 7.0, lower case and digits whatever is newest. Ids depend on it, so each
/// question is answered as of that version: a scalar that is younger does not have the property.
struct CharacterClasses: OptionSet, Sendable {
  let rawValue: UInt16

  init(rawValue: UInt16) { self.rawValue = rawValue }

  /// `\p{L}`
  static let letter = CharacterClasses(rawValue: 1 << 0)
  /// `\p{N}`
  static let number = CharacterClasses(rawValue: 1 << 1)
  /// `\s`
  static let space = CharacterClasses(rawValue: 1 << 2)
  /// `\p{M}`
  static let mark = CharacterClasses(rawValue: 1 << 3)
  /// `\w` of Rust's expressions, which Whitespace and single-word tokens ask; Oniguruma's is another.
  static let word = CharacterClasses(rawValue: 1 << 4)
  /// ASCII symbols count too.
  static let punctuation = CharacterClasses(rawValue: 1 << 5)
  /// What BERT's cleaning drops: control and format characters, private use, U+FFFD.
  static let control = CharacterClasses(rawValue: 1 << 6)
  /// Nonspacing marks, which BERT strips.
  static let accent = CharacterClasses(rawValue: 1 << 7)
  /// The ideographs that BERT puts spaces around.
  static let ideograph = CharacterClasses(rawValue: 1 << 8)
  static let changesInLowercase = CharacterClasses(rawValue: 1 << 9)
  /// May be something else in the normalisation form, or change with its neighbours.
  static let unstableNFD = CharacterClasses(rawValue: 1 << 10)
  static let unstableNFKD = CharacterClasses(rawValue: 1 << 11)
  static let unstableNFC = CharacterClasses(rawValue: 1 << 12)
  static let unstableNFKC = CharacterClasses(rawValue: 1 << 13)
  /// Decimal digits, letter numbers and others of the newest Unicode.
  static let numeric = CharacterClasses(rawValue: 1 << 14)
  /// Marks of any kind, which StripAccents drops.
  static let combining = CharacterClasses(rawValue: 1 << 15)

  /// The classes of every scalar up to the last ideograph.
  private static let table: [CharacterClasses] = (0..<0x3_2400).map { CharacterClasses(computing: $0) }

  /// The classes of a scalar value; none for surrogates.
  @inline(__always)
  static func of(_ value: UInt32) -> CharacterClasses {
    value < 0x3_2400 ? table[Int(value)] : CharacterClasses(computing: value)
  }

  private init(computing value: UInt32) {
    self = []
    guard let scalar = Unicode.Scalar(value) else { return }
    let properties = scalar.properties
    let age = properties.age.map { $0.major * 16 + $0.minor } ?? .max
    insertGeneralClasses(value, properties, age)
    insertBertClasses(value, properties, age)
    insertNormalization(value, properties, age)
  }
}

extension CharacterClasses {
  private mutating func insertGeneralClasses(_ value: UInt32, _ properties: Unicode.Scalar.Properties, _ age: Int) {
    let category = properties.generalCategory
    if properties.isWhitespace { insert(.space) }
    if category.isNumber { insert(.numeric) }
    if properties.changesWhenLowercased { insert(.changesInLowercase) }
    guard age <= 16 * 16 else { return }
    if category.isLetter { insert(.letter) }
    if category.isNumber { insert(.number) }
    if category.isMark { insert(.mark) }
    if properties.isAlphabetic || category.isMark || category == .decimalNumber || category == .connectorPunctuation
      || properties.isJoinControl
    {
      insert(.word)
    }
  }

  private mutating func insertBertClasses(_ value: UInt32, _ properties: Unicode.Scalar.Properties, _ age: Int) {
    let category = properties.generalCategory
    // U+111C9 was punctuation up to Unicode 10, U+166D up to 11.
    if Self.isASCIIPunctuation(value) || (category.isPunctuation && age <= 8 * 16) || value == 0x1_11c9
      || value == 0x166d
    {
      insert(.punctuation)
    }
    if Self.isControl(value, category, age) { insert(.control) }
    if Self.isAccent(value, category, age) { insert(.accent) }
    if category.isMark && age <= 9 * 16 && value != 0x1_11c9 || value == 0x1cf2 || value == 0x1cf3 {
      insert(.combining)
    }
    if Self.ideographs.contains(where: { $0.contains(value) }) { insert(.ideograph) }
  }

  private static func isASCIIPunctuation(_ value: UInt32) -> Bool {
    switch value {
    case 0x21...0x2f, 0x3a...0x40, 0x5b...0x60, 0x7b...0x7e: true
    default: false
    }
  }

  private static func isControl(_ value: UInt32, _ category: Unicode.GeneralCategory, _ age: Int) -> Bool {
    switch category {
    case .control: value != 0x09 && value != 0x0a && value != 0x0d
    case .format: age <= 7 * 16
    case .privateUse: true
    default: value == 0xfffd
    }
  }

  private static func isAccent(_ value: UInt32, _ category: Unicode.GeneralCategory, _ age: Int) -> Bool {
    switch value {
    case 0x1885, 0x1886, 0xa9bd, 0x1_11c9: false
    case 0x1734, 0x1_171e: true
    default: category == .nonspacingMark && age <= 8 * 16
    }
  }

  private static let ideographs: [ClosedRange<UInt32>] = [
    0x4e00...0x9fff, 0x3400...0x4dbf, 0xf900...0xfaff, 0x2_0000...0x2_a6df, 0x2_a700...0x2_b81f, 0x2_b920...0x2_ceaf,
    0x2_f800...0x2_fa1f,
  ]

  private mutating func insertNormalization(_ value: UInt32, _ properties: Unicode.Scalar.Properties, _ age: Int) {
    if Hangul.syllables.contains(value) { formUnion([.unstableNFD, .unstableNFKD]) }
    let hasCombiningClass = Decompositions.combiningClass(value) != 0
    let composes = Decompositions.shared.composesWithPrevious(value)
    let canonical = Decompositions.shared.canonical(value)
    let compatibility = Decompositions.shared.compatibility(value)
    if hasCombiningClass || canonical != nil { insert(.unstableNFD) }
    if hasCombiningClass || compatibility != nil { insert(.unstableNFKD) }
    if hasCombiningClass || composes || canonical?.composes == false { insert(.unstableNFC) }
    if hasCombiningClass || composes || compatibility.map({ !$0.composes }) ?? false { insert(.unstableNFKC) }
  }
}

extension Unicode.GeneralCategory {
  fileprivate var isLetter: Bool {
    switch self {
    case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter: true
    default: false
    }
  }

  fileprivate var isNumber: Bool {
    switch self {
    case .decimalNumber, .letterNumber, .otherNumber: true
    default: false
    }
  }

  fileprivate var isMark: Bool {
    switch self {
    case .nonspacingMark, .spacingMark, .enclosingMark: true
    default: false
    }
  }

  fileprivate var isPunctuation: Bool {
    switch self {
    case .connectorPunctuation, .dashPunctuation, .openPunctuation, .closePunctuation, .initialPunctuation,
      .finalPunctuation, .otherPunctuation:
      true
    default: false
    }
  }
}
