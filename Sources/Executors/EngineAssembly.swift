import Foundation
import Inference
package import JSON
package import Launch
import Models
package import Registry
import Synchronization
package import Telemetry
import Tensors

/// The engine side of a worker, built bottom-up.
package final class EngineAssembly: Sendable {
  package let executors: JobExecutors
  /// Goes on with each step of any engine.
  package let progress: ProgressSource
  private let metrics: EngineMetrics
  private let level: KernelLevel
  private let lastCount = Mutex((tokens: UInt64(0), at: ContinuousClock.now))

  /// - Parameters:
  ///   - threads: nil for the processors that this process may use.
  ///   - cacheByteLimit: for the key/value cache of each model.
  package init(daemon: Daemon, blobs: BlobCache, threads: Int?, kernels: KernelChoice?, cacheByteLimit: Int?) {
    progress = ProgressSource(name: "engine")
    metrics = EngineMetrics(daemon.registry)
    level = kernels?.level ?? .detected
    let registry = ModelRegistry(daemon.client)
    let pool = ThreadPool(threads: threads ?? ThreadPool.defaultThreadCount)
    let options = EngineOptions(cacheByteLimit: cacheByteLimit ?? 1 << 30)
    let packedWeights = PackedWeightFolder(directory: "\(blobs.directory)/packed")
    let models = ModelCache(
      for: .text,
      registry: registry,
      blobs: blobs,
      metrics: metrics,
      logger: daemon.logger,
      cacheUsage: { $0.engine.statistics.cacheUsage },
      adapter: { try await $0.adapted(by: $1, content: $2) }
    ) { [level, metrics, progress] variant, source in
      defer { packedWeights.trim() }
      return try await LoadedModel.load(
        directory: source.directory,
        adapter: source.adapter,
        content: source.content,
        precision: variant.precision,
        packedWeights: packedWeights.store(content: source.content),
        pool: pool,
        level: level,
        options: options,
        observe: { step in
          progress.advance()
          metrics.observe(step, model: variant.reference)
        }
      )
    }
    let embedders = ModelCache(
      for: .vectors,
      registry: registry,
      blobs: blobs,
      metrics: metrics,
      logger: daemon.logger,
      adapter: { try await $0.adapted(by: $1, content: $2) }
    ) { [level] variant, source in
      defer { packedWeights.trim() }
      return try await LoadedEmbedder.load(
        directory: source.directory,
        adapter: source.adapter,
        content: source.content,
        precision: variant.precision.weights,
        packedWeights: packedWeights.store(content: source.content),
        pool: pool,
        level: level
      )
    }
    executors = JobExecutors(
      generate: GenerateExecutor(models: models, metrics: metrics, engineProgress: progress),
      embed: EmbedExecutor(models: embedders, engineProgress: progress),
      score: ScoreExecutor(models: models, engineProgress: progress),
      finetune: FinetuneExecutor(
        models: registry,
        datasets: DatasetRegistry(daemon.client),
        blobs: blobs,
        pool: pool,
        level: level
      ),
      crashTrigger: ProcessInfo.processInfo.environment["QUERN_DRILL_CRASH_PROMPT"]
    )
  }

  /// For `quern.workers` and `quern_worker_info`: dtype lists the precisions that jobs may ask for.
  package var detail: JSONValue {
    [
      "engine": .string(CausalLanguageModel.engineVersion), "cpu": .string(level.rawValue),
      "dtype": .string(Precision.allCases.map(\.rawValue).joined(separator: ",")),
    ]
  }

  /// What checkpoints may ask to be computed with, lowest first.
  package var kernelLevels: [String] { KernelLevel.allCases.filter { $0 <= level }.map(\.rawValue) }

  /// Since the last call.
  package func tokensPerSecond() -> Int {
    let total = metrics.generatedTokenCount
    return lastCount.withLock { last in
      let now = ContinuousClock.now
      let seconds = (now - last.at) / .seconds(1)
      defer { last = (total, now) }
      return seconds > 0 ? Int(Double(total - last.tokens) / seconds) : 0
    }
  }
}

/// What `--kernels` may say.
package struct KernelChoice: Sendable, Hashable {
  let level: KernelLevel

  /// Nil for a level that does not exist or that this processor cannot run.
  package init?(_ name: String) {
    guard let level = KernelLevel(rawValue: name), KernelLevel.available.contains(level) else { return nil }
    self.level = level
  }
}
