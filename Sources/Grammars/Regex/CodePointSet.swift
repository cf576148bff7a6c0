/// A set of Unicode scalar values as sorted ranges that neither touch nor overlap.
struct CodePointSet: Sendable, Hashable {
  private(set) var ranges: [ClosedRange<UInt32>]

  static let empty = CodePointSet([])
  /// Everything that UTF-8 can spell: no surrogates.
  static let all = CodePointSet([0...0xd7ff, 0xe000...0x10ffff])

  init(_ ranges: [ClosedRange<UInt32>]) {
    self.ranges = []
    for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) {
      if let last = self.ranges.last, range.lowerBound <= last.upperBound || range.lowerBound == last.upperBound + 1 {
        self.ranges[self.ranges.count - 1] = last.lowerBound...max(last.upperBound, range.upperBound)
      } else {
        self.ranges.append(range)
      }
    }
  }

  init(_ scalar: Unicode.Scalar) { self.init([scalar.value...scalar.value]) }

  /// The characters of a property; Unicode assigns none outside planes 0 to 3 and the beginning of 14.
  init(where isMember: (Unicode.Scalar) -> Bool) {
    var ranges: [ClosedRange<UInt32>] = []
    for range in [0...0xd7ff, 0xe000...0x3ffff, 0xe0000...0xe0fff] as [ClosedRange<UInt32>] {
      for value in range {
        guard let scalar = Unicode.Scalar(value), isMember(scalar) else { continue }
        if let last = ranges.last, last.upperBound + 1 == value {
          ranges[ranges.count - 1] = last.lowerBound...value
        } else {
          ranges.append(value...value)
        }
      }
    }
    self.ranges = ranges
  }

  var isEmpty: Bool { ranges.isEmpty }

  func union(_ other: CodePointSet) -> CodePointSet { CodePointSet(ranges + other.ranges) }

  func subtracting(_ other: CodePointSet) -> CodePointSet { other.complement.intersection(self) }

  /// Without surrogates, which belong to no set.
  var complement: CodePointSet {
    var gaps: [ClosedRange<UInt32>] = []
    var next: UInt32 = 0
    for range in ranges {
      if range.lowerBound > next { gaps.append(next...range.lowerBound - 1) }
      next = range.upperBound + 1
    }
    if next <= 0x10ffff { gaps.append(next...0x10ffff) }
    return CodePointSet(gaps).intersection(.all)
  }

  func intersection(_ other: CodePointSet) -> CodePointSet {
    var common: [ClosedRange<UInt32>] = []
    var (left, right) = (0, 0)
    while left < ranges.count && right < other.ranges.count {
      let lower = max(ranges[left].lowerBound, other.ranges[right].lowerBound)
      let upper = min(ranges[left].upperBound, other.ranges[right].upperBound)
      if lower <= upper { common.append(lower...upper) }
      if ranges[left].upperBound < other.ranges[right].upperBound { left += 1 } else { right += 1 }
    }
    return CodePointSet(common)
  }
}
