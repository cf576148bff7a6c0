package import Jobs
package import Logging
import Models
package import Registry
import Telemetry
import Tensors

/// The models of a worker for one use: each is fetched from the registry and loaded once at a precision, whoever asks;
/// an adapter is loaded beside its model.
///
/// What leaves memory when there is no room (`ModelShelf`) stays with the jobs that still run on it until they end.
package actor ModelCache<Model: Sendable> {
  package typealias Loader = @Sendable (_ variant: ModelVariant, _ source: ModelSource) async throws -> Model
  /// Loads an adapter beside a model; nil for one that has to be merged into weights of its own.
  package typealias Adapter =
    @Sendable (_ model: Model, _ directory: String, _ content: String) async throws -> AdaptedModel<Model>?

  let registry: ModelRegistry
  let blobs: BlobCache
  let logger: Logger
  private let use: ModelUse
  private let loader: Loader
  private let adapter: Adapter
  private let cacheUsage: @Sendable (Model) -> Double?
  private let metrics: EngineMetrics
  private var shelf: ModelShelf<Model>
  /// Who waits for a model that is being loaded.
  private var waiters: [ModelVariant: [CheckedContinuation<Model, any Error>]] = [:]
  var ownPrecisions: [String: WeightPrecision] = [:]
  var precisionQuestions: [String: Task<WeightPrecision, any Error>] = [:]

  /// - Parameters:
  ///   - limit: of models with weights of their own.
  ///   - adapterByteLimit: of all adapters together.
  ///   - cacheUsage: the used share of a model's key/value cache; nil where there is none.
  package init(
    for use: ModelUse,
    registry: ModelRegistry,
    blobs: BlobCache,
    limit: Int = 4,
    adapterByteLimit: Int = 256 << 20,
    metrics: EngineMetrics,
    logger: Logger,
    cacheUsage: @escaping @Sendable (Model) -> Double? = { _ in nil },
    adapter: @escaping Adapter,
    loader: @escaping Loader
  ) {
    self.use = use
    self.registry = registry
    self.blobs = blobs
    self.metrics = metrics
    self.logger = logger
    self.cacheUsage = cacheUsage
    self.adapter = adapter
    self.loader = loader
    shelf = ModelShelf(modelLimit: limit, adapterByteLimit: adapterByteLimit)
  }

  /// - Parameters:
  ///   - reference: `name@version` or `base@version+adapter@version`, which never change their content.
  ///   - precision: what the job asks for; the model's own where it does not say.
  package func model(_ reference: String, _ precision: RequestedPrecision) async throws -> Model {
    var precision = precision
    if precision.weights == nil { precision.weights = try await ownPrecision(of: ModelReference(reference).base) }
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
    if let model = shelf.use(variant) { return model }
    if waiters[variant] != nil {
      return try await withCheckedThrowingContinuation { waiters[variant]?.append($0) }
    }
    waiters[variant] = []
    let outcome: Result<Model, any Error>
    do {
      outcome = .success(try await load(variant))
    } catch {
      outcome = .failure(Task.isCancelled ? CancellationError() : error)
    }
    for waiter in waiters.removeValue(forKey: variant) ?? [] { waiter.resume(with: outcome) }
    return try outcome.get()
  }

  private func load(_ variant: ModelVariant) async throws -> Model {
    let start = ContinuousClock.now
    let reference = ModelReference(variant.reference)
    let model =
      if let adapter = reference.adapter {
        try await load(variant, adapter: adapter)
      } else {
        try await loadWeights(variant, try await fetch(reference.base))
      }
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

  private func loadWeights(_ variant: ModelVariant, _ source: ModelSource) async throws -> Model {
    // Before it is loaded: memory has to hold it beside the others.
    leave(shelf.makeRoomForModel())
    let model = try await loader(variant, source)
    leave(shelf.makeRoomForModel())
    metrics.residents.add(variant, for: use) { [cacheUsage] in cacheUsage(model) }
    shelf.add(variant, model, adapterByteCount: nil)
    return model
  }

  private func load(_ variant: ModelVariant, adapter name: String) async throws -> Model {
    let source = try await fetch(name)
    if let base = variant.base, try Self.mayRunBeside(source.directory) {
      let model = try await loadedModel(base)
      let number = shelf.number(of: base)
      if let adapted = try await adapter(model, source.directory, source.content) {
        add(variant, adapted, to: base, number)
        return adapted.model
      }
    }
    let base = try await fetch(ModelReference(variant.reference).base)
    let content = "\(base.content)\n\(source.content)"
    return try await loadWeights(
      variant,
      ModelSource(directory: base.directory, adapter: source.directory, content: content)
    )
  }

  /// - Parameter number: of the base when the adapter was loaded. If it left meanwhile, the adapter serves this job alone:
  ///   it would keep the base in memory.
  private func add(_ variant: ModelVariant, _ adapted: AdaptedModel<Model>, to base: ModelVariant, _ number: Int?) {
    guard let number, shelf.number(of: base) == number else { return }
    leave(shelf.makeRoom(forAdapterOf: adapted.adapterByteCount))
    metrics.residents.add(variant, for: use) { nil }
    shelf.add(variant, adapted.model, adapterByteCount: adapted.adapterByteCount)
  }

  private func leave(_ variants: [ModelVariant]) {
    for variant in variants { metrics.residents.remove(variant, for: use) }
  }
}
