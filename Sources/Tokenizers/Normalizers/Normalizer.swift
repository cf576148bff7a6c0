import Expressions
import JSON

/// The first stage: rewrites the text between special tokens.
indirect enum Normalizer: Sendable {
  case identity
  case sequence([Normalizer])
  /// Puts `prefix` before a text that is not empty.
  case prepend([UInt8])
  case replace(pattern: [UInt8], content: [UInt8])
  case replaceMatches(Expression, content: [UInt8])
  case form(NormalizationForm)
  case lowercase
  /// Drops combining marks; decomposes nothing by itself.
  case stripAccents
  case strip(left: Bool, right: Bool)
  /// The clean-up of machine translation: controls go, odd spaces become spaces.
  case nmt
  case bert(BertNormalizer)
  case precompiled(CharactersMap)
  /// Every byte as its visible character.
  case byteLevel
  case sentencePiece(SentencePieceNormalizer)

  /// Twice what the steps of ALBERT, the longest sequence in use, could do at worst.
  private static let growthLimit = 1 << 14

  init(_ section: JSONSection?) throws(TokenizerError) {
    guard let section else {
      self = .identity
      return
    }
    switch try section.type() {
    case "Sequence":
      var steps: [Normalizer] = []
      for step in try section.array("normalizers") { steps.append(try Normalizer(step)) }
      self = .sequence(steps)
    case "Prepend": self = .prepend(Array(try section.string("prepend").utf8))
    case "Replace": self = try Self.replace(section)
    case "NFC": self = .form(.nfc)
    case "NFD": self = .form(.nfd)
    case "NFKC": self = .form(.nfkc)
    case "NFKD": self = .form(.nfkd)
    case "Lowercase": self = .lowercase
    case "StripAccents": self = .stripAccents
    case "Strip":
      self = .strip(
        left: try section.bool("strip_left", absent: true),
        right: try section.bool("strip_right", absent: true)
      )
    case "Nmt": self = .nmt
    case "BertNormalizer": self = .bert(try BertNormalizer(section))
    case "Precompiled": self = .precompiled(try CharactersMap(section))
    case "ByteLevel": self = .byteLevel
    case let name: throw section.unsupported("the normalizer “\(name)”")
    }
  }

  /// The normaliser of a file; one that could blow a text up is refused.
  init(file: JSONSection) throws(TokenizerError) {
    self = try Normalizer(try file.optionalSection("normalizer"))
    guard longestGrowth <= Self.growthLimit else {
      throw file.unsupported("a normalizer that makes texts \(longestGrowth) times as long")
    }
  }

  private static func replace(_ section: JSONSection) throws(TokenizerError) -> Normalizer {
    let content = Array(try section.string("content").utf8)
    return switch try section.pattern("pattern") {
    case .literal(let literal): .replace(pattern: literal, content: content)
    case .expression(let source, let place): .replaceMatches(try Expression(source, at: place), content: content)
    }
  }

  func normalize(_ text: [UInt8]) -> [UInt8] {
    switch self {
    case .identity: text
    case .sequence(let steps): steps.reduce(text) { $1.normalize($0) }
    case .prepend(let prefix): text.isEmpty ? text : prefix + text
    case .replace(let pattern, let content): text.replacing(literal: pattern, with: content)
    case .replaceMatches(let expression, let content): text.replacing(expression, with: content)
    case .form(let form): form.normalize(text)
    case .lowercase: text.lowercased()
    case .stripAccents: text.removing(.combining)
    case .strip(let left, let right): text.trimmingSpace(left: left, right: right)
    case .nmt: text.cleanedForTranslation()
    case .bert(let normalizer): normalizer.normalize(text)
    case .precompiled(let map): map.replaceClusters(in: text)
    case .byteLevel: ByteAlphabet.spell(text)
    case .sentencePiece(let normalizer): normalizer.normalize(text)
    }
  }

  /// The most input bytes that a byte of output can stand for; nil where text may vanish, which has no bound.
  var longestShrinking: Int? {
    switch self {
    case .identity, .prepend, .byteLevel: 1
    case .sequence(let steps):
      steps.reduce(Optional(1)) { product, step in
        product.flatMap { product in step.longestShrinking.map { min(product * $0, 1 << 20) } }
      }
    case .replace(let pattern, let content):
      content.isEmpty ? nil : max(1, (pattern.count + content.count - 1) / content.count)
    // A syllable of three jamo, of nine bytes, becomes three bytes; the Kelvin sign, of three, a letter of one.
    case .form(.nfc), .lowercase: 3
    case .form(.nfd): 2
    // A mathematical letter, of four bytes, becomes one byte; and composition comes on top.
    case .form(.nfkd): 4
    case .form(.nfkc): 12
    case .replaceMatches, .stripAccents, .strip, .nmt, .bert, .precompiled: nil
    case .sentencePiece(let normalizer): normalizer.mayShrink ? nil : 1
    }
  }

  /// The most bytes of output for a byte of input, additions to the whole text aside.
  private var longestGrowth: Int {
    switch self {
    case .identity, .prepend, .stripAccents, .strip, .nmt: 1
    case .sequence(let steps): steps.reduce(1) { min($0 * $1.longestGrowth, 1 << 30) }
    case .replace(let pattern, let content): max(1, (content.count + pattern.count - 1) / pattern.count)
    // Matches of nothing lie between any two bytes.
    case .replaceMatches(_, let content): content.count + 1
    case .lowercase, .byteLevel: 2
    case .form(.nfc), .form(.nfd): 3
    case .form(.nfkc), .form(.nfkd): 11
    case .bert: 6
    case .precompiled: CharactersMap.longestReplacement
    case .sentencePiece: CharactersMap.longestReplacement * SentencePieceNormalizer.spaceSymbol.count
    }
  }
}
