import JSON
import Models
import SharedTestData
import Testing
import Training

@Suite(.needsSharedData)
struct EvaluationTests {
  private static func trainer(_ options: TrainingOptions) throws -> Trainer {
    let rows = try Fixture.rows()
    return try Trainer(
      model: Fixture.model(),
      options: options,
      train: Array(rows.prefix(12)),
      evaluation: Array(rows.suffix(10))
    )
  }

  private static func options(
    learningRate: Double = 1e-3,
    evaluation: EvaluationOptions,
    saving: SavingOptions = SavingOptions(moment: .interval(.never))
  ) throws -> TrainingOptions {
    try TrainingOptions(
      length: .epochs(4),
      batches: BatchOptions(trainBatchSize: 4, evaluationBatchSize: 3),
      optimizer: OptimizerOptions(learningRate: learningRate),
      schedule: LearningRateSchedule(shape: .constant),
      logging: LoggingOptions(interval: .never),
      evaluation: evaluation,
      saving: saving
    )
  }

  private static func name(_ event: TrainingEvent) -> String {
    switch event {
    case .probed: "probed"
    case .log(let step, _): "log \(step)"
    case .evaluated(let step, _): "evaluated \(step)"
    case .best(let step, _): "best \(step)"
    case .checkpointDue(let step, _): "checkpoint \(step)"
    case .adjusted: "adjusted"
    case .warning(let step, _): "warning \(step)"
    case .finished(let step, let reason, _): "finished \(step) \(reason.rawValue)"
    }
  }

  @Test func `what is due comes in transformers' order, the last step with all of it`() throws {
    let options = try TrainingOptions(
      length: .steps(5),
      batches: BatchOptions(trainBatchSize: 4),
      logging: LoggingOptions(interval: .steps(2), logsFirstStep: true),
      evaluation: EvaluationOptions(interval: .steps(3), runsAtStart: true),
      saving: SavingOptions(moment: .interval(.steps(4)))
    )
    let events = try Self.trainer(options).run()
    #expect(
      events.map(Self.name) == [
        "probed", "evaluated 0", "log 1", "log 2", "evaluated 3", "log 4", "checkpoint 4", "log 5", "evaluated 5",
        "checkpoint 5", "finished 5 completed",
      ]
    )
  }

  @Test func `an epoch's end logs, evaluates and saves`() throws {
    let options = try TrainingOptions(
      length: .epochs(1.5),
      batches: BatchOptions(trainBatchSize: 4, accumulation: 2),
      logging: LoggingOptions(interval: .epoch),
      evaluation: EvaluationOptions(interval: .epoch, best: BestModelOptions()),
      saving: SavingOptions(moment: .interval(.epoch), loadsBestAtEnd: true)
    )
    let events = try Self.trainer(options).run()
    #expect(
      events.map(Self.name) == [
        "probed", "log 2", "evaluated 2", "best 2", "checkpoint 2", "log 3", "evaluated 3", "best 3", "checkpoint 3",
        "finished 3 completed",
      ]
    )
  }

  @Test func `the evaluation does not depend on its batches and changes nothing`() throws {
    let rows = try Fixture.rows()
    var losses: [Double] = []
    for size in [1, 3, 10] {
      let options = try TrainingOptions(
        length: .steps(1),
        batches: BatchOptions(evaluationBatchSize: size),
        evaluation: EvaluationOptions(interval: .never, runsAtStart: true)
      )
      let trainer = try Trainer(model: Fixture.model(), options: options, train: rows, evaluation: rows)
      let before = Fixture.values(trainer)
      while trainer.state.logHistory.isEmpty { _ = try trainer.step() }
      #expect(Fixture.values(trainer) == before)
      losses.append(try #require(trainer.state.logHistory[0]["eval_loss"]?.double))
    }
    #expect(losses.allSatisfy { abs($0 - losses[0]) < 1e-9 * losses[0] }, "\(losses)")
  }

  @Test func `a run that gets worse is stopped early, with its best step known`() throws {
    // So large a rate overshoots at once.
    let evaluation = EvaluationOptions(
      interval: .steps(1),
      best: BestModelOptions(),
      earlyStopping: .init(patience: 2, threshold: 0)
    )
    let trainer = try Self.trainer(
      try Self.options(learningRate: 0.05, evaluation: evaluation, saving: SavingOptions(moment: .best))
    )
    let events = try trainer.run()
    let best = try #require(trainer.state.best.step)
    #expect(trainer.state.endReason == .stoppedEarly)
    #expect(trainer.state.globalStep < trainer.plan.totalSteps)
    #expect(events.contains(.checkpointDue(step: best, isBest: true)))
    #expect(trainer.state.best.evaluationsWithoutImprovement == 2)
  }

  @Test func `the probe of the largest batch changes no bit`() throws {
    let options = try Self.options(evaluation: EvaluationOptions(interval: .epoch))
    let trainer = try Self.trainer(options)
    let before = Fixture.values(trainer)
    guard case .probed(let rows, _) = try trainer.step().first else { return #expect(Bool(false), "no probe") }
    #expect(rows > 100)
    #expect(Fixture.values(trainer) == before)
    #expect(trainer.state == (try Self.trainer(options)).state)
  }

  @Test func `evaluating without an eval split is refused`() throws {
    let options = try Self.options(evaluation: EvaluationOptions(interval: .epoch))
    #expect {
      _ = try Trainer(model: Fixture.model(), options: options, train: Fixture.rows())
    } throws: { ($0 as? TrainingError)?.parameter == "eval_strategy" }
  }
}
