import Datasets
import JSON
import Models
import SharedTestData
import Tensors
import Testing
import Training

@Suite(.needsSharedData)
struct HealthTests {
  private static func trainer(
    learningRate: Double,
    steps: Int,
    clip: Double? = nil,
    schedule: LearningRateSchedule = LearningRateSchedule(shape: .constant)
  ) throws -> Trainer {
    let options = try TrainingOptions(
      length: .steps(steps),
      batches: BatchOptions(trainBatchSize: 4),
      optimizer: OptimizerOptions(learningRate: learningRate, maximumGradientNorm: clip),
      schedule: schedule,
      logging: LoggingOptions(interval: .steps(1)),
      saving: SavingOptions(moment: .interval(.steps(1)))
    )
    return try Trainer(model: Fixture.model(), options: options, train: Fixture.rows())
  }

  @Test func `a loss that is not a number changes nothing, and three in a row stop the run`() throws {
    let trainer = try Self.trainer(learningRate: 1e-3, steps: 10)
    try trainer.run(untilStep: 2)
    trainer.model.parameters[0].values[0] = .nan
    let before = Fixture.values(trainer)
    let first = try trainer.step()
    #expect(first.contains(.warning(step: 3, .nonFiniteLoss(inARow: 1))))
    _ = try trainer.step()
    #expect(throws: TrainingError.nonFiniteLoss(step: 5, inARow: 3)) { try trainer.step() }
    #expect(Fixture.values(trainer) == before)
    #expect(trainer.state.updateCount == 2)
    #expect(trainer.state.health.skippedSteps == 3)
  }

  @Test func `one such loss is survived and does not hide the others in the log`() throws {
    let trainer = try Self.trainer(learningRate: 1e-3, steps: 10)
    try trainer.run(untilStep: 2)
    let value = trainer.model.parameters[0].values[0]
    trainer.model.parameters[0].values[0] = .infinity
    _ = try trainer.step()
    trainer.model.parameters[0].values[0] = value
    try trainer.run()
    #expect(trainer.state.globalStep == 10)
    #expect(trainer.state.updateCount == 9)
    let losses = trainer.state.logHistory.map { $0["loss"]?.double }
    #expect(losses.count { $0 == nil } == 1)
  }

  @Test func `a loss that climbs far above its best stops the run, and no checkpoint is due up there`() throws {
    let trainer = try Self.trainer(learningRate: 1e-3, steps: 200)
    try trainer.run(untilStep: 60)
    _ = try trainer.adjust(["learning_rate": 3], sequence: 1)
    var due: [Int] = []
    let error = try #require(throws: TrainingError.self) {
      while !trainer.isFinished {
        for case .checkpointDue(let step, _) in try trainer.step() { due.append(step) }
      }
    }
    guard case .lossDiverged(let step, let smoothed, let best, let bestStep) = error else {
      return #expect(Bool(false), "\(error)")
    }
    #expect(smoothed > 2 * best && smoothed > best + 1)
    #expect(bestStep >= 55 && bestStep <= 65)
    #expect(try #require(due.last) <= step - 10)
    #expect(error.code == "loss_diverged")
  }

  @Test func `data that the model cannot take is refused before training`() throws {
    let options = try TrainingOptions(length: .steps(1))
    let good = TrainingExample(tokens: [1, 2, 3], labels: [1, 2, 3])
    let cases: [(TrainingError, [TrainingExample])] = [
      (.noExamples(split: "train"), []),
      (
        .invalidToken(split: "train", example: 1, id: 512, vocabularySize: 512),
        [good, TrainingExample(tokens: [1, 512], labels: [1, 2])]
      ),
      (
        .invalidToken(split: "train", example: 0, id: -1, vocabularySize: 512),
        [TrainingExample(tokens: [1, 2], labels: [1, -1])]
      ),
      (
        .exampleTooLong(split: "train", example: 0, tokens: 513, limit: 512),
        [TrainingExample(tokens: [Int32](repeating: 1, count: 513), labels: [Int32](repeating: 1, count: 513))]
      ),
      (.noTrainableTokens(split: "train"), [TrainingExample(tokens: [1, 2], labels: [1, -100])]),
    ]
    for (error, rows) in cases {
      #expect(throws: error) { _ = try Trainer(model: Fixture.model(), options: options, train: rows) }
    }
  }
}
