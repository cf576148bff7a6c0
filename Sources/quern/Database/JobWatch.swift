import JSON
import Launch
import Postgres
import Queue

/// How a job that is waited for stands.
struct JobSnapshot: Sendable {
  let id: JobID
  let state: JobState
  /// 0…1, when the worker reports it.
  let progress: Double?
  /// Why it is where it is.
  let reason: String?
  /// Numbers of a fine-tune: now, or at its last checkpoint.
  let training: JSONValue?
}

/// Waits for jobs to finish: looks with growing pauses, and at once when the database says that one has finished.
/// Both go on after the server was away.
struct JobWatch {
  let client: PostgresClient
  let configuration: PostgresConfiguration
  private static let longestPause = Duration.seconds(1)

  /// Calls `report` after each look with the jobs that are unfinished, or finished since the last look.
  /// - Throws: `ExitStatus.timedOut` after `limit`.
  func run(_ ids: [JobID], limit: Duration?, report: ([JobSnapshot]) async throws -> Void) async throws {
    try await register(ids)
    let deadline = limit.map { ContinuousClock.now + $0 }
    let (looks, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    let listener = PostgresListener(configuration, channels: ["quern_finished"], logger: .silent)
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await listener.run() }
      group.addTask { await Self.forward(listener, of: Set(ids.map(\.description)), to: continuation) }
      group.addTask { try await Self.pulse(continuation, until: deadline) }
      try await look(at: ids, whenever: looks, until: deadline, report: report)
      group.cancelAll()
    }
  }

  /// Also says which of the jobs there are: an unknown one is an error.
  private func register(_ ids: [JobID]) async throws {
    for id in ids { _ = try await client.query("SELECT quern.watch(\(id))") }
  }

  private func look(
    at ids: [JobID],
    whenever looks: AsyncStream<Void>,
    until deadline: ContinuousClock.Instant?,
    report: ([JobSnapshot]) async throws -> Void
  ) async throws {
    var waiting = ids
    for await _ in looks {
      if let snapshots = try await snapshots(of: waiting) {
        try await report(snapshots)
        waiting = snapshots.filter { !$0.state.isFinal }.map(\.id)
        if waiting.isEmpty { return }
      }
      if let deadline, .now >= deadline { throw ExitStatus.timedOut }
    }
    throw CancellationError()
  }

  /// Nil while the server is away.
  private func snapshots(of ids: [JobID]) async throws -> [JobSnapshot]? {
    do {
      return try await client.query(
        """
        SELECT j.id, j.state::text AS state, j.progress::float8 AS progress, j.reason, j.training
        FROM quern.jobs AS j
        WHERE j.id = ANY (\(ids.map(\.rawValue)))
        ORDER BY j.id
        """
      ).map(JobSnapshot.init)
    } catch {
      guard error.isTransient else { throw error }
      return nil
    }
  }

  private static func forward(
    _ listener: PostgresListener,
    of ids: Set<String>,
    to looks: AsyncStream<Void>.Continuation
  ) async {
    for await notification in listener.notifications {
      switch notification {
      case .reconnected: looks.yield()
      case .received(_, let payload): if ids.contains(payload) { looks.yield() }
      }
    }
  }

  private static func pulse(
    _ looks: AsyncStream<Void>.Continuation,
    until deadline: ContinuousClock.Instant?
  ) async throws {
    var pause = Duration.milliseconds(5)
    while true {
      looks.yield()
      let left = deadline.map { max(.milliseconds(1), $0 - .now) } ?? pause
      try await Task.sleep(for: min(pause, left))
      pause = min(pause * 3 / 2, longestPause)
    }
  }
}

extension JobSnapshot {
  init(_ row: PostgresRow) throws(PostgresError) {
    id = try row.decode("id")
    state = try row.decode("state")
    progress = try row.decode("progress")
    reason = try row.decode("reason")
    training = try row.decode("training")
  }
}
