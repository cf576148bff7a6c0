/// Bounds on the code points of a string; `maximum` `StringLength.unbounded` means none.
struct StringLength: Sendable, Hashable {
  static let unbounded = UInt32.max

  var minimum: UInt32 = 0
  var maximum: UInt32 = unbounded

  static let any = StringLength()
}

/// A place inside a JSON string (RFC 8259, section 7), quotation marks included: valid UTF-8, paired surrogates in
/// escapes, no U+0000 (PostgreSQL's jsonb refuses it), and the code points that are still wanted and allowed.
struct JSONString: Sendable, Hashable {
  var phase: Phase
  var remaining: StringLength

  static func start(_ length: StringLength) -> JSONString { JSONString(phase: .start, remaining: length) }

  var isAccepting: Bool { phase == .end }

  /// Code points count when they begin.
  func step(_ byte: UInt8) -> JSONString? {
    guard let next = phase.step(byte) else { return nil }
    guard phase == .body else { return JSONString(phase: next, remaining: remaining) }
    if next == .end { return remaining.minimum == 0 ? JSONString(phase: .end, remaining: remaining) : nil }
    guard remaining.maximum > 0 else { return nil }
    var left = remaining
    left.minimum -= left.minimum > 0 ? 1 : 0
    left.maximum -= left.maximum != StringLength.unbounded ? 1 : 0
    return JSONString(phase: next, remaining: left)
  }

  /// Bytes of `shortestCompletion`.
  var distance: Int {
    phase == .end ? 0 : phase.completion.count + Int(remaining.minimum) + 1
  }

  /// Ends the character that has begun, adds the letters still wanted, and closes the string.
  var shortestCompletion: [UInt8] {
    if phase == .end { return [] }
    return phase.completion + Array(repeating: UInt8(ascii: "a"), count: Int(remaining.minimum)) + [UInt8(ascii: "\"")]
  }
}

extension JSONString {
  enum Phase: UInt8, Sendable, CaseIterable {
    case start, body, end
    /// After the lead byte of a UTF-8 sequence, by the bytes that may follow (Unicode 15, table 3-7).
    case oneMore, twoMore, threeMore, afterE0, afterED, afterF0, afterF4
    /// After a backslash, after `\u`, and after so many of its hexadecimal digits.
    case escape, unicode, zero1, zero2, zero3, digit1, digit2, digit3
    /// A first digit D may begin a surrogate; a high one needs a low one after it.
    case digitD, high2, high3, highDone, lowEscape, lowUnicode, lowD

    func step(_ byte: UInt8) -> Phase? {
      let next = Self.table[Int(rawValue) << 8 | Int(byte)]
      return Phase(rawValue: next)
    }

    /// The shortest way back to `body`.
    var completion: [UInt8] {
      switch self {
      case .start: [0x22]
      case .body, .end: []
      case .oneMore: [0x80]
      case .twoMore, .afterED: [0x80, 0x80]
      case .threeMore, .afterF4: [0x80, 0x80, 0x80]
      case .afterE0: [0xa0, 0x80]
      case .afterF0: [0x90, 0x80, 0x80]
      case .escape: Array("n".utf8)
      case .unicode: Array("0061".utf8)
      case .zero1: Array("061".utf8)
      case .zero2: Array("61".utf8)
      case .zero3: Array("1".utf8)
      case .digit1: Array("000".utf8)
      case .digit2: Array("00".utf8)
      case .digit3: Array("0".utf8)
      case .digitD: Array("000".utf8)
      case .high2: Array(#"00\udc00"#.utf8)
      case .high3: Array(#"0\udc00"#.utf8)
      case .highDone: Array(#"\udc00"#.utf8)
      case .lowEscape: Array("udc00".utf8)
      case .lowUnicode: Array("dc00".utf8)
      case .lowD: Array("c00".utf8)
      }
    }

    /// `[phases, 256]`; 255 where a byte is not allowed.
    private static let table: [UInt8] = allCases.flatMap { phase in
      (UInt8.min...UInt8.max).map { phase.target($0)?.rawValue ?? 255 }
    }

    private func target(_ byte: UInt8) -> Phase? {
      switch (self, byte) {
      case (.start, 0x22): .body
      case (.start, _), (.end, _): nil
      case (.body, _): Self.character(byte)
      case (.oneMore, 0x80...0xbf): .body
      case (.twoMore, 0x80...0xbf), (.afterE0, 0xa0...0xbf), (.afterED, 0x80...0x9f): .oneMore
      case (.threeMore, 0x80...0xbf), (.afterF0, 0x90...0xbf), (.afterF4, 0x80...0x8f): .twoMore
      case (.escape, UInt8(ascii: "u")): .unicode
      case (.escape, _): #""\/bfnrt"#.utf8.contains(byte) ? .body : nil
      case (.highDone, UInt8(ascii: "\\")): .lowEscape
      case (.lowEscape, UInt8(ascii: "u")): .lowUnicode
      case (.highDone, _), (.lowEscape, _): nil
      default: Self.hexadecimal(byte).flatMap { afterDigit($0) }
      }
    }

    private static func character(_ byte: UInt8) -> Phase? {
      switch byte {
      case 0x22: .end
      case 0x5c: .escape
      case 0x20...0x7f: .body
      case 0xc2...0xdf: .oneMore
      case 0xe0: .afterE0
      case 0xed: .afterED
      case 0xe1...0xef: .twoMore
      case 0xf0: .afterF0
      case 0xf1...0xf3: .threeMore
      case 0xf4: .afterF4
      default: nil
      }
    }

    private func afterDigit(_ digit: UInt8) -> Phase? {
      switch self {
      case .unicode: digit == 0 ? .zero1 : digit == 0xd ? .digitD : .digit1
      case .zero1: digit == 0 ? .zero2 : .digit2
      case .zero2: digit == 0 ? .zero3 : .digit3
      case .zero3: digit == 0 ? nil : .body
      case .digit1: .digit2
      case .digit2: .digit3
      case .digit3: .body
      case .digitD: digit < 8 ? .digit2 : digit < 0xc ? .high2 : nil
      case .high2: .high3
      case .high3: .highDone
      case .lowUnicode: digit == 0xd ? .lowD : nil
      case .lowD: digit >= 0xc ? .digit2 : nil
      default: nil
      }
    }

    private static func hexadecimal(_ byte: UInt8) -> UInt8? {
      Character(Unicode.Scalar(byte)).hexDigitValue.map { UInt8($0) }
    }
  }
}
