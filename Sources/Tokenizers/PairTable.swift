/// An open-addressing hash table from pairs of 32-bit numbers to a 64-bit number; several times faster than `Dictionary`.
///
/// The hash is seeded per process, so that no file can be made to collide; results do not depend on the seed.
struct PairTable: Sendable {
  /// Key and value side by side: a look-up touches one cache line.
  private struct Slot: Sendable {
    var key: UInt64
    var value: UInt64
  }

  private static let empty = UInt64.max
  private static let seed = UInt64.random(in: 0...UInt64.max) | 1

  private var slots: [Slot]
  private let hashSeed: UInt64
  private(set) var count = 0

  init(minimumCapacity: Int = 8) {
    var size = 16
    while size < minimumCapacity * 2 { size *= 2 }
    slots = Array(repeating: Slot(key: Self.empty, value: 0), count: size)
    hashSeed = Self.seed
  }

  subscript(first: UInt32, second: UInt32) -> UInt64? {
    @inline(__always) get {
      let slot = slots[slot(of: Self.key(first, second))]
      return slot.key == Self.empty ? nil : slot.value
    }
    set {
      precondition(newValue != nil, "pairs are never removed from a PairTable")
      insert(Self.key(first, second), newValue ?? 0)
    }
  }

  /// - Precondition: not (UInt32.max, UInt32.max), which marks an empty slot.
  @inline(__always)
  private static func key(_ first: UInt32, _ second: UInt32) -> UInt64 {
    UInt64(first) << 32 | UInt64(second)
  }

  @inline(__always)
  private func slot(of key: UInt64) -> Int {
    let mask = slots.count - 1
    var hash = (key ^ hashSeed) &* 0x9e37_79b9_7f4a_7c15
    hash ^= hash >> 32
    hash &*= hashSeed
    var slot = Int(truncatingIfNeeded: hash >> 20) & mask
    while slots[slot].key != key && slots[slot].key != Self.empty { slot = (slot + 1) & mask }
    return slot
  }

  private mutating func insert(_ key: UInt64, _ value: UInt64) {
    precondition(key != Self.empty, "this pair marks an empty slot")
    if (count + 1) * 2 > slots.count { grow() }
    let slot = slot(of: key)
    if slots[slot].key == Self.empty { count += 1 }
    slots[slot] = Slot(key: key, value: value)
  }

  private mutating func grow() {
    var larger = PairTable(minimumCapacity: slots.count)
    for slot in slots where slot.key != Self.empty { larger.insert(slot.key, slot.value) }
    self = larger
  }

  func forEachKey(_ body: (UInt32, UInt32) -> Void) {
    for slot in slots where slot.key != Self.empty {
      body(UInt32(slot.key >> 32), UInt32(truncatingIfNeeded: slot.key))
    }
  }
}
