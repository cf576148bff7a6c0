import JSON
import Jobs
import Models
import Queue
import Tensors
import Training

/// One attempt's way through a training: steps on a thread, and between them what the queue wants to know and says.
struct FinetuneRun: Sendable {
  let trainer: Trainer
  let attempt: JobAttempt
  /// Steps of checkpoints that are stored.
  private var storedSteps: Set<Int>
  private var lastStoredStep: Int?
  private var status: TrainingStatus
  private let clock = ContinuousClock()
  private let start: ContinuousClock.Instant
  private let firstStep: Int

  /// - Parameters:
  ///   - storedSteps: of all checkpoints of the job.
  ///   - storedStep: where the run goes on from; nil at its beginning.
  init(_ trainer: Trainer, _ attempt: JobAttempt, storedSteps: Set<Int>, storedStep: Int?) {
    self.trainer = trainer
    self.attempt = attempt
    self.storedSteps = storedSteps
    lastStoredStep = storedStep
    status = attempt.status ?? TrainingStatus()
    start = clock.now
    firstStep = trainer.state.globalStep
  }

  /// - Returns: the last event's values; nil when the attempt was interrupted, its state being stored.
  mutating func finish() async throws -> JSONObject? {
    while !trainer.isFinished {
      try Task.checkCancellation()
      if attempt.interruption != nil {
        try await store()
        return nil
      }
      for adjustment in attempt.takeAdjustments() { try await apply(adjustment) }
      let trainer = trainer
      let events = try await onThreadWatchingCancellation { [attempt] isCancelled in
        let patience = StepPatience(isCancelled: isCancelled, deadline: { attempt.patience })
        return try trainer.step { patience.goesOn(done: $0, of: $1) }
      }
      try await handle(events)
    }
    return trainer.finalValues
  }

  /// Brings a resumed run up to what was adjusted before this attempt.
  func replay(_ adjustments: [JobAdjustment]) async throws {
    for adjustment in adjustments { try await apply(adjustment) }
  }

  /// What does not fit the run is refused, once for all attempts; the run goes on as it was.
  private func apply(_ adjustment: JobAdjustment) async throws {
    do {
      let step = adjustment.appliedStep ?? trainer.nextAdjustmentStep
      _ = try trainer.adjust(adjustment.changes.object ?? [:], sequence: adjustment.sequence, atStep: step)
      try await attempt.markApplied([adjustment], atStep: step)
    } catch let error as TrainingError {
      // One that was in force before has to be in force again.
      guard adjustment.appliedStep == nil else { throw error }
      try await attempt.refuse(adjustment, atStep: trainer.state.globalStep, reason: error.description)
    }
  }

  private mutating func handle(_ events: [TrainingEvent]) async throws {
    for event in events { status.update(event) }
    tellStatus()
    // A checkpoint holds the state after its events: these come first.
    try await attempt.record(events.compactMap(\.note))
    for event in events {
      if case .checkpointDue = event { try await store() }
    }
  }

  private mutating func tellStatus() {
    let state = trainer.state
    status.step = state.globalStep
    status.steps = trainer.plan.totalSteps
    status.tokens = state.tokensSeen
    let taken = state.globalStep - firstStep
    if taken > 0 {
      let left = Double(trainer.plan.totalSteps - state.globalStep)
      status.etaSeconds = left * ((clock.now - start) / .seconds(1)) / Double(taken)
    }
    attempt.status = status
    attempt.fraction = Float(trainer.fractionDone)
  }

  /// Stores the run as it stands, unless it is stored.
  private mutating func store() async throws {
    let step = trainer.state.globalStep, best = trainer.state.best, limit = trainer.options.saving.limit
    // Within an evaluation the step is the same and the state is not.
    guard lastStoredStep != step || attempt.interruption != nil else { return }
    try await attempt.storing { try await store(step, best, limit) }
  }

  private mutating func store(_ step: Int, _ best: BestModel, _ limit: Int?) async throws {
    let scratch = try attempt.makeScratchDirectory()
    defer { withExtendedLifetime(scratch) {} }
    let directory = scratch.path + "/checkpoint"
    let trainer = trainer
    try await onThread { try trainer.save(to: directory) }
    storedSteps.insert(step)
    let kept = CheckpointRetention.kept(steps: storedSteps, limit: limit, best: best.step)
    try await attempt.storeCheckpoint(
      NewCheckpoint(
        step: step,
        files: try NewCheckpoint.File.all(in: directory),
        kernelLevel: trainer.model.kernels.level.rawValue,
        detail: ["epoch": .number(trainer.plan.epoch(afterStep: step)), "tokens": JSONValue(trainer.state.tokensSeen)],
        metric: best.step == step ? best.metric : nil,
        keeping: limit == nil ? nil : kept
      )
    )
    storedSteps = kept
    lastStoredStep = step
  }
}
