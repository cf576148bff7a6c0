import Tensors
import Testing

struct MaskTests {
  @Test(arguments: KernelLevel.available, [1, 15, 16, 63, 64, 65, 130, 1000])
  func `exclude leaves the logits whose bit is set and takes the others`(level: KernelLevel, count: Int) {
    let kernels = Kernels(pool: ThreadPool(threads: 1), level: level)
    let logits = (0..<count).map { $0 == 3 ? Float.nan : Float($0) - 20 }
    for seed in 0..<20 as Range<UInt64> {
      var state = seed
      let mask = (0..<(count + 63) / 64).map { word -> UInt64 in
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return [0, .max, state, state << 32 | 0xffff][(word + Int(seed)) % 4]
      }
      var masked = logits
      var span = masked.mutableSpan
      kernels.exclude(from: &span, unless: mask.span)
      let expected = logits.enumerated().map { mask[$0 >> 6] >> UInt64($0 & 63) & 1 == 1 ? $1 : -.infinity }
      #expect(masked.map(\.bitPattern) == expected.map(\.bitPattern))
    }
  }
}
