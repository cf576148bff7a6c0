import JSON
import SharedTestData
import Testing
import Training

/// Fixtures/runs.py makes the reference with transformers' Trainer.
@Suite(.needsSharedData)
struct ReferenceRunTests {
  /// Those of Fixtures/runs.py.
  private static func options(run: Int) throws -> TrainingOptions {
    switch run {
    case 0: try options()
    case 1:
      try options(
        accumulation: 4,
        optimizer: OptimizerOptions(learningRate: 1e-3, weightDecay: 0.1, maximumGradientNorm: 0.3),
        schedule: LearningRateSchedule(shape: .cosine(cycles: 0.5), warmup: 2)
      )
    case 2:
      try options(
        accumulation: 2,
        optimizer: OptimizerOptions(
          method: .adamW(beta1: 0.9, beta2: 0.95, epsilon: 1e-8),
          learningRate: 1e-3,
          maximumGradientNorm: nil
        ),
        schedule: LearningRateSchedule(shape: .constant),
        regularisation: RegularisationOptions(labelSmoothing: 0.1)
      )
    default:
      try options(
        length: .steps(7),
        optimizer: OptimizerOptions(method: .sgd, learningRate: 0.05, weightDecay: 0.01)
      )
    }
  }

  private static func options(
    length: TrainingOptions.Length = .epochs(3),
    accumulation: Int = 1,
    optimizer: OptimizerOptions = OptimizerOptions(learningRate: 1e-3),
    schedule: LearningRateSchedule = LearningRateSchedule(),
    regularisation: RegularisationOptions = RegularisationOptions()
  ) throws -> TrainingOptions {
    try TrainingOptions(
      length: length,
      batches: BatchOptions(trainBatchSize: 4, accumulation: accumulation, sampling: .sequential),
      optimizer: optimizer,
      schedule: schedule,
      regularisation: regularisation,
      logging: LoggingOptions(interval: .steps(1))
    )
  }

  @Test(arguments: 0..<4)
  func `each logged step is that of transformers within 1 percent`(run: Int) throws {
    let reference = try #require(try Fixture.json("runs")["runs"]?.array?[run])
    let trainer = try Trainer(model: Fixture.model(), options: Self.options(run: run), train: Fixture.rows())
    try trainer.run()
    let theirs = try #require(reference["log"]?.array)
    #expect(trainer.state.logHistory.count == theirs.count)
    for (ours, theirs) in zip(trainer.state.logHistory, theirs) {
      #expect(ours["step"]?.integer == theirs["step"]?.integer)
      for (key, tolerance) in [("loss", 0.01), ("grad_norm", 0.01), ("learning_rate", 1e-12), ("epoch", 1e-12)] {
        let (our, their) = (ours[key]?.double ?? .nan, theirs[key]?.double ?? .nan)
        #expect(
          abs(our - their) <= tolerance * abs(their),
          "\(key) of step \(ours["step"]?.text ?? ""): \(our), \(their)"
        )
      }
    }
  }
}
