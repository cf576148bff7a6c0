package import Logging
import Postgres
package import Registry
import Telemetry

/// The models of a worker for one use: each is fetched from the registry and loaded once, whoever asks for it.
///
/// The least recently used one leaves when another would be too many; jobs that still run on it keep it until they end.
package actor ModelCache<Model: Sendable> {
  /// Loads a directory; `content` names its bytes.
  package typealias Loader =
    @Sendable (_ reference: String, _ directory: String, _ content: String) async throws -> Model

  private enum Entry {
    case loading(waiters: [CheckedContinuation<Model, any Error>])
    case loaded(Model, lastUse: Int)
  }

  private let registry: ModelRegistry
  private let blobs: BlobCache
  private let loader: Loader
  private let limit: Int
  private let metrics: EngineMetrics
  private let logger: Logger
  private var entries: [String: Entry] = [:]
  private var useCount = 0

  package init(
    registry: ModelRegistry,
    blobs: BlobCache,
    limit: Int = 4,
    metrics: EngineMetrics,
    logger: Logger,
    loader: @escaping Loader
  ) {
    self.registry = registry
    self.blobs = blobs
    self.limit = limit
    self.metrics = metrics
    self.logger = logger
    self.loader = loader
  }

  /// - Parameter reference: `name@version`, which never changes its content.
  package func model(_ reference: String) async throws -> Model {
    while true {
      do {
        return try await loadedModel(reference)
      } catch is CancellationError where !Task.isCancelled {
        // The job that was loading it was stopped: the first of those who waited loads it now.
      }
    }
  }

  private func loadedModel(_ reference: String) async throws -> Model {
    useCount += 1
    switch entries[reference] {
    case .loaded(let model, _):
      entries[reference] = .loaded(model, lastUse: useCount)
      return model
    case .loading(let waiters):
      return try await withCheckedThrowingContinuation { entries[reference] = .loading(waiters: waiters + [$0]) }
    case nil:
      entries[reference] = .loading(waiters: [])
      return try await finishLoading(reference)
    }
  }

  private func finishLoading(_ reference: String) async throws -> Model {
    let outcome: Result<Model, any Error>
    do {
      outcome = .success(try await load(reference))
    } catch {
      outcome = .failure(Task.isCancelled ? CancellationError() : error)
    }
    guard case .loading(let waiters) = entries[reference] else {
      preconditionFailure("\(reference) was loaded twice")
    }
    switch outcome {
    case .success(let model):
      makeRoom()
      entries[reference] = .loaded(model, lastUse: useCount)
    case .failure: entries[reference] = nil
    }
    for waiter in waiters { waiter.resume(with: outcome) }
    return try outcome.get()
  }

  private func load(_ reference: String) async throws -> Model {
    let start = ContinuousClock.now
    let (manifest, directory) = try await fetch(reference)
    let content = manifest.files.map { "\($0.path) \($0.blob)" }.joined(separator: "\n")
    let model = try await loader(reference, directory, content)
    metrics.observeLoad(ContinuousClock.now - start, model: reference)
    logger.info("model loaded", metadata: ["model": "\(reference)", "duration": "\(ContinuousClock.now - start)"])
    return model
  }

  /// Waits for a database that is away: no attempt fails for that.
  private func fetch(_ reference: String) async throws -> (ModelManifest, directory: String) {
    while true {
      do {
        let manifest = try await registry.manifest(of: reference)
        return (manifest, try await registry.directory(of: manifest, in: blobs))
      } catch let error as PostgresError where error.isTransient {
        logger.warning("a model waits for the database", metadata: ["model": "\(reference)", "error": "\(error)"])
        try await Task.sleep(for: .seconds(1))
      }
    }
  }

  private func makeRoom() {
    let loaded = entries.compactMap { reference, entry -> (reference: String, lastUse: Int)? in
      if case .loaded(_, let lastUse) = entry { (reference, lastUse) } else { nil }
    }
    guard loaded.count >= limit, let oldest = loaded.min(by: { $0.lastUse < $1.lastUse }) else { return }
    entries[oldest.reference] = nil
    metrics.forget(oldest.reference)
  }
}
