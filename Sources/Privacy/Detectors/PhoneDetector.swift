/// Telephone numbers of any country: international ones by their plus sign, national ones by their grouping or by the
/// words before them.
///
/// Grouped digits are also dates, ranges, verses and prices: without a plus sign only the groupings that telephones
/// use count, and weaker ones need a word such as "phone" shortly before.
enum PhoneDetector {
  private static let contextBytes = 64
  private static let words: [StaticString] = [
    "phone", "call", "tel", "mobile", "fax", "cell", "whatsapp", "contact", "desk", "answering", "message",
  ]
  private static let firstBytes = ByteSet("\u{e4}"..."\u{e7}", and: "pctmfnwdaPCTMFNWDA")
  private static let joints = ByteSet(and: ".,:/-#$")
  private static let chineseWords: [StaticString] = ["电话", "手机", "致电", "传真", "热线", "座机", "来电"]

  /// - Parameter start: of the digits; a plus sign or an opening parenthesis before them belongs to the number.
  static func detect(_ groups: DigitGroups, in text: TextBytes, at start: Int) -> Match? {
    if text[start - 1] == UInt8(ascii: "+") {
      return international(groups, in: text, at: start)
    }
    return national(groups, in: text, at: start)
  }

  private static func international(_ groups: DigitGroups, in text: TextBytes, at start: Int) -> Match? {
    guard groups.digits[0] > 0, let last = lastGroup(groups, limit: 15), groups.digitCount(groups: last + 1) >= 8 else {
      return nil
    }
    return match(start - 1, groups.end(last), score: 0.9, in: text)
  }

  private static func national(_ groups: DigitGroups, in text: TextBytes, at start: Int) -> Match? {
    let hasParenthesis = text[start - 1] == UInt8(ascii: "(")
    guard text.startsWord(at: hasParenthesis ? start - 1 : start), !isRangeOrDecimal(text, before: start) else {
      return nil
    }
    let begin =
      hasParenthesis && text[groups.groupCount > 0 ? groups.end(0) : start] == UInt8(ascii: ")") ? start - 1 : start
    guard let last = lastGroup(groups, limit: 13) else { return nil }
    for count in stride(from: last + 1, through: 1, by: -1) where !continues(groups, count: count, in: text) {
      let score = score(groups, count: count, in: text, begin: begin)
      if score >= 0.5 { return match(begin, groups.end(count - 1), score: score, in: text) }
    }
    return nil
  }

  /// 0.7 for the groupings that only telephones use, 0.75 for weaker ones behind a word, 0 otherwise.
  private static func score(_ groups: DigitGroups, count: Int, in text: TextBytes, begin: Int) -> Double {
    let digitCount = groups.digitCount(groups: count)
    guard (7...13).contains(digitCount), !isDateOrOther(groups, count: count) else { return 0 }
    let isNorthAmerican =
      count >= 3 && groups.length(count - 3) == 3 && groups.length(count - 2) == 3 && groups.length(count - 1) == 4
    if isNorthAmerican, digitCount <= 13, text[begin + 3] != UInt8(ascii: ","), count <= 5 { return 0.7 }
    let hasTrunkPrefix = groups.digits[0] == 0 && digitCount >= 9 && (0..<count).allSatisfy { groups.length($0) >= 2 }
    if hasTrunkPrefix, count >= 3 { return 0.7 }
    // "number is" introduces licences and accounts too: those are written in one piece.
    return hasContext(text, before: begin) || (count > 1 && text.hasLetters("number is", at: begin - 10)) ? 0.75 : 0
  }

  /// Whether the list of numbers goes on with the same separator: lottery numbers, scores.
  private static func continues(_ groups: DigitGroups, count: Int, in text: TextBytes) -> Bool {
    guard count >= 2, count < groups.groupCount else { return false }
    return text[groups.end(count - 1)] == text[groups.end(count - 2)]
  }

  /// Groupings of dates, social security numbers and four-digit lists.
  private static func isDateOrOther(_ groups: DigitGroups, count: Int) -> Bool {
    switch (groups.length(0), groups.length(1), groups.length(2), count) {
    case (4, 2, 2, 3), (2, 2, 4, 3), (1, 2, 4, 3), (2, 1, 4, 3), (4, 1, 2, 3), (4, 2, 1, 3), (1, 1, 4, 3): true
    case (3, 2, 4, 3), (4, 2, 4, 3): true
    case (4, 4, 4, 3), (5, 4, _, 2): groups.digits[0] != 0 && groups.length(1) == 4 && count > 1
    default: false
    }
  }

  /// The last group that may belong to a number of at most `limit` digits; groups of phones have at most 11 digits.
  private static func lastGroup(_ groups: DigitGroups, limit: Int) -> Int? {
    var digitCount = 0
    var last: Int?
    for group in 0..<groups.groupCount {
      digitCount += groups.length(group)
      guard digitCount <= limit else { break }
      last = group
    }
    return last
  }

  /// `12.345`, `$345`, `3:16` and `12-345` do not begin a number.
  private static func isRangeOrDecimal(_ text: TextBytes, before start: Int) -> Bool {
    let previous = text[start - 1]
    let isJoint = joints.contains(previous)
    return isJoint && ByteSet.digits.contains(text[start - 2]) || previous == UInt8(ascii: "$")
  }

  private static func hasContext(_ text: TextBytes, before start: Int) -> Bool {
    for position in max(0, start - contextBytes)..<start where firstBytes.contains(text[position]) {
      if text[position] < 0x80 {
        if words.contains(where: { text.hasLetters($0, at: position) }) { return true }
      } else if chineseWords.contains(where: { text.hasBytes($0, at: position) }) {
        return true
      }
    }
    return false
  }

  private static func match(_ start: Int, _ end: Int, score: Double, in text: TextBytes) -> Match? {
    let full = endOfExtension(in: text, at: end)
    guard text.endsWord(at: full) else { return nil }
    return Match(.phone, start..<full, score: score)
  }

  /// The end of an extension such as `x4587`, or `end`.
  private static func endOfExtension(in text: TextBytes, at end: Int) -> Int {
    guard text[end] == UInt8(ascii: "x") else { return end }
    let last = text.endOfRun(of: .digits, from: end + 1, limit: 6)
    return (2...5).contains(last - end - 1) ? last : end
  }
}
