import Foundation
import Tensors
import Testing

/// What samplers ask of logits.
@Suite struct LogitOperationTests {
  /// Around the lanes of a vector and the blocks of a search.
  @Test(arguments: [1, 2, 15, 16, 17, 31, 32, 33, 1023, 1024, 1025, 2048, 5000])
  func `the largest logit is found wherever it is, the first of equals`(count: Int) {
    for kernels in allKernels {
      for place in Set([0, count / 3, count / 2, count - 1]) {
        var logits = (0..<count).map { Float($0 % 7) - 9 }
        logits[place] = 3
        logits[count - 1] = 3
        #expect(kernels.strictArgmax(logits.span) == place)
        #expect(kernels.argmax(logits.span) == place)
      }
    }
  }

  @Test(arguments: [1, 16, 33, 1024, 3000])
  func `one NaN or infinity anywhere is refused`(count: Int) {
    for kernels in allKernels {
      for place in Set([0, count / 2, count - 1]) {
        for value in [Float.nan, -.nan, .infinity] {
          var logits = [Float](repeating: 1, count: count)
          logits[place] = value
          #expect(kernels.strictArgmax(logits.span) == nil)
        }
      }
      #expect(kernels.strictArgmax([Float](repeating: -.infinity, count: count).span) == nil)
    }
  }

  @Test func `excluded logits do not disturb`() {
    for kernels in allKernels {
      var logits = [Float](repeating: -.infinity, count: 2000)
      logits[1500] = -4
      #expect(kernels.strictArgmax(logits.span) == 1500)
      #expect(kernels.strictArgmax([Float]().span) == nil)
    }
  }

  @Test(arguments: [Float(0.5), 1, 1.7])
  func `an exponential sum is relative to the largest logit`(temperature: Float) {
    let logits = (0..<77).map { Float(($0 * 37) % 23) / 4 - 2 }
    let largest = logits.max() ?? 0
    let expected = logits.reduce(0) { $0 + exp(Double($1 - largest) / Double(temperature)) }
    for kernels in allKernels {
      let (maximum, sum) = kernels.exponentialSum(logits.span, temperature: temperature)
      #expect(maximum == largest)
      #expect(abs(Double(sum) - expected) < 1e-5 * expected)
      #expect(kernels.exponentialSum([1, .nan].span, temperature: 1).sum.isNaN)
      #expect(kernels.exponentialSum([Float]().span, temperature: 1) == (-.infinity, 0))
    }
  }
}
