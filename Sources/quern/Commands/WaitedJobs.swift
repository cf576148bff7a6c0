import JSON
import Launch
import Postgres
import Queue

/// Waits for jobs with a line of progress on the terminal.
struct WaitedJobs {
  let client: PostgresClient
  let configuration: PostgresConfiguration

  func outcome(of id: JobID, limit: Duration? = nil) async throws -> JobOutcome {
    guard let outcome = try await outcomes(of: [id], limit: limit).first else { throw CancellationError() }
    return outcome
  }

  /// - Parameter finished: called for each job as it finishes.
  func outcomes(
    of ids: [JobID],
    limit: Duration?,
    finished: (JobOutcome) -> Void = { _ in }
  ) async throws -> [JobOutcome] {
    let line = ProgressBar(ids.count == 1 ? "job \(ids[0])" : "\(ids.count) jobs")
    defer { line.clear() }
    let outcomes = OutcomeList()
    try await JobWatch(client: client, configuration: configuration).run(ids, limit: limit) { snapshots in
      for snapshot in snapshots where snapshot.state.isFinal {
        let outcome = try await outcome(of: snapshot)
        outcomes.list.append(outcome)
        line.clear()
        finished(outcome)
      }
      Self.draw(snapshots.filter { !$0.state.isFinal }, of: ids.count, on: line)
    }
    return outcomes.list
  }

  private func outcome(of job: JobSnapshot) async throws -> JobOutcome {
    let result = try await JobQueue(client).result(of: job.id)
    return JobOutcome(id: job.id, state: job.state, result: result ?? .null)
  }

  private static func draw(_ waiting: [JobSnapshot], of total: Int, on line: ProgressBar) {
    if total > 1 {
      let done = total - waiting.count
      line.update(Double(done) / Double(total), "\(done)/\(total)")
    } else if let job = waiting.first {
      let training = job.state == .running ? TrainingLine(job.training)?.text : nil
      line.update(job.progress, training ?? job.state.rawValue + (job.reason.map { ": \($0)" } ?? ""))
    }
  }
}

/// What the reports of one wait add up to.
private final class OutcomeList {
  var list: [JobOutcome] = []
}

extension JobOutcome {
  /// Prints what the job made.
  /// - Throws: the exit status of a job that did not succeed.
  func deliver(asJSON: Bool) throws {
    if asJSON {
      Console.writeLine(result.text)
    } else if state == .succeeded {
      Console.writeLine(Console.outputIsTerminal ? text.forTerminal : text)
    }
    if state == .succeeded { return }
    Console.complain(complaint)
    throw state.exitStatus ?? ExitStatus.error
  }
}
