package import FoundationEssentials
package import JSON
import Postgres
package import Registry

/// What a running attempt writes and reads. A write of an attempt that is no longer this worker's is refused: false.
extension WorkerSession {
  package func record(_ notes: [JobNote], of attempt: AttemptID) async throws(QueueError) -> Bool {
    try await database.value(
      """
      SELECT quern.record_notes(\(name), \(attempt.job), \(attempt.attempt), \(notes.map(\.type)), \(notes.map(\.json)))
      """,
      within: deadline
    )
  }

  /// All that were made so far, in order; none for a stale attempt.
  package func adjustments(of attempt: AttemptID) async throws(QueueError) -> [JobAdjustment] {
    try await database.ask(
      """
      SELECT seq, changes, applied_step
      FROM quern.adjustments_of(\(name), \(attempt.job), \(attempt.attempt))
      """,
      within: deadline
    ).decoded(JobAdjustment.init)
  }

  /// - Parameter step: how many steps were done when they came into force.
  package func markApplied(
    _ sequences: [Int],
    atStep step: Int,
    of attempt: AttemptID
  ) async throws(QueueError) -> Bool {
    try await database.value(
      """
      SELECT quern.apply_adjustments(\(name), \(attempt.job), \(attempt.attempt), \(sequences.map(Int32.init(clamping:))),
        \(step))
      """,
      within: deadline
    )
  }

  /// - Parameter step: how many steps were done when it was left out.
  package func refuse(
    _ sequence: Int,
    atStep step: Int,
    reason: String,
    of attempt: AttemptID
  ) async throws(QueueError) -> Bool {
    try await database.value(
      """
      SELECT quern.refuse_adjustment(\(name), \(attempt.job), \(attempt.attempt), \(Int32(clamping: sequence)), \(step), \(reason))
      """,
      within: deadline
    )
  }
}

extension WorkerSession {
  /// The files that the database does not have completely.
  package func missing(
    of files: [CheckpointManifest.File],
    for attempt: AttemptID,
    in store: AttemptStore = .checkpoints
  ) async throws(QueueError) -> Set<BlobID> {
    let blobs = files.map(\.blob.bytes)
    let query: PostgresQuery =
      switch store {
      case .checkpoints:
        """
        SELECT quern.missing_checkpoint_files(\(name), \(attempt.job), \(attempt.attempt), \(blobs), \(files.map(\.size)))
        """
      case .models: "SELECT quern.missing_made_files(\(name), \(attempt.job), \(attempt.attempt), \(blobs))"
      }
    let hashes: [[UInt8]] = try await database.value(query, within: deadline)
    return Set(hashes.compactMap(BlobID.init(bytes:)))
  }

  /// Stores chunk number `index` of a file.
  package func put(
    _ bytes: [UInt8],
    index: Int,
    of file: CheckpointManifest.File,
    for attempt: AttemptID,
    in store: AttemptStore = .checkpoints
  ) async throws(QueueError) -> Bool {
    try await database.value(
      """
      SELECT quern.\(unescaped: store.putFunction)(\(name), \(attempt.job), \(attempt.attempt), \(file.blob.bytes),
        \(Int32(clamping: index)), \(file.size), \(bytes))
      """,
      within: deadline
    )
  }

  /// Makes stored files a checkpoint, and deletes the earlier ones that it does not keep.
  /// - Parameter progress: 0 to 1.
  /// - Parameter duration: how long storing took.
  package func store(
    _ checkpoint: NewCheckpoint,
    files: [CheckpointManifest.File],
    progress: Float,
    training: JSONValue,
    duration: Duration,
    of attempt: AttemptID
  ) async throws(QueueError) -> Bool {
    let keep = checkpoint.keeping.map { $0.sorted() }
    return try await database.value(
      """
      SELECT quern.store_checkpoint(\(name), \(attempt.job), \(attempt.attempt), \(checkpoint.step),
        \(JSONValue.array(files.map(\.json))), \(checkpoint.kernelLevel), detail => \(checkpoint.detail),
        metric => \(checkpoint.metric), keep => \(keep), progress => \(progress), training => \(training),
        seconds => \(Float(duration / .seconds(1))))
      """,
      // Pruning deletes gigabytes.
      within: max(deadline, .seconds(300))
    )
  }

  /// Nil when the job has none.
  package func latestCheckpoint(of attempt: AttemptID) async throws(QueueError) -> CheckpointManifest? {
    try await database.ask(
      """
      SELECT step, stored_by, kernel_level, metric, detail, files
      FROM quern.latest_checkpoint(\(name), \(attempt.job), \(attempt.attempt))
      """,
      within: deadline
    ).decoded(CheckpointManifest.init).first
  }

  /// Nil past the last chunk.
  package func chunk(
    _ index: Int,
    of file: CheckpointManifest.File,
    for attempt: AttemptID
  ) async throws(QueueError) -> [UInt8]? {
    try await database.value(
      """
      SELECT quern.get_checkpoint_chunk(\(name), \(attempt.job), \(attempt.attempt), \(file.blob.bytes),
        \(Int32(clamping: index)))
      """,
      as: [UInt8]?.self,
      within: deadline
    )
  }
}

extension WorkerSession {
  /// The checkpoint of one step; nil when there is none.
  package func checkpoint(atStep step: Int, of attempt: AttemptID) async throws(QueueError) -> CheckpointManifest? {
    try await database.ask(
      """
      SELECT step, stored_by, kernel_level, metric, detail, files
      FROM quern.checkpoint_at(\(name), \(attempt.job), \(attempt.attempt), \(step))
      """,
      within: deadline
    ).decoded(CheckpointManifest.init).first
  }

  /// None for a stale attempt.
  package func storedSteps(of attempt: AttemptID) async throws(QueueError) -> [Int] {
    try await database.value(
      "SELECT quern.stored_steps(\(name), \(attempt.job), \(attempt.attempt))",
      within: deadline
    )
  }

  /// Makes stored files a model or an adapter of the job's submitter.
  /// - Returns: `name@version`; nil for a stale attempt.
  package func register(
    _ made: MadeModel,
    files: [CheckpointManifest.File],
    of attempt: AttemptID
  ) async throws(QueueError) -> String? {
    try await database.value(
      """
      SELECT quern.register_made(\(name), \(attempt.job), \(attempt.attempt), \(made.name), \(made.base), \(made.config),
        \(JSONValue.array(files.map(\.json))), \(made.detail))
      """,
      as: String?.self,
      within: deadline
    )
  }

  /// Nil for a stale attempt.
  package func submissionTime(of attempt: AttemptID) async throws(QueueError) -> Date? {
    try await database.value(
      "SELECT quern.submission_time(\(name), \(attempt.job), \(attempt.attempt))",
      as: Date?.self,
      within: deadline
    )
  }
}
