/// From Oniguruma's Ruby syntax, which tokenizer.json is written in, to PCRE2's.
///
/// Classes are spelled out where the two differ: PCRE2 counts U+180E as white space and knows fewer word characters, and
/// the tables of Debian's are of Unicode 14.0, where the library's are of 16.0.
struct RubySyntax {
  private static let space =
    #"\t-\r\x20\x{85}\x{a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}\x{3000}"#
  private static let otherWordCharacters =
    #"\x{b2}\x{b3}\x{b9}\x{bc}-\x{be}\x{24b6}-\x{24e9}\x{1f130}-\x{1f149}\x{1f150}-\x{1f169}\x{1f170}-\x{1f189}"#

  private let source: [UInt8]
  private var position = 0
  private var classDepth = 0

  private init(_ source: String) { self.source = Array(source.utf8) }

  static func translated(_ source: String) -> [UInt8] {
    var syntax = RubySyntax(source)
    return syntax.translate()
  }

  private mutating func translate() -> [UInt8] {
    var translated: [UInt8] = []
    while position < source.count {
      let byte = source[position]
      if byte == UInt8(ascii: "\\") {
        translated += escape().utf8
        continue
      }
      if byte == UInt8(ascii: "[") { classDepth += 1 }
      if byte == UInt8(ascii: "]"), classDepth > 0 { classDepth -= 1 }
      translated.append(byte)
      position += 1
    }
    return translated
  }

  /// The escape at `position`, translated.
  private mutating func escape() -> String {
    let start = position
    position = min(position + 2, source.count)
    guard position - start == 2 else { return "\\" }
    switch source[start + 1] {
    case UInt8(ascii: "s"): return set(Self.space)
    case UInt8(ascii: "S") where classDepth == 0: return "[^\(Self.space)]"
    case UInt8(ascii: "d"): return set(Self.members(of: "Nd"))
    case UInt8(ascii: "D") where classDepth == 0: return "[^\(Self.members(of: "Nd"))]"
    case UInt8(ascii: "w"): return set(Self.wordCharacters)
    case UInt8(ascii: "W") where classDepth == 0: return "[^\(Self.wordCharacters)]"
    // In Ruby's syntax a hexadecimal digit.
    case UInt8(ascii: "h"): return set("0-9A-Fa-f")
    case UInt8(ascii: "p"), UInt8(ascii: "P"):
      guard let name = propertyName() else { break }
      if source[start + 1] == UInt8(ascii: "p") { return set(Self.members(of: name)) }
      return classDepth == 0 ? "[^\(Self.members(of: name))]" : "\\P{\(name)}"
    default: break
    }
    return String(decoding: source[start..<position], as: UTF8.self)
  }

  private func set(_ members: String) -> String { classDepth == 0 ? "[\(members)]" : members }

  /// The name in braces at `position`, if there is a plain one.
  private mutating func propertyName() -> String? {
    guard position < source.count, source[position] == UInt8(ascii: "{"),
      let end = source[position...].firstIndex(of: UInt8(ascii: "}"))
    else { return nil }
    let name = String(decoding: source[position + 1..<end], as: UTF8.self)
    guard !name.hasPrefix("^") else { return nil }
    position = end + 1
    return name
  }

  private static var wordCharacters: String {
    ["L", "M", "Nd", "Nl", "Pc"].map { members(of: $0) }.joined() + otherWordCharacters
  }

  /// The property, and the scalars that got it after Unicode 14.0.
  private static func members(of property: String) -> String {
    let younger = youngerScalars.filter { property == $0.key || property == $0.key.prefix(1) }
      .flatMap(\.value).map { "\\x{\(String($0.lowerBound, radix: 16))}-\\x{\(String($0.upperBound, radix: 16))}" }
    return "\\p{\(property)}" + younger.joined()
  }

  /// The scalars of Unicode 15.0 to 16.0 by the two letters of their category.
  private static let youngerScalars: [String: [ClosedRange<UInt32>]] = {
    var ranges: [String: [ClosedRange<UInt32>]] = [:]
    for value in UInt32(0)..<0x3_2400 {
      guard let properties = Unicode.Scalar(value)?.properties, let age = properties.age,
        age.major == 15 || age.major == 16, let name = properties.generalCategory.abbreviation
      else { continue }
      let last = ranges[name]?.last
      let continues = last.map { $0.upperBound + 1 == value } ?? false
      if continues { ranges[name]?.removeLast() }
      ranges[name, default: []].append((continues ? last?.lowerBound ?? value : value)...value)
    }
    return ranges
  }()
}

extension Unicode.GeneralCategory {
  /// As expressions spell it; nil for what no tokenizer asks for.
  fileprivate var abbreviation: String? {
    switch self {
    case .uppercaseLetter: "Lu"
    case .lowercaseLetter: "Ll"
    case .titlecaseLetter: "Lt"
    case .modifierLetter: "Lm"
    case .otherLetter: "Lo"
    case .nonspacingMark: "Mn"
    case .spacingMark: "Mc"
    case .enclosingMark: "Me"
    case .decimalNumber: "Nd"
    case .letterNumber: "Nl"
    case .otherNumber: "No"
    case .connectorPunctuation: "Pc"
    case .dashPunctuation: "Pd"
    case .openPunctuation: "Ps"
    case .closePunctuation: "Pe"
    case .initialPunctuation: "Pi"
    case .finalPunctuation: "Pf"
    case .otherPunctuation: "Po"
    case .mathSymbol: "Sm"
    case .currencySymbol: "Sc"
    case .modifierSymbol: "Sk"
    case .otherSymbol: "So"
    default: nil
    }
  }
}
