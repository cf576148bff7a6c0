/// Digits written in groups, as cards and telephone numbers are: `4012-8888-8888-1881`.
///
/// At most 24 digits are kept: longer runs are no number that we know, and the bound keeps scanning linear.
struct DigitGroups {
  private static let capacity = 24
  private static let betweenGroups = ByteSet(and: " -./")

  private(set) var digits = InlineArray<24, UInt8>(repeating: 0)
  private(set) var digitCount = 0
  private(set) var groupCount = 0
  private var lengths = InlineArray<24, Int>(repeating: 0)
  private var ends = InlineArray<24, Int>(repeating: 0)

  /// Reads groups from `start`, which holds a digit; single separators stand between them, parentheses around one.
  init(in text: TextBytes, at start: Int) {
    var position = start
    while digitCount < Self.capacity {
      let end = text.endOfRun(of: .digits, from: position, limit: Self.capacity + 1 - digitCount)
      guard end > position, digitCount + end - position <= Self.capacity else { break }
      append(text, position..<end)
      position = Self.startOfNextGroup(in: text, after: end)
    }
  }

  private mutating func append(_ text: TextBytes, _ range: Range<Int>) {
    for position in range {
      digits[digitCount] = text[position] - UInt8(ascii: "0")
      digitCount += 1
    }
    lengths[groupCount] = range.count
    ends[groupCount] = range.upperBound
    groupCount += 1
  }

  private static func startOfNextGroup(in text: TextBytes, after end: Int) -> Int {
    var position = end
    if text[position] == UInt8(ascii: ")") { position += 1 }
    if betweenGroups.contains(text[position]) { position += 1 }
    if text[position] == UInt8(ascii: "("), position > end { position += 1 }
    return position == end ? text.count : position
  }

  /// The number of digits of group `group`.
  func length(_ group: Int) -> Int { group < groupCount ? lengths[group] : 0 }

  /// The position behind the last digit of group `group`.
  func end(_ group: Int) -> Int { ends[group] }

  /// Digits in the first `groups` groups.
  func digitCount(groups: Int) -> Int {
    (0..<groups).reduce(0) { $0 + lengths[$1] }
  }

  /// Whether the groups from `first` on begin with these lengths, all separated by the same single byte.
  func hasLayout(_ layout: [Int], from first: Int = 0, in text: TextBytes) -> Bool {
    guard layout.indices.allSatisfy({ length(first + $0) == layout[$0] }) else { return false }
    return isUniform(groups: first..<first + layout.count, in: text)
  }

  /// Whether one and the same byte, alone, stands between these groups.
  func isUniform(groups: Range<Int>, in text: TextBytes) -> Bool {
    guard groups.count > 1 else { return true }
    let separator = text[ends[groups.lowerBound]]
    return groups.dropLast().allSatisfy { group in
      text[ends[group]] == separator && ends[group] + 1 + lengths[group + 1] == ends[group + 1]
    }
  }

  /// Digits `range` as a number.
  func number(_ range: Range<Int>) -> Int {
    range.reduce(0) { $0 * 10 + Int(digits[$1]) }
  }

  /// Whether the first `length` digits pass the Luhn sum, which validates every payment card.
  func passesLuhn(length: Int) -> Bool {
    var sum = 0
    for index in 0..<length {
      let digit = Int(digits[length - 1 - index])
      let doubled = digit * 2
      sum += index % 2 == 0 ? digit : doubled > 9 ? doubled - 9 : doubled
    }
    return sum % 10 == 0
  }
}
