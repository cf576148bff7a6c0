/// The ids of short pieces met before. Bounded: a full cache starts anew.
struct WordCache: Sendable {
  private static let slotCount = 1 << 15
  private static let idLimit = 1 << 17
  static let longestPiece = 15

  private struct Slot: Sendable {
    /// The bytes of the piece, and in the last byte its length: equal keys are equal pieces.
    var low: UInt64 = 0
    var high: UInt64 = 0
    var start: UInt32 = 0
    var count: UInt32 = 0
  }

  struct Key: Equatable {
    fileprivate let low: UInt64
    fileprivate let high: UInt64

    fileprivate var slot: Int {
      var hash = (low ^ high &* 0xbf58_476d_1ce4_e5b9) &* 0x9e37_79b9_7f4a_7c15
      hash ^= hash >> 29
      return Int(truncatingIfNeeded: (hash &* 0x94d0_49bb_1331_11eb) >> 40) & (WordCache.slotCount - 1)
    }
  }

  private var slots: [Slot] = []
  private var ids: [UInt32] = []

  /// nil for a piece that is too long to be kept.
  @inline(__always)
  static func key(_ text: Span<UInt8>, _ piece: Range<Int>) -> Key? {
    let count = piece.count
    guard count <= longestPiece else { return nil }
    var low: UInt64 = 0
    var high: UInt64 = 0
    if piece.lowerBound + 16 <= text.count {
      low = unsafe text.bytes.unsafeLoadUnaligned(fromByteOffset: piece.lowerBound, as: UInt64.self)
      high = unsafe text.bytes.unsafeLoadUnaligned(fromByteOffset: piece.lowerBound + 8, as: UInt64.self)
      if count < 8 { low &= (1 << UInt64(count * 8)) - 1 }
      high = count <= 8 ? 0 : high & ((1 << UInt64((count - 8) * 8)) - 1)
    } else {
      for offset in 0..<count {
        let byte = UInt64(text[piece.lowerBound + offset])
        if offset < 8 { low |= byte << UInt64(offset * 8) } else { high |= byte << UInt64(offset * 8 - 64) }
      }
    }
    return Key(low: low, high: high | UInt64(count) << 56)
  }

  /// Appends the ids of the piece; false if it is not here.
  @inline(__always)
  func append(_ key: Key, to ids: inout [Int]) -> Bool {
    guard !slots.isEmpty else { return false }
    let slot = slots[key.slot]
    guard slot.low == key.low, slot.high == key.high else { return false }
    for index in Int(slot.start)..<Int(slot.start + slot.count) { ids.append(Int(self.ids[index])) }
    return true
  }

  /// A piece that falls on the slot of another takes its place.
  mutating func insert(_ key: Key, _ ids: ArraySlice<Int>) {
    if slots.isEmpty || self.ids.count > Self.idLimit {
      slots = Array(repeating: Slot(), count: Self.slotCount)
      self.ids.removeAll(keepingCapacity: true)
    }
    slots[key.slot] = Slot(
      low: key.low,
      high: key.high,
      start: UInt32(self.ids.count),
      count: UInt32(ids.count)
    )
    for id in ids { self.ids.append(UInt32(id)) }
  }
}

/// What an encoding run writes on, kept for the next one.
struct EncodingScratch: Sendable {
  var cache = WordCache()
  var run = MergeRun()
  var pieces = TextPieces()
  var lattice = UnigramLattice()
}
