/// A cache of a bounded number of bytes. It has two generations: when the young one is full, it becomes the old one,
/// and what nobody asked for since the last time is gone.
struct BoundedCache<Key: Hashable & Sendable, Value: Sendable>: Sendable {
  private struct Generation: Sendable {
    var values: [Key: Value] = [:]
    var byteCount = 0
  }

  private let generationByteLimit: Int
  private var young = Generation()
  private var old = Generation()

  init(byteLimit: Int) { generationByteLimit = byteLimit / 2 }

  /// What the values in the cache weigh.
  var byteCount: Int { young.byteCount + old.byteCount }

  mutating func value(for key: Key, byteCount: (Value) -> Int) -> Value? {
    if let value = young.values[key] { return value }
    guard let value = old.values[key] else { return nil }
    insert(value, for: key, byteCount: byteCount(value))
    return value
  }

  mutating func insert(_ value: Value, for key: Key, byteCount: Int) {
    if young.byteCount + byteCount > generationByteLimit {
      old = young
      young = Generation()
    }
    if young.values.updateValue(value, forKey: key) == nil { young.byteCount += byteCount }
  }
}
