/// The counter-based generator Philox4x32-10 (Salmon et al. 2011, "Parallel Random Numbers: As Easy as 1, 2, 3"):
/// a random block is a function of key and counter alone, so no state can depend on what else runs.
package enum Philox {
  package typealias Counter = (UInt32, UInt32, UInt32, UInt32)
  package typealias Key = (UInt32, UInt32)

  package static func block(_ counter: Counter, key: Key) -> Counter {
    var counter = counter
    var key = key
    for _ in 0..<10 {
      let first = (0xd251_1f53 as UInt32).multipliedFullWidth(by: counter.0)
      let second = (0xcd9e_8d57 as UInt32).multipliedFullWidth(by: counter.2)
      counter = (second.high ^ counter.1 ^ key.0, second.low, first.high ^ counter.3 ^ key.1, first.low)
      key = (key.0 &+ 0x9e37_79b9, key.1 &+ 0xbb67_ae85)
    }
    return counter
  }

  /// A number in [0, 1) with 53 random bits, for the `index`th draw of the stream that `seed` and `choice` name.
  package static func uniform(seed: UInt64, choice: Int = 0, index: Int) -> Double {
    let index = UInt64(index)
    let block = block(
      (
        UInt32(truncatingIfNeeded: index), UInt32(truncatingIfNeeded: index >> 32), UInt32(truncatingIfNeeded: choice),
        0
      ),
      key: (UInt32(truncatingIfNeeded: seed), UInt32(truncatingIfNeeded: seed >> 32))
    )
    return Double((UInt64(block.0) << 32 | UInt64(block.1)) >> 11) * 0x1p-53
  }
}
