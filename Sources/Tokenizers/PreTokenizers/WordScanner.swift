/// The expressions of the common tokenizers, written out by hand: an order of magnitude faster than PCRE2.
///
/// Each matches everywhere, so that a scanner only has to say where the piece that begins at a place ends.
enum WordScanner: Sendable, Equatable {
  /// Any scalar by itself.
  case scalars
  /// GPT-2's: contractions, letters, numbers or others after at most one space, white space.
  case gpt2
  /// The family of cl100k: contractions in either case, letters after at most one other scalar, numbers of at most
  /// `digits`, others with the line ends behind them, line ends, white space.
  case cl100k(digits: Int)

  /// nil for expressions that have no scanner.
  init?(_ expression: String) {
    // Possessive and grouped spellings match the same.
    let plain = expression.replacing("?+", with: "?").replacing("++", with: "+")
      .replacing("(?i:[sdmt]|ll|ve|re)", with: "(?i:s|t|re|ve|m|ll|d)")
    switch plain {
    case #"[\s\S]"#: self = .scalars
    case Self.gpt2Expression: self = .gpt2
    case Self.cl100kExpression(digits: 1): self = .cl100k(digits: 1)
    case Self.cl100kExpression(digits: 3): self = .cl100k(digits: 3)
    default: return nil
    }
  }

  static let gpt2Expression = #"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"#

  static func cl100kExpression(digits: Int) -> String {
    let number = digits == 1 ? #"\p{N}"# : #"\p{N}{1,"# + "\(digits)}"
    return #"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|"# + number
      + #"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"#
  }

  func cut(_ text: Span<UInt8>, _ range: Range<Int>, into pieces: inout [Range<Int>]) {
    var rest = range
    while !rest.isEmpty {
      let end =
        switch self {
        case .scalars: Self.scalar(text, rest).end
        case .gpt2: Self.gpt2(text, rest)
        case .cl100k(let digits): Self.cl100k(text, rest, digits: digits)
        }
      pieces.append(rest.lowerBound..<end)
      rest = end..<rest.upperBound
    }
  }
}

/// Each function takes what is left of the text and returns where its first piece, or the run it is about, ends.
extension WordScanner {
  private static let letterOrNumber: CharacterClasses = [.letter, .number]
  private static let letterNumberOrSpace: CharacterClasses = [.letter, .number, .space]

  private static func gpt2(_ text: Span<UInt8>, _ rest: Range<Int>) -> Int {
    if text[rest.lowerBound] == UInt8(ascii: "'"), let end = contraction(text, rest, ignoresCase: false) { return end }
    let first = scalar(text, rest)
    var body = first
    if text[rest.lowerBound] == 0x20 {
      guard first.end < rest.upperBound else { return first.end }
      body = scalar(text, first.end..<rest.upperBound)
    }
    let tail = body.end..<rest.upperBound
    if body.classes.contains(.letter) { return endOfRun(of: .letter, text, tail) }
    if body.classes.contains(.number) { return endOfRun(of: .number, text, tail) }
    return body.classes.contains(.space) ? endOfSpace(text, rest) : endOfOthers(text, tail)
  }

  private static func cl100k(_ text: Span<UInt8>, _ rest: Range<Int>, digits: Int) -> Int {
    if text[rest.lowerBound] == UInt8(ascii: "'"), let end = contraction(text, rest, ignoresCase: true) { return end }
    let first = scalar(text, rest)
    let tail = first.end..<rest.upperBound
    if first.classes.contains(.letter) { return endOfRun(of: .letter, text, tail) }
    if first.classes.contains(.number) { return endOfRun(of: .number, text, tail, limit: digits - 1) }
    if !isLineEnd(text[rest.lowerBound]), !tail.isEmpty {
      let second = scalar(text, tail)
      let beyond = second.end..<rest.upperBound
      if second.classes.contains(.letter) { return endOfRun(of: .letter, text, beyond) }
      if text[rest.lowerBound] == 0x20, second.classes.isDisjoint(with: letterNumberOrSpace) {
        return endOfLineEnds(text, endOfOthers(text, beyond)..<rest.upperBound)
      }
    }
    if first.classes.contains(.space) { return endOfSpace(text, rest, stopsAtLineEnd: true) }
    return endOfLineEnds(text, endOfOthers(text, tail)..<rest.upperBound)
  }

  @inline(__always)
  private static func scalar(_ text: Span<UInt8>, _ rest: Range<Int>) -> (classes: CharacterClasses, end: Int) {
    let scalar = UTF8Scalars.read(text, rest)
    return (CharacterClasses.of(scalar.value), scalar.end)
  }

  @inline(__always)
  private static func endOfRun(
    of classes: CharacterClasses,
    _ text: Span<UInt8>,
    _ rest: Range<Int>,
    limit: Int = .max
  ) -> Int {
    var end = rest.lowerBound
    var remaining = limit
    while end < rest.upperBound, remaining > 0 {
      let next = scalar(text, end..<rest.upperBound)
      guard next.classes.contains(classes) else { break }
      end = next.end
      remaining -= 1
    }
    return end
  }

  private static func endOfOthers(_ text: Span<UInt8>, _ rest: Range<Int>) -> Int {
    var end = rest.lowerBound
    while end < rest.upperBound {
      let next = scalar(text, end..<rest.upperBound)
      guard next.classes.isDisjoint(with: letterNumberOrSpace) else { break }
      end = next.end
    }
    return end
  }

  private static func isLineEnd(_ byte: UInt8) -> Bool { byte == 0x0a || byte == 0x0d }

  private static func endOfLineEnds(_ text: Span<UInt8>, _ rest: Range<Int>) -> Int {
    var end = rest.lowerBound
    while end < rest.upperBound, isLineEnd(text[end]) { end += 1 }
    return end
  }

  /// `\s+(?!\S)|\s+`: all white space at the end of the text; elsewhere the last scalar is left to the next word,
  /// unless it is the only one. Before that, if asked for, `\s*[\r\n]+`.
  private static func endOfSpace(_ text: Span<UInt8>, _ rest: Range<Int>, stopsAtLineEnd: Bool = false) -> Int {
    var end = rest.lowerBound
    var lastStart = end
    var lineEnd: Int?
    while end < rest.upperBound {
      let next = scalar(text, end..<rest.upperBound)
      guard next.classes.contains(.space) else { break }
      if stopsAtLineEnd, isLineEnd(text[end]) { lineEnd = next.end }
      lastStart = end
      end = next.end
    }
    if let lineEnd { return lineEnd }
    return end == rest.upperBound || lastStart == rest.lowerBound ? end : lastStart
  }

  /// `'s|'t|'re|'ve|'m|'ll|'d`, the apostrophe being there; nil for anything else.
  private static func contraction(_ text: Span<UInt8>, _ rest: Range<Int>, ignoresCase: Bool) -> Int? {
    let start = rest.lowerBound
    func letter(_ offset: Int) -> UInt8 {
      guard start + offset < rest.upperBound else { return 0 }
      let byte = text[start + offset]
      return ignoresCase && byte < 0x80 && byte >= 0x40 ? byte | 0x20 : byte
    }
    switch (letter(1), letter(2)) {
    case (UInt8(ascii: "s"), _), (UInt8(ascii: "t"), _), (UInt8(ascii: "m"), _), (UInt8(ascii: "d"), _):
      return start + 2
    case (UInt8(ascii: "r"), UInt8(ascii: "e")), (UInt8(ascii: "v"), UInt8(ascii: "e")),
      (UInt8(ascii: "l"), UInt8(ascii: "l")):
      return start + 3
    // The long s, ſ, is an s in another case.
    case (0xc5, 0xbf) where ignoresCase: return start + 3
    default: return nil
    }
  }
}
