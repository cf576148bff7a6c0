import Foundation
import JSON
import Models
import SharedTestData
import Testing
import Training

@Suite(.needsSharedData)
struct ResumeTests {
  static let last = 8

  static func options() throws -> TrainingOptions {
    try TrainingOptions(
      length: .steps(last),
      batches: BatchOptions(trainBatchSize: 2, evaluationBatchSize: 4, accumulation: 2),
      optimizer: OptimizerOptions(learningRate: 2e-3, weightDecay: 0.01),
      schedule: LearningRateSchedule(shape: .cosine(cycles: 0.5), warmup: 2),
      regularisation: RegularisationOptions(labelSmoothing: 0.05, noiseAlpha: 5),
      logging: LoggingOptions(interval: .steps(3)),
      evaluation: EvaluationOptions(interval: .steps(4), best: BestModelOptions())
    )
  }

  static func trainer(
    isAdapter: Bool,
    threads: Int = 2,
    resumingFrom directory: String? = nil
  ) throws -> Trainer {
    let rows = try Fixture.rows()
    return try Trainer(
      model: Fixture.model(lora: isAdapter ? Fixture.droppingAdapter : nil, threads: threads),
      options: options(),
      train: Array(rows.prefix(13)),
      evaluation: Array(rows.suffix(9)),
      resumingFrom: directory
    )
  }

  static func run(_ trainer: Trainer) throws {
    _ = try trainer.run(untilStep: 2)
    if !trainer.isFinished { _ = try trainer.adjust(["learning_rate": 1e-3], sequence: 1, atStep: 5) }
    try trainer.run()
  }

  @Test(arguments: [true, false])
  func `a run that is resumed at any step ends with the bits of one that was not interrupted`(
    isAdapter: Bool
  ) throws {
    let whole = try Self.trainer(isAdapter: isAdapter)
    try Self.run(whole)
    let values = Fixture.values(whole)
    let folder = try TemporaryDirectory()
    var interrupted = try Self.trainer(isAdapter: isAdapter)
    var calls = 0
    while !interrupted.isFinished {
      // Calls are steps and the batches of evaluations between them.
      _ = try interrupted.step()
      calls += 1
      let path = folder.path + "/\(calls)"
      try interrupted.save(to: path)
      interrupted = try Self.trainer(isAdapter: isAdapter, threads: calls % 2 + 1, resumingFrom: path)
      guard !interrupted.isFinished else { break }
      // The probe of the new attempt.
      _ = try interrupted.step()
      _ = try interrupted.adjust(["learning_rate": 1e-3], sequence: 1, atStep: 5)
    }
    #expect(Fixture.values(interrupted) == values)
    #expect(interrupted.state == whole.state)
  }

  @Test func `a run goes on in another process to the same bits`() async throws {
    let folder = try TemporaryDirectory()
    let whole = try Self.trainer(isAdapter: true)
    try Self.run(whole)
    try whole.save(to: folder.path + "/whole")
    let interrupted = try Self.trainer(isAdapter: true)
    try interrupted.run(untilStep: 3)
    try interrupted.save(to: folder.path + "/interrupted")
    let path: String = folder.path
    await #expect(processExitsWith: .success) { [path = path as String] in
      let resumed = try ResumeTests.trainer(isAdapter: true, threads: 3, resumingFrom: path + "/interrupted")
      try ResumeTests.run(resumed)
      try resumed.save(to: path + "/resumed")
    }
    for name in ["adapter_model.safetensors", "optimizer.safetensors", "trainer_state.json"] {
      let (left, right) = (folder.path + "/whole/" + name, folder.path + "/resumed/" + name)
      let files = try [left, right].map { try Data(contentsOf: URL(filePath: $0)) }
      #expect(files[0] == files[1], "\(name)")
    }
  }

  @Test func `an adjustment takes effect at its step and is part of the state`() throws {
    let trainer = try Self.trainer(isAdapter: true)
    try trainer.run(untilStep: 2)
    let events = try trainer.adjust(["learning_rate": 1e-4, "max_steps": 6], sequence: 3)
    #expect(
      events == [.adjusted(TrainingAdjustment(sequence: 3, step: 2, changes: ["learning_rate": 1e-4, "max_steps": 6]))]
    )
    #expect(try trainer.adjust(["learning_rate": 1], sequence: 3).isEmpty)
    #expect(trainer.plan.totalSteps == 6)
    try trainer.run()
    #expect(trainer.state.globalStep == 6)
    #expect(trainer.state.adjustments.count == 1)
    #expect(trainer.state.learningRate < 1e-4)
    #expect(throws: TrainingError.adjustmentTooLate(step: 1, globalStep: 6)) {
      try trainer.adjust(["learning_rate": 1e-4], sequence: 4, atStep: 1)
    }
  }

  @Test func `max_steps counts before the epochs until it is withdrawn, whatever the order of the changes`() throws {
    let trainer = try Self.trainer(isAdapter: true)
    #expect(trainer.plan.totalSteps == Self.last)
    // 13 rows in windows of 4: 4 steps an epoch.
    _ = try trainer.adjust(["max_steps": -1], sequence: 1)
    #expect(trainer.plan.totalSteps == 3 * 4)
    _ = try trainer.adjust(["num_train_epochs": 2], sequence: 2)
    #expect(trainer.plan.totalSteps == 2 * 4)
    _ = try trainer.adjust(["num_train_epochs": 5, "max_steps": 6], sequence: 3)
    #expect(trainer.plan.totalSteps == 6)
    #expect {
      try trainer.adjust(["num_train_epochs": 1], sequence: 4)
    } throws: { ($0 as? TrainingError)?.description.contains("while max_steps is 6, which counts instead") == true }
    #expect(trainer.plan.totalSteps == 6)
    _ = try trainer.adjust(["num_train_epochs": 1, "max_steps": -1], sequence: 5)
    #expect(trainer.plan.totalSteps == 4)
  }

  @Test func `a run that is past its new end ends where it is`() throws {
    let trainer = try Self.trainer(isAdapter: true)
    try trainer.run(untilStep: 5)
    _ = try trainer.adjust(["max_steps": 3], sequence: 1)
    try trainer.run()
    #expect(trainer.state.globalStep == 5 && trainer.state.endReason == .completed)
  }

  @Test(
    arguments: [
      ("learning_rate", 0), ("learning_rate", "fast"), ("max_steps", 0), ("max_steps", 1.5), ("seed", 1), ("lr", 1e-4),
    ] as [(String, JSONValue)]
  )
  func `an adjustment that is wrong is refused and changes nothing`(name: String, value: JSONValue) throws {
    let trainer = try Self.trainer(isAdapter: true)
    let options = trainer.options
    #expect {
      try trainer.adjust([name: value], sequence: 1)
    } throws: { ($0 as? TrainingError)?.parameter == name }
    #expect(trainer.options == options)
  }
}
