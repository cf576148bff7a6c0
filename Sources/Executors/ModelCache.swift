package import Jobs
package import Logging
import Models
import Postgres
package import Registry
import Telemetry
import Tensors

/// The models of a worker for one use: each is fetched from the registry and loaded once at a precision, whoever asks.
///
/// The least recently used one leaves when another would be too many; jobs that still run on it keep it until they end.
package actor ModelCache<Model: Sendable> {
  /// Loads a directory; `content` names its bytes.
  package typealias Loader =
    @Sendable (_ variant: ModelVariant, _ directory: String, _ content: String) async throws -> Model

  private enum Entry {
    case loading(waiters: [CheckedContinuation<Model, any Error>])
    case loaded(Model, lastUse: Int)
  }

  private let registry: ModelRegistry
  private let blobs: BlobCache
  private let use: ModelUse
  private let loader: Loader
  private let cacheUsage: @Sendable (Model) -> Double?
  private let limit: Int
  private let metrics: EngineMetrics
  private let logger: Logger
  private var entries: [ModelVariant: Entry] = [:]
  private var ownPrecisions: [String: WeightPrecision] = [:]
  private var precisionQuestions: [String: Task<WeightPrecision, any Error>] = [:]
  private var useCount = 0

  /// - Parameter cacheUsage: the used share of a model's key/value cache; nil where there is none.
  package init(
    for use: ModelUse,
    registry: ModelRegistry,
    blobs: BlobCache,
    limit: Int = 4,
    metrics: EngineMetrics,
    logger: Logger,
    cacheUsage: @escaping @Sendable (Model) -> Double? = { _ in nil },
    loader: @escaping Loader
  ) {
    self.use = use
    self.registry = registry
    self.blobs = blobs
    self.limit = limit
    self.metrics = metrics
    self.logger = logger
    self.cacheUsage = cacheUsage
    self.loader = loader
  }

  /// - Parameters:
  ///   - reference: `name@version`, which never changes its content.
  ///   - precision: what the job asks for; the model's own where it does not say.
  package func model(_ reference: String, _ precision: RequestedPrecision) async throws -> Model {
    var precision = precision
    if precision.weights == nil { precision.weights = try await ownPrecision(of: reference) }
    let variant = ModelVariant(reference: reference, precision: ModelPrecision(precision))
    while true {
      do {
        return try await loadedModel(variant)
      } catch is CancellationError where !Task.isCancelled {
        // The job that was loading it was stopped: the first of those who waited loads it now.
      }
    }
  }

  private func loadedModel(_ variant: ModelVariant) async throws -> Model {
    useCount += 1
    switch entries[variant] {
    case .loaded(let model, _):
      entries[variant] = .loaded(model, lastUse: useCount)
      return model
    case .loading(let waiters):
      return try await withCheckedThrowingContinuation { entries[variant] = .loading(waiters: waiters + [$0]) }
    case nil:
      // Before it is loaded: memory has to hold it beside the others.
      makeRoom()
      entries[variant] = .loading(waiters: [])
      return try await finishLoading(variant)
    }
  }

  private func finishLoading(_ variant: ModelVariant) async throws -> Model {
    let outcome: Result<Model, any Error>
    do {
      outcome = .success(try await load(variant))
    } catch {
      outcome = .failure(Task.isCancelled ? CancellationError() : error)
    }
    guard case .loading(let waiters) = entries[variant] else {
      preconditionFailure("\(variant.reference) was loaded twice")
    }
    switch outcome {
    case .success(let model):
      makeRoom()
      metrics.residents.add(variant, for: use) { [cacheUsage] in cacheUsage(model) }
      entries[variant] = .loaded(model, lastUse: useCount)
    case .failure: entries[variant] = nil
    }
    for waiter in waiters { waiter.resume(with: outcome) }
    return try outcome.get()
  }

  private func load(_ variant: ModelVariant) async throws -> Model {
    let start = ContinuousClock.now
    let (manifest, directory) = try await fetch(variant.reference)
    let content = manifest.files.map { "\($0.path) \($0.blob)" }.joined(separator: "\n")
    let model = try await loader(variant, directory, content)
    metrics.observeLoad(ContinuousClock.now - start, model: variant.reference)
    logger.info(
      "model loaded",
      metadata: [
        "model": "\(variant.reference)", "precision": "\(variant.precision.weights.rawValue)",
        "duration": "\(ContinuousClock.now - start)",
      ]
    )
    return model
  }

  private func fetch(_ reference: String) async throws -> (ModelManifest, directory: String) {
    try await withDatabase(reference) {
      let manifest = try await registry.manifest(of: reference)
      return (manifest, try await registry.directory(of: manifest, in: blobs))
    }
  }

  /// What the model was imported with. All who ask at once wait for one answer, which comes even when the job that asked
  /// first is cancelled: therefore a task of its own.
  private func ownPrecision(of reference: String) async throws -> WeightPrecision {
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

  private func makeRoom() {
    let loaded = entries.compactMap { variant, entry -> (variant: ModelVariant, lastUse: Int)? in
      if case .loaded(_, let lastUse) = entry { (variant, lastUse) } else { nil }
    }
    guard loaded.count >= limit, let oldest = loaded.min(by: { $0.lastUse < $1.lastUse }) else { return }
    entries[oldest.variant] = nil
    metrics.residents.remove(oldest.variant, for: use)
  }
}
