import Foundation
import JSON
import Jobs
import Queue

/// Trains nothing: each step notes the learning rate that was in force, so that the result tells every step's.
struct PretendTrainer: JobRunner {
  /// Steps after which it stores a checkpoint without being asked.
  var saveSteps = 5

  let checkpointingKinds: Set<JobKind> = [.train]

  private static let pause = Duration.milliseconds(4)

  func run(_ job: ClaimedJob, attempt: JobAttempt) async throws(JobError) -> JobEnding {
    do {
      if job.kind == .train { return try await train(job, attempt) }
      try await Task.sleep(for: .seconds(60))
      return .succeeded(JobOutput(result: [:]))
    } catch let error as JobError {
      throw error
    } catch {
      throw JobError(.cancelled, "stopped")
    }
  }

  private func train(_ job: ClaimedJob, _ attempt: JobAttempt) async throws -> JobEnding {
    let steps = job.parameters["steps"]?.integer ?? 0
    var state = try await State(resuming: attempt.latestCheckpoint())
    let stored = state.rates.count
    var made = try await attempt.adjustmentsSoFar().filter { $0.appliedStep ?? stored >= stored }
    tell(attempt, stored, of: steps)
    while state.rates.count < steps {
      let step = state.rates.count
      made += attempt.takeAdjustments()
      let due = made.filter { $0.appliedStep ?? step == step }
      made.removeAll(where: due.contains)
      try await attempt.markApplied(due, atStep: step)
      for adjustment in due { state.rate = adjustment.changes["learning_rate"]?.double ?? state.rate }
      if attempt.interruption != nil {
        try await store(state, attempt)
        return .interrupted
      }
      try await Task.sleep(for: Self.pause)
      state.rates.append(state.rate)
      tell(attempt, state.rates.count, of: steps)
      if state.rates.count % saveSteps == 0 { try await store(state, attempt) }
    }
    return .succeeded(JobOutput(result: ["rates": .array(state.rates.map(JSONValue.number))]))
  }

  private func tell(_ attempt: JobAttempt, _ step: Int, of steps: Int) {
    attempt.fraction = Float(step) / Float(steps)
    var status = TrainingStatus()
    status.step = step
    status.steps = steps
    attempt.status = status
  }

  private func store(_ state: State, _ attempt: JobAttempt) async throws {
    let scratch = try attempt.makeScratchDirectory()
    let path = scratch.path + "/state.json"
    try Data(state.json.text.utf8).write(to: URL(filePath: path))
    let files = [NewCheckpoint.File(path: "nested/state.json", location: path)]
    try await attempt.record([JobNote("training_log", data: ["step": JSONValue(state.rates.count)])])
    try await attempt.storeCheckpoint(
      NewCheckpoint(step: state.rates.count, files: files, kernelLevel: "portable", keeping: [])
    )
  }

  private struct State {
    var rate = 0.1
    var rates: [Double] = []

    init(resuming checkpoint: StoredCheckpoint?) throws {
      guard let checkpoint else { return }
      let data = try Data(contentsOf: URL(filePath: checkpoint.directory + "/nested/state.json"))
      let json = try JSONValue(parsing: String(decoding: data, as: UTF8.self))
      rate = json["rate"]?.double ?? rate
      rates = json["rates"]?.array?.compactMap(\.double) ?? []
    }

    var json: JSONValue { ["rate": .number(rate), "rates": .array(rates.map(JSONValue.number))] }
  }
}
