/// How the text of a regular expression is spelt in bytes.
enum TextEncoding: Sendable {
  case utf8
  /// Inside a JSON string: what must be escaped is, in its shortest form, and nothing else is. U+0000 cannot occur:
  /// databases refuse it.
  case jsonString
}

/// A set of code points as byte sequences that share their ends: a small acyclic automaton.
struct UTF8Sequences {
  typealias Sequence = [ClosedRange<UInt8>]

  struct Move: Hashable {
    var range: ClosedRange<UInt8>
    /// An index into `nodes`; nil where a character is complete.
    var target: Int?
  }

  private(set) var nodes: [[Move]] = []
  /// Nil for the empty set.
  private(set) var root: Int?
  private var numbers: [[Move]: Int] = [:]

  init(_ set: CodePointSet, encoding: TextEncoding) {
    var sequences: [Sequence] = []
    switch encoding {
    case .utf8:
      for range in set.ranges { Self.split(range, into: &sequences) }
    case .jsonString:
      for range in set.subtracting(Self.escaped).ranges { Self.split(range, into: &sequences) }
      for range in set.intersection(Self.escaped).ranges {
        for value in range where value > 0 { sequences.append(Self.escape(UInt8(value)).map { $0...$0 }) }
      }
    }
    sequences.sort { $0.lexicographicallyPrecedes($1) { $0.lowerBound < $1.lowerBound } }
    if !sequences.isEmpty { root = node(for: sequences[...], depth: 0) }
  }

  /// Sequences with a common beginning share it; equal remainders are the same node.
  private mutating func node(for sequences: ArraySlice<Sequence>, depth: Int) -> Int {
    var moves: [Move] = []
    var rest = sequences
    while let first = rest.first {
      let group = rest.prefix { $0[depth] == first[depth] }
      rest = rest.dropFirst(group.count)
      let target = first.count == depth + 1 ? nil : node(for: group, depth: depth + 1)
      moves.append(Move(range: first[depth], target: target))
    }
    if let number = numbers[moves] { return number }
    numbers[moves] = nodes.count
    nodes.append(moves)
    return nodes.count - 1
  }

  private static let escaped = CodePointSet([0x00...0x1f, 0x22...0x22, 0x5c...0x5c])

  private static func escape(_ byte: UInt8) -> [UInt8] {
    switch byte {
    case 0x08: Array(#"\b"#.utf8)
    case 0x09: Array(#"\t"#.utf8)
    case 0x0a: Array(#"\n"#.utf8)
    case 0x0c: Array(#"\f"#.utf8)
    case 0x0d: Array(#"\r"#.utf8)
    case 0x22, 0x5c: [0x5c, byte]
    default: Array((byte < 0x10 ? #"\u000"# : #"\u00"#).utf8) + Array(String(byte, radix: 16).utf8)
    }
  }

  /// Splits until each byte of the encoding varies on its own (the method of RE2).
  private static func split(_ range: ClosedRange<UInt32>, into sequences: inout [Sequence]) {
    for limit in [0x7f, 0x7ff, 0xffff] as [UInt32] where range.lowerBound <= limit && range.upperBound > limit {
      split(range.lowerBound...limit, into: &sequences)
      split(limit + 1...range.upperBound, into: &sequences)
      return
    }
    let (lower, upper) = (range.lowerBound, range.upperBound)
    for index in 1..<4 as Range<UInt32> where upper > 0x7f {
      let mask: UInt32 = 1 << (6 * index) - 1
      guard lower & ~mask != upper & ~mask else { continue }
      let border = lower & mask != 0 ? lower | mask : upper & mask != mask ? (upper & ~mask) - 1 : nil
      if let border {
        split(lower...border, into: &sequences)
        split(border + 1...upper, into: &sequences)
        return
      }
    }
    sequences.append(zip(encode(lower), encode(upper)).map { $0...$1 })
  }

  private static func encode(_ value: UInt32) -> [UInt8] {
    Unicode.Scalar(value).map { Array(UTF8.encode($0) ?? .init()) } ?? []
  }
}
