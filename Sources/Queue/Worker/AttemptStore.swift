/// Where the files of a running attempt go.
package enum AttemptStore: Sendable, Hashable {
  /// The job's own, gone with it: they hold private data.
  case checkpoints
  /// Beside those of all models: what the job makes.
  case models

  /// Takes worker, job, attempt, SHA-256, index, size and bytes of a chunk.
  var putFunction: String {
    switch self {
    case .checkpoints: "put_checkpoint_chunk"
    case .models: "put_made_chunk"
    }
  }
}
