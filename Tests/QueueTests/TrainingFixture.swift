import Foundation
import JSON
import Jobs
import Logging
import Postgres
import PostgresTestSupport
import Queue
import Registry
import Telemetry

extension JobKind {
  /// Stands for kinds that train: it has `steps`, and the adjustable `learning_rate` and `schedule`.
  static let train = JobKind(rawValue: "train")
}

extension QueueFixture {
  /// As `run`, with the kind `train`.
  static func runTraining(_ body: @Sendable (QueueFixture) async throws -> Void) async throws {
    try await run { fixture in
      try await fixture.sql(
        """
        INSERT INTO quern.kind (kind, description, max_attempts) VALUES ('train', 'Trains nothing.', 3);
        """
      )
      try await fixture.sql(
        """
        INSERT INTO quern.parameter (kind, name, aliases, schema, required, description, adjustable)
        VALUES
          ('train', 'steps', '{}', '{"type": "integer", "minimum": 1}', true, 'How many.', false),
          ('train', 'learning_rate', '{lr}', '{"type": "number", "exclusiveMinimum": 0, "maximum": 1}', false, 'How far.', true),
          ('train', 'schedule', '{}', '{"type": "string", "enum": ["linear", "cosine"]}', false, 'How.', true)
        """
      )
      try await fixture.sql(
        """
        INSERT INTO quern.parameter_rule (kind, position, name, requirement, message)
        VALUES ('train', 1, 'schedule', $$NOT p ? 'schedule' OR p ? 'learning_rate'$$, '"schedule" needs a learning_rate')
        """
      )
      try await body(fixture)
    }
  }

  @discardableResult
  func submitTraining(steps: Int = 10, _ change: (inout Submission) -> Void = { _ in }) async throws -> JobID {
    var submission = Submission(kind: .train, parameters: ["steps": JSONValue(steps)])
    change(&submission)
    return try await queue.submit(submission)
  }

  /// Nil when the call went through.
  func refusal(_ call: (JobQueue) async throws -> JobState) async -> QueueError.Refusal? {
    do {
      _ = try await call(queue)
      return nil
    } catch {
      return (error as? QueueError)?.refusal
    }
  }

  func types(of id: JobID) async throws -> [String] {
    try await client.query("SELECT array_agg(type ORDER BY id) FROM quern.events WHERE job = \(id)").onlyRow.decode(0)
  }

  /// A registration that runs `train`.
  func trainer(_ name: String = "t", kernelLevels: [String] = ["portable"]) async throws -> WorkerSession {
    try await worker(name, slots: [.train: 4], kernelLevels: kernelLevels)
  }
}

extension WorkerSession {
  func claimTraining() async throws -> ClaimedJob? { try await claim([.train: 4], running: 0).first }

  /// A checkpoint of one file with this text.
  func storeCheckpoint(
    _ text: String,
    step: Int,
    of attempt: AttemptID,
    keeping: Set<Int>? = nil,
    metric: Double? = nil,
    kernelLevel: String = "portable"
  ) async throws -> Bool {
    let file = try TextFile(text)
    let manifest = try file.manifest
    for missing in try await missing(of: [manifest], for: attempt) where missing == manifest.blob {
      guard try await put(Array(text.utf8), index: 0, of: manifest, for: attempt) else { return false }
    }
    let checkpoint = NewCheckpoint(
      step: step,
      files: [NewCheckpoint.File(path: manifest.path, location: file.path)],
      kernelLevel: kernelLevel,
      detail: ["text": .string(text)],
      metric: metric,
      keeping: keeping
    )
    return try await store(
      checkpoint,
      files: [manifest],
      progress: Float(step) / 10,
      training: ["step": JSONValue(step)],
      duration: .seconds(1),
      of: attempt
    )
  }
}

/// A file that is gone with the value.
final class TextFile {
  let path = "/tmp/quern-test-\(UUID().uuidString)"

  init(_ text: String) throws { try Data(text.utf8).write(to: URL(filePath: path)) }

  deinit { unlink(path) }

  /// As the checkpoint's file `state.txt`.
  var manifest: CheckpointManifest.File {
    get throws {
      CheckpointManifest.File(
        path: "state.txt",
        blob: try BlobID(contentsOf: path),
        size: try FileChunks(path: path).byteCount()
      )
    }
  }
}
