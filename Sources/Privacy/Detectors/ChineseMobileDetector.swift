/// Mobile numbers of China: 1, a digit of 3 to 9, nine more; in one run or 3-4-4, with or without +86.
enum ChineseMobileDetector {
  /// - Parameter start: of the digits; a plus sign before them belongs to the number.
  static func detect(_ groups: DigitGroups, in text: TextBytes, at start: Int) -> Match? {
    guard groups.digitCount >= 11, let prefix = prefixLength(groups) else { return nil }
    guard groups.digits[prefix] == 1, (3...9).contains(groups.digits[prefix + 1]) else { return nil }
    guard let last = lastGroup(groups, prefix: prefix, in: text), text.endsWord(at: groups.end(last)) else {
      return nil
    }
    let hasPlus = prefix > 0 && text[start - 1] == UInt8(ascii: "+")
    return Match(.chineseMobile, (hasPlus ? start - 1 : start)..<groups.end(last), score: 0.9)
  }

  /// Digits of the country code: 0 without one; nil when the digits behind it are too few.
  private static func prefixLength(_ groups: DigitGroups) -> Int? {
    if groups.digits[0] == 1 { return 0 }
    if groups.number(0..<2) == 86, groups.digitCount >= 13 { return 2 }
    if groups.number(0..<4) == 86, groups.digitCount >= 15 { return 4 }
    return nil
  }

  private static func lastGroup(_ groups: DigitGroups, prefix: Int, in text: TextBytes) -> Int? {
    if groups.length(0) == prefix + 11 { return 0 }
    let first = prefix > 0 && groups.length(0) == prefix ? 1 : 0
    if first == 1, groups.length(1) == 11 { return 1 }
    let body = first == 0 ? [prefix + 3, 4, 4] : [3, 4, 4]
    return groups.hasLayout(body, from: first, in: text) ? first + 2 : nil
  }
}
