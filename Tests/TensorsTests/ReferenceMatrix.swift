import Tensors

/// Reproducible values in -1 ..< 1 (SplitMix64).
struct Noise {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> Float {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    mixed ^= mixed >> 31
    return Float(Int64(mixed >> 40)) / Float(1 << 23) - 1
  }

  mutating func values(_ count: Int, scale: Float = 1) -> [Float] { (0..<count).map { _ in next() * scale } }
}

extension AlignedBuffer {
  init(_ values: [Float]) { self.init(values.span) }

  var values: [Float] { (0..<count).map { self[$0] } }
}

func bytes(_ values: [Float]) -> [UInt8] {
  values.flatMap { value in (0..<4).map { UInt8(truncatingIfNeeded: value.bitPattern >> (8 * $0)) } }
}

func bits(_ values: [Float]) -> [UInt32] { values.map(\.bitPattern) }

/// Largest |ours - reference| against the largest |reference|, or 1 if that is larger.
func largestError(_ ours: [Float], _ reference: [Double]) -> Double {
  guard ours.count == reference.count else { return .infinity }
  let scale = max(1, reference.map { abs($0) }.max() ?? 0)
  return (zip(ours, reference).map { abs(Double($0) - $1) }.max() ?? 0) / scale
}

/// Kernels of each level that this processor runs, with 1, 2 and 3 threads.
let allKernels: [Kernels] = KernelLevel.available.flatMap { level in
  [1, 2, 3].map { Kernels(pool: ThreadPool(threads: $0), level: level) }
}
