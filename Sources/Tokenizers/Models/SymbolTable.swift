/// The ids of the symbols that merging begins with: scalars or bytes, with what stands before or behind them in a piece.
struct SymbolTable: Sendable {
  private static let none = UInt32.max

  private let takesBytes: Bool
  private let hasPrefix: Bool
  private let hasSuffix: Bool
  /// Symbols of one byte by place << 8 | byte.
  private var single: [UInt32]
  /// Longer scalars by (place, UTF-8 bytes in one number).
  private var scalars = PairTable()

  init(_ vocabulary: Vocabulary, prefix: [UInt8], suffix: [UInt8], takesBytes: Bool) {
    self.takesBytes = takesBytes
    hasPrefix = !prefix.isEmpty
    hasSuffix = !suffix.isEmpty
    single = Array(repeating: Self.none, count: 4 << 8)
    for place in 0..<4 {
      let before = place & 1 == 1 ? prefix : []
      let after = place & 2 == 2 ? suffix : []
      for byte in UInt8(0)...(takesBytes ? 0xff : 0x7f) {
        let symbol = before + (takesBytes ? ByteAlphabet.spell([byte]) : [byte]) + after
        if let id = vocabulary.id(of: symbol) { single[place << 8 | Int(byte)] = UInt32(id) }
      }
    }
    if !takesBytes { addScalars(vocabulary, prefix: prefix, suffix: suffix) }
  }

  private mutating func addScalars(_ vocabulary: Vocabulary, prefix: [UInt8], suffix: [UInt8]) {
    for (id, token) in vocabulary.entries {
      for place in 0..<4 {
        let before = place & 1 == 1 ? prefix : []
        let after = place & 2 == 2 ? suffix : []
        guard token.starts(with: before), token.dropFirst(before.count).suffix(after.count).elementsEqual(after) else {
          continue
        }
        let scalar = token.dropFirst(before.count).dropLast(after.count)
        guard let lead = scalar.first, lead >= 0x80, scalar.count == UTF8Scalars.length(lead: lead) else { continue }
        scalars[UInt32(place), scalar.reduce(0) { $0 << 8 | UInt32($1) }] = UInt64(id)
      }
    }
  }

  /// Whether bytes are symbols and none is missing.
  var hasEveryByte: Bool { takesBytes && !single[..<0x100].contains(Self.none) }

  /// Where the first symbol of what is left ends.
  @inline(__always)
  func end(of text: Span<UInt8>, _ rest: Range<Int>) -> Int {
    takesBytes
      ? rest.lowerBound + 1 : min(rest.lowerBound + UTF8Scalars.length(lead: text[rest.lowerBound]), rest.upperBound)
  }

  /// The id of a symbol; nil for one without a token.
  @inline(__always)
  func id(_ text: Span<UInt8>, _ symbol: Range<Int>, isFirst: Bool, isLast: Bool) -> UInt32? {
    let place = (hasPrefix && !isFirst ? 1 : 0) | (hasSuffix && isLast ? 2 : 0)
    if symbol.count == 1 {
      let id = single[place << 8 | Int(text[symbol.lowerBound])]
      return id == Self.none ? nil : id
    }
    var packed: UInt32 = 0
    for position in symbol { packed = packed << 8 | UInt32(text[position]) }
    return scalars[UInt32(place), packed].map(UInt32.init)
  }
}

/// Pairs of first symbols between which some merge reaches. Text is cut everywhere else, which changes no result and
/// makes runs as short as words where nothing else cuts text.
struct MergeSeams: Sendable {
  private var joinable = PairTable()

  /// - Parameter bases: symbols that are not a single scalar, as byte tokens and the unknown token.
  init(_ rules: MergeRules, _ vocabulary: Vocabulary, bases: Set<UInt32>) {
    let edges = vocabulary.entries.lazy.filter { !$0.bytes.isEmpty }.reduce(
      into: [UInt32: (first: UInt32?, last: UInt32?)]()
    ) { edges, entry in
      let text = entry.bytes.span
      let first = UTF8Scalars.read(text, 0..<text.count)
      let last = UTF8Scalars.readLast(text, 0..<text.count)?.start ?? 0
      edges[UInt32(entry.id)] = (
        vocabulary.id(of: text, 0..<first.end).map(UInt32.init),
        vocabulary.id(of: text, last..<text.count).map(UInt32.init)
      )
    }
    var joinable = PairTable()
    rules.forEachPair { left, right in
      let lasts = [edges[left]?.last, bases.contains(left) ? left : nil].compactMap { $0 }
      let firsts = [edges[right]?.first, bases.contains(right) ? right : nil].compactMap { $0 }
      for last in lasts { for first in firsts { joinable[last, first] = 1 } }
    }
    self.joinable = joinable
  }

  @inline(__always)
  func canJoin(_ left: UInt32, _ right: UInt32) -> Bool { joinable[left, right] != nil }
}
