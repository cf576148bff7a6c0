import Datasets
import JSON
import Models
import SharedTestData
import Testing
import Training

@Suite(.needsSharedData)
struct AccumulationTests {
  private static func losses(batch: Int, accumulation: Int, maximumRows: Int = 512) throws -> [Double] {
    let options = try TrainingOptions(
      length: .epochs(2),
      batches: BatchOptions(trainBatchSize: batch, accumulation: accumulation),
      optimizer: OptimizerOptions(learningRate: 1e-3),
      logging: LoggingOptions(interval: .steps(1))
    )
    let model = try Fixture.model(maximumRows: maximumRows)
    let trainer = try Trainer(model: model, options: options, train: Fixture.rows())
    try trainer.run()
    return trainer.state.logHistory.compactMap { $0["loss"]?.double }
  }

  @Test func `eight batches of one row are one batch of eight, and so is the window that is left over`() throws {
    let together = try Self.losses(batch: 8, accumulation: 1)
    let apart = try Self.losses(batch: 1, accumulation: 8)
    #expect(together.count == 6)
    #expect(apart.count == 6)
    // The first step has no rounding of earlier steps in it.
    #expect(abs(together[0] - apart[0]) <= 1e-6 * together[0])
    for (left, right) in zip(together, apart) { #expect(abs(left - right) <= 1e-4 * left, "\(left), \(right)") }
  }

  @Test func `a batch that the model has no room for is cut between its rows`() throws {
    let whole = try Self.losses(batch: 8, accumulation: 1)
    let cut = try Self.losses(batch: 8, accumulation: 1, maximumRows: 100)
    for (left, right) in zip(whole, cut) { #expect(abs(left - right) <= 1e-4 * left, "\(left), \(right)") }
  }

  @Test func `sequences of a pack count as one row and do not see each other`() throws {
    let rows = try Array(Fixture.rows().prefix(8))
    let options = try TrainingOptions(
      length: .steps(1),
      batches: BatchOptions(trainBatchSize: 2, sampling: .sequential),
      logging: LoggingOptions(interval: .steps(1))
    )
    let packed = try Trainer(
      model: Fixture.model(),
      options: options,
      train: rows,
      packs: [[0, 1, 2], [3], [4, 5], [6, 7]]
    )
    let single = try Trainer(
      model: Fixture.model(),
      options: TrainingOptions(
        length: .steps(1),
        batches: BatchOptions(trainBatchSize: 4, sampling: .sequential),
        logging: LoggingOptions(interval: .steps(1))
      ),
      train: rows
    )
    try packed.run()
    try single.run()
    #expect(packed.state.logHistory[0]["loss"] == single.state.logHistory[0]["loss"])
    #expect(packed.plan.stepsPerEpoch == 2)
  }

  @Test func `rows without a label change nothing and are told`() throws {
    let silent = TrainingExample(tokens: [1, 2, 3], labels: [-100, -100, -100])
    let options = try TrainingOptions(
      length: .epochs(1),
      batches: BatchOptions(trainBatchSize: 1, sampling: .sequential),
      optimizer: OptimizerOptions(weightDecay: 0.1)
    )
    let trainer = try Trainer(model: Fixture.model(), options: options, train: [silent] + Fixture.rows())
    let before = Fixture.values(trainer)
    let events = try trainer.run(untilStep: 1)
    #expect(events.contains(.warning(step: 1, .nothingToLearn)))
    #expect(Fixture.values(trainer) == before)
  }
}
