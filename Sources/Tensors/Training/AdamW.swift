internal import CKernels
internal import Glibc

/// One step of AdamW as torch.optim.AdamW takes it.
package struct AdamWStep: Sendable, Hashable {
  package let learningRate: Double
  package let beta1: Double
  package let beta2: Double
  package let epsilon: Double
  package let weightDecay: Double
  /// Gradients are multiplied by this first: clipping.
  package let gradientScale: Float
  /// Counts from 1.
  package let step: Int

  package init(
    learningRate: Double,
    beta1: Double = 0.9,
    beta2: Double = 0.999,
    epsilon: Double = 1e-8,
    weightDecay: Double = 0,
    gradientScale: Float = 1,
    step: Int
  ) {
    precondition(step > 0, "steps count from 1")
    self.learningRate = learningRate
    self.beta1 = beta1
    self.beta2 = beta2
    self.epsilon = epsilon
    self.weightDecay = weightDecay
    self.gradientScale = gradientScale
    self.step = step
  }

  var code: ck_adamw {
    ck_adamw(
      gradient_factor: gradientScale,
      first_share: Float(1 - beta1),
      second_decay: Float(beta2),
      second_share: Float(1 - beta2),
      weight_decay: Float(1 - learningRate * weightDecay),
      step_size: Float(learningRate / (1 - pow(beta1, Double(step)))),
      root_correction: Float((1 - pow(beta2, Double(step))).squareRoot()),
      epsilon: Float(epsilon)
    )
  }
}

extension Kernels {
  /// Weights and both moments after one step; all of one size.
  package func adamW(
    _ weights: inout AlignedBuffer,
    gradient: borrowing AlignedBuffer,
    firstMoments: inout AlignedBuffer,
    secondMoments: inout AlignedBuffer,
    _ step: AdamWStep
  ) {
    let count = weights.count
    precondition(
      gradient.count == count && firstMoments.count == count && secondMoments.count == count,
      "\(count) weights have as many gradients and moments"
    )
    var work = unsafe AdamWWork(
      level: level.code,
      step: step.code,
      gradient: gradient.base,
      weights: weights.base,
      firstMoments: firstMoments.base,
      secondMoments: secondMoments.base
    )
    unsafe pool.run(count: count, grain: grain(count: count, workPerItem: 4), context: &work) { context, first, last in
      unsafe context.assumingMemoryBound(to: AdamWWork.self).pointee.run(first..<last)
    }
  }
}

@unsafe private struct AdamWWork {
  let level: ck_level
  var step: ck_adamw
  let gradient: UnsafePointer<Float>
  let weights: UnsafeMutablePointer<Float>
  let firstMoments: UnsafeMutablePointer<Float>
  let secondMoments: UnsafeMutablePointer<Float>

  mutating func run(_ range: Range<Int>) {
    let first = range.lowerBound
    unsafe ck_adamw_f32(
      level,
      &step,
      gradient + first,
      range.count,
      weights + first,
      firstMoments + first,
      secondMoments + first
    )
  }
}
