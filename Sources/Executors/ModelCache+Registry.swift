import Checkpoints
import Jobs
import Logging
import Postgres
import Registry

/// What the cache asks the registry.
extension ModelCache {
  /// The files of a model or of an adapter.
  func fetch(_ reference: String) async throws -> ModelSource {
    try await withDatabase(reference) {
      let manifest = try await registry.manifest(of: reference)
      return ModelSource(
        directory: try await registry.directory(of: manifest, in: blobs),
        adapter: nil,
        content: manifest.files.map { "\($0.path) \($0.blob)" }.joined(separator: "\n")
      )
    }
  }

  /// False for adapters that have to be merged, as far as their files alone tell: no model is loaded for nothing.
  static func mayRunBeside(_ directory: String) throws -> Bool {
    try AdapterCheckpoint(directory: directory).isLowRank
  }

  /// What the model was imported with. All who ask at once wait for one answer, which comes even when the job that asked
  /// first is cancelled: therefore a task of its own.
  func ownPrecision(of reference: String) async throws -> WeightPrecision {
    if let known = ownPrecisions[reference] { return known }
    let question = precisionQuestions[reference] ?? Task { try await askOwnPrecision(of: reference) }
    precisionQuestions[reference] = question
    defer { precisionQuestions[reference] = nil }
    return try await question.value
  }

  private func askOwnPrecision(of reference: String) async throws -> WeightPrecision {
    let manifest = try await withDatabase(reference) { try await registry.manifest(of: reference) }
    guard let precision = WeightPrecision(rawValue: manifest.precision) else {
      throw RegistryError.malformedManifest(model: reference, reason: "its precision is none of this version's")
    }
    // Names come and go for as long as a worker lives.
    if ownPrecisions.count >= Self.knownNameLimit { ownPrecisions = [:] }
    ownPrecisions[reference] = precision
    return precision
  }

  private static var knownNameLimit: Int { 1000 }

  /// Waits for a database that is away: no attempt fails for that.
  private func withDatabase<Answer>(_ reference: String, _ ask: () async throws -> Answer) async throws -> Answer {
    while true {
      do {
        return try await ask()
      } catch let error as PostgresError where error.isTransient {
        logger.warning("a model waits for the database", metadata: ["model": "\(reference)", "error": "\(error)"])
        try await Task.sleep(for: .seconds(1))
      }
    }
  }
}
