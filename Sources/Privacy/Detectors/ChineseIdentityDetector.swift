/// Resident identity numbers of China (GB 11643): region, date of birth, sequence, check character; 18 characters.
enum ChineseIdentityDetector {
  private static let weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]
  private static let checkCharacters = Array("10X98765432".utf8)

  static func detect(_ groups: DigitGroups, in text: TextBytes, at start: Int) -> Match? {
    guard groups.digitCount >= 17 else { return nil }
    let groupCount = groups.length(0) >= 17 ? 1 : groups.hasLayout([6, 8], in: text) ? 3 : 0
    guard groupCount > 0, groupCount <= groups.groupCount, groups.isUniform(groups: 0..<groupCount, in: text) else {
      return nil
    }
    let length = groups.digitCount(groups: groupCount)
    let end = groups.end(groupCount - 1) + (length == 17 ? 1 : 0)
    guard length == 17 || length == 18, text.endsWord(at: end), isValid(groups, check: text[end - 1]) else {
      return nil
    }
    return Match(.chineseIdentity, start..<end, score: 1)
  }

  private static func isValid(_ groups: DigitGroups, check: UInt8) -> Bool {
    guard isProvince(groups.number(0..<2)),
      isDate(year: groups.number(6..<10), month: groups.number(10..<12), day: groups.number(12..<14))
    else { return false }
    let sum = weights.indices.reduce(0) { $0 + weights[$1] * Int(groups.digits[$1]) }
    let given = check == UInt8(ascii: "x") ? UInt8(ascii: "X") : check
    return checkCharacters[sum % 11] == given
  }

  private static func isProvince(_ code: Int) -> Bool {
    switch code {
    case 11...15, 21...23, 31...37, 41...46, 50...54, 61...65, 71, 81...83: true
    default: false
    }
  }

  /// The calendar alone decides: detection that depends on today would not be reproducible.
  private static func isDate(year: Int, month: Int, day: Int) -> Bool {
    guard (1850...2099).contains(year), (1...12).contains(month) else { return false }
    let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
    let days = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
    return (1...days[month - 1]).contains(day)
  }
}
