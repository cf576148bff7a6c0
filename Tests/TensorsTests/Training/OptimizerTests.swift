import Tensors
import Testing

struct OptimizerTests {
  /// torch.optim.AdamW(lr=1e-2, betas=(0.9, 0.99), eps=1e-8, weight_decay=0.1) on these gradients; torch 2.
  @Test func `three steps of AdamW are torch's`() {
    let gradients: [[Float]] = [
      [0.1, -2.0, 0.03, 1e-4, 0.5], [-0.2, 1.5, 0.01, -3e-4, 0.0], [0.05, 0.25, -4.0, 2e-4, 0.0],
    ]
    let weights: [[Float]] = [
      [0.4895000159740448, -1.2387499809265137, 2.986999988555908, -0.009000000543892384, -0.010000000707805157],
      [0.4926666021347046, -1.2366174459457397, 2.9752867221832275, -0.004058239050209522, -0.01670580357313156],
      [0.49354174733161926, -1.2353298664093018, 2.9786176681518555, -0.0042418683879077435, -0.02189224399626255],
    ]
    for kernels in allKernels {
      var w = AlignedBuffer([0.5, -1.25, 3.0, 1e-3, 0.0])
      var first = AlignedBuffer(count: 5), second = AlignedBuffer(count: 5)
      for (index, expected) in weights.enumerated() {
        let step = AdamWStep(
          learningRate: 1e-2,
          beta1: 0.9,
          beta2: 0.99,
          epsilon: 1e-8,
          weightDecay: 0.1,
          gradientScale: 0.5,
          step: index + 1
        )
        let doubled = AlignedBuffer(gradients[index].map { $0 * 2 })
        kernels.adamW(&w, gradient: doubled, firstMoments: &first, secondMoments: &second, step)
        #expect(largestError(w.values, expected.map(Double.init)) < 2e-7)
      }
      #expect(abs(first[2] - -0.39666998386383057) < 1e-7)
      #expect(abs(second[2] - 0.16000980138778687) < 1e-7)
    }
  }

  @Test(arguments: [0, 1, 15, 16, 17, 200_001])
  func `a step has the same bits on every level and thread count`(count: Int) {
    var noise = Noise(seed: UInt64(count))
    let w = noise.values(count), g = noise.values(count), m = noise.values(count), v = noise.values(count).map(abs)
    let results = allKernels.map { kernels in
      var weights = AlignedBuffer(w), first = AlignedBuffer(m), second = AlignedBuffer(v)
      kernels.adamW(
        &weights,
        gradient: AlignedBuffer(g),
        firstMoments: &first,
        secondMoments: &second,
        AdamWStep(learningRate: 1e-3, weightDecay: 0.01, step: 5)
      )
      return [weights.values, first.values, second.values]
    }
    for result in results { #expect(result.map(bits) == results[0].map(bits)) }
  }

  @Test(arguments: [0, 1, 17, 16_384, 16_385, 200_003])
  func `sums of squares agree with float64 and are the same everywhere`(count: Int) {
    var noise = Noise(seed: UInt64(count))
    let x = noise.values(count, scale: 100)
    let expected = x.reduce(0) { $0 + Double($1) * Double($1) }
    let results = allKernels.map { $0.sumOfSquares(AlignedBuffer(x)) }
    for result in results { #expect(result == results[0]) }
    #expect(abs(results[0] - expected) <= 1e-12 * expected)
  }
}
