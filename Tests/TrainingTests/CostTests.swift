import Datasets
import JSON
import Models
import SharedTestData
import Testing
import Training

struct CostTests {
  private static func rows(_ lengths: [Int]) -> [TrainingExample] {
    lengths.map { TrainingExample(tokens: .init(repeating: 1, count: $0), labels: .init(repeating: 1, count: $0)) }
  }

  @Test func `a dry run counts steps and tokens`() throws {
    let options = try TrainingOptions(
      length: .epochs(2.5),
      batches: BatchOptions(trainBatchSize: 2, evaluationBatchSize: 3, accumulation: 1),
      evaluation: EvaluationOptions(interval: .steps(2))
    )
    let cost = try TrainingCost(
      options: options,
      train: Self.rows([10, 20, 30, 40]),
      evaluation: Self.rows([5, 50, 6])
    )
    #expect(cost.steps == 5)
    #expect(cost.tokens == 250)
    #expect(cost.trainableTokens == 240)
    #expect(cost.evaluationTokens == 3 * 61)
    #expect(cost.largestBatchTokens == 70)
    #expect(abs(cost.seconds(tokensPerSecond: 10) - 31.1) < 1e-9)
  }

  @Test func `a pack is as large as its sequences together`() throws {
    let options = try TrainingOptions(length: .epochs(1), batches: BatchOptions(trainBatchSize: 1))
    let cost = try TrainingCost(options: options, train: Self.rows([10, 20, 30]), packs: [[0, 2], [1]])
    #expect(cost.steps == 2)
    #expect(cost.largestBatchTokens == 40)
  }

  @Test(.needsSharedData) func `a step can be timed`() throws {
    let benchmark = StepBenchmark.run(try Fixture.model(), batch: 2, length: 16, steps: 3)
    #expect(benchmark.seconds.count == 3)
    #expect(benchmark.tokensPerStep == 32)
    #expect(benchmark.tokensPerSecond > 0)
  }
}
