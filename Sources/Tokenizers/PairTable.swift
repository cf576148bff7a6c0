/// An open-addressing hash table from pairs of 32-bit numbers to a 32-bit number; several times faster than `Dictionary`.
///
/// The hash is seeded per process, so that no file can be made to collide; results do not depend on the seed.
struct PairTable: Sendable {
  private static let empty = UInt64.max
  private static let seed = UInt64.random(in: 0...UInt64.max) | 1

  private var keys: [UInt64]
  private var values: [UInt32]
  private var mask: Int
  private(set) var count = 0

  init(minimumCapacity: Int = 8) {
    var size = 16
    while size < minimumCapacity * 2 { size *= 2 }
    keys = Array(repeating: Self.empty, count: size)
    values = Array(repeating: 0, count: size)
    mask = size - 1
  }

  subscript(first: UInt32, second: UInt32) -> UInt32? {
    get {
      let slot = slot(of: Self.key(first, second))
      return keys[slot] == Self.empty ? nil : values[slot]
    }
    set {
      precondition(newValue != nil, "pairs are never removed from a PairTable")
      insert(Self.key(first, second), newValue ?? 0)
    }
  }

  /// - Precondition: not (UInt32.max, UInt32.max), which marks an empty slot.
  private static func key(_ first: UInt32, _ second: UInt32) -> UInt64 {
    UInt64(first) << 32 | UInt64(second)
  }

  private func slot(of key: UInt64) -> Int {
    var hash = (key ^ Self.seed) &* 0x9e37_79b9_7f4a_7c15
    hash ^= hash >> 32
    hash &*= Self.seed
    var slot = Int(truncatingIfNeeded: hash >> 20) & mask
    while keys[slot] != key && keys[slot] != Self.empty { slot = (slot + 1) & mask }
    return slot
  }

  private mutating func insert(_ key: UInt64, _ value: UInt32) {
    precondition(key != Self.empty, "this pair marks an empty slot")
    if (count + 1) * 2 > keys.count { grow() }
    let slot = slot(of: key)
    if keys[slot] == Self.empty { count += 1 }
    keys[slot] = key
    values[slot] = value
  }

  private mutating func grow() {
    var larger = PairTable(minimumCapacity: keys.count)
    for (key, value) in zip(keys, values) where key != Self.empty { larger.insert(key, value) }
    self = larger
  }
}
