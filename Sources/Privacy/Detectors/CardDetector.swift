/// Payment cards: 12 to 19 digits, an issuer that exists, the Luhn sum; those that begin with 62 are Chinese bank cards.
enum CardDetector {
  /// How cards are printed, apart from one run of digits; longer layouts first.
  private static let layouts: [[Int]] = [
    [4, 4, 4, 4, 3], [4, 4, 4, 4, 2], [4, 4, 4, 4, 1], [4, 4, 4, 4], [4, 6, 5], [4, 6, 4], [6, 13], [6, 12], [6, 10],
    [4, 4, 4, 1], [4, 4, 4],
  ]

  static func detect(_ groups: DigitGroups, in text: TextBytes, at start: Int) -> Match? {
    if let match = match(groups, groupCount: 1, from: start, in: text) { return match }
    guard groups.groupCount > 1, text[groups.end(0)] == UInt8(ascii: " ") || text[groups.end(0)] == UInt8(ascii: "-")
    else {
      return nil
    }
    for layout in layouts where groups.hasLayout(layout, in: text) {
      if let match = match(groups, groupCount: layout.count, from: start, in: text) { return match }
    }
    return nil
  }

  private static func match(_ groups: DigitGroups, groupCount: Int, from start: Int, in text: TextBytes) -> Match? {
    let length = groups.digitCount(groups: groupCount)
    let end = groups.end(groupCount - 1)
    guard (12...19).contains(length), text.endsWord(at: end), groups.passesLuhn(length: length),
      let type = issuer(groups, length: length)
    else { return nil }
    // One number in ten passes the sum; short ones have little else to show.
    return Match(type, start..<end, score: length >= 14 || groupCount > 1 ? 1 : 0.6)
  }

  /// The kind of card by the first digits and the length (ISO/IEC 7812 ranges in use).
  private static func issuer(_ groups: DigitGroups, length: Int) -> EntityType? {
    let first = groups.number(0..<4)
    return switch first {
    case 6200...6299: length >= 16 ? .chineseBankCard : .creditCard
    case 3400...3499, 3700...3799: length == 15 ? .creditCard : nil
    case 3000...3059, 3095, 3600...3699, 3800...3999: length >= 14 ? .creditCard : nil
    case 4000...4999: [13, 16, 19].contains(length) ? .creditCard : nil
    case 2221...2720, 5100...5599: length == 16 ? .creditCard : nil
    case 5000...5099, 5600...5899, 6000...6199, 6300...6999: .creditCard
    case 2200...2204, 3500...3599: length >= 16 ? .creditCard : nil
    case 1000...1999, 2131: length == 15 ? .creditCard : nil
    default: nil
    }
  }
}
