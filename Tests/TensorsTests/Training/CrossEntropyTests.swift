import Foundation
import Tensors
import Testing

struct CrossEntropyTests {
  /// torch.nn.functional.cross_entropy and its gradient; torch 2.
  @Test(arguments: [
    (
      Float(0), [Float(2.1239256858825684), 1.0868757963180542],
      [
        Float(0.15351980924606323), 0.034254901111125946, 0.6880279779434204, -0.8804386854171753, 0.004635896533727646,
        0.204563707113266, -0.6627314686775208, 0.045644327998161316, 0.33726853132247925, 0.07525477558374405,
      ]
    ),
    (
      Float(0.1), [2.1739256381988525, 1.1668758392333984],
      [
        0.13351979851722717, 0.014254899695515633, 0.668027937412262, -0.800438642501831, -0.015364103019237518,
        0.18456368148326874, -0.5827314853668213, 0.025644322857260704, 0.3172684907913208, 0.05525476858019829,
      ]
    ),
  ])
  func `losses and gradients are torch's`(smoothing: Float, losses: [Float], gradients: [Float]) {
    for kernels in allKernels {
      let result = run(
        kernels,
        [0.5, -1.0, 2.0, 0.25, -3.0, 1.0, 1.5, -0.5, 1.5, 0.0],
        labels: [3, 1],
        width: 5,
        smoothing: smoothing
      )
      #expect(largestError(result.losses, losses.map(Double.init)) < 1e-7)
      #expect(largestError(result.gradients, gradients.map(Double.init)) < 1e-7)
      #expect(result.hits == [false, true], "the first of equals is the choice")
    }
  }

  @Test(arguments: [1, 2, 15, 16, 17, 100, 4001], [Float(0), 0.3])
  func `the gradient is the central difference of the loss, with the same bits everywhere`(
    width: Int,
    smoothing: Float
  ) {
    var noise = Noise(seed: UInt64(width))
    let logits = noise.values(3 * width, scale: 6), labels = [Int32(width - 1), -100, Int32(width / 3)]
    let results = allKernels.map { run($0, logits, labels: labels, width: width, scale: 0.5, smoothing: smoothing) }
    for result in results {
      #expect(bits(result.gradients) == bits(results[0].gradients))
      #expect(bits(result.losses) == bits(results[0].losses))
      #expect(result.hits == results[0].hits)
    }
    func loss(_ logits: ArraySlice<Double>, _ label: Int) -> Double {
      let largest = logits.max() ?? 0
      let total = log(logits.reduce(0) { $0 + exp($1 - largest) }) + largest
      let mean = logits.reduce(0, +) / Double(width)
      return (1 - Double(smoothing)) * (total - logits[logits.startIndex + label])
        + Double(smoothing) * (total - mean)
    }
    let ours = results[0]
    for row in [0, 2] {
      let values = Array(logits[row * width..<(row + 1) * width]), label = Int(labels[row])
      #expect(abs(Double(ours.losses[row]) - loss(values.map(Double.init)[...], label)) < 4e-6)
      // Of thousands, one in 97.
      for place in stride(from: label % 97, to: width, by: width > 1000 ? 97 : 1) {
        let difference = centralDifferences([values[place]]) { changed in
          var values = values.map(Double.init)
          values[place] = changed[0]
          return loss(values[...], label) / 2
        }
        #expect(abs(Double(ours.gradients[row * width + place]) - difference[0]) < 1e-6)
      }
    }
    #expect(ours.losses[1] == 0 && !ours.hits[1])
    #expect(ours.gradients[width..<2 * width].allSatisfy { $0 == 0 })
  }

  @Test func `logits far apart neither overflow nor make a loss infinite`() {
    for kernels in allKernels {
      let result = run(kernels, [3e38, -3e38, 0, 50], labels: [0, 0], width: 2)
      #expect(result.losses == [0, 50])
      #expect(result.gradients[..<2] == [0, 0])
      #expect(result.gradients[3] == 1)
    }
  }

  @Test func `NaN makes its row NaN`() {
    for kernels in allKernels {
      let result = run(kernels, [1, .nan, 0, 1, 1, 0], labels: [0, 0], width: 3)
      #expect(result.losses[0].isNaN && !result.losses[1].isNaN)
      #expect(result.gradients[..<3].allSatisfy { $0.isNaN })
    }
  }

  @Test func `a label beyond the vocabulary traps`() async {
    await #expect(processExitsWith: .failure) {
      var logits = AlignedBuffer(count: 3), losses = AlignedBuffer(count: 1), hits = [false]
      Kernels(pool: ThreadPool(threads: 1)).crossEntropy(
        &logits,
        labels: [3],
        vocabularySize: 3,
        scale: 1,
        labelSmoothing: 0,
        losses: &losses,
        hits: &hits
      )
    }
  }

  private func run(
    _ kernels: Kernels,
    _ logits: [Float],
    labels: [Int32],
    width: Int,
    scale: Float = 1,
    smoothing: Float = 0
  ) -> (gradients: [Float], losses: [Float], hits: [Bool]) {
    var gradients = AlignedBuffer(logits), losses = AlignedBuffer(count: labels.count)
    var hits = [Bool](repeating: false, count: labels.count)
    kernels.crossEntropy(
      &gradients,
      labels: labels,
      vocabularySize: width,
      scale: scale,
      labelSmoothing: smoothing,
      losses: &losses,
      hits: &hits
    )
    return (gradients.values, losses.values, hits)
  }
}
