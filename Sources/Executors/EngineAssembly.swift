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
    let models = ModelCache(
      registry: ModelRegistry(daemon.client),
      blobs: blobs,
      pool: ThreadPool(threads: threads ?? ThreadPool.defaultThreadCount),
      level: level,
      options: EngineOptions(cacheByteLimit: cacheByteLimit ?? 1 << 30),
      metrics: metrics,
      engineProgress: progress,
      logger: daemon.logger
    )
    executors = JobExecutors(
      generate: GenerateExecutor(models: models, metrics: metrics, engineProgress: progress),
      crashTrigger: ProcessInfo.processInfo.environment["QUERN_DRILL_CRASH_PROMPT"]
    )
  }

  /// For `quern.workers` and `quern_worker_info`.
  package var detail: JSONValue {
    ["engine": .string(CausalLanguageModel.engineVersion), "cpu": .string(level.rawValue), "dtype": "f32"]
  }

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
