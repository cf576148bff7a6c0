import Models
import Synchronization
import Telemetry
import Tensors

/// What a worker has a model in memory for; the two are loaded apart.
package enum ModelUse: Sendable, Hashable {
  case text
  case vectors
}

/// The models in a worker's memory, as its gauges show them.
final class ResidentModels: Sendable {
  private struct Resident: Sendable, Hashable {
    let variant: ModelVariant
    let use: ModelUse

    var labels: [String] {
      let precision = variant.precision
      // Vectors leave no keys and values behind.
      return [variant.reference, precision.weights.rawValue, use == .text ? precision.keyValues.rawValue : ""]
    }
  }

  private let cacheUsages = Mutex<[Resident: @Sendable () -> Double?]>([:])
  private let loaded: Gauge
  private let cacheUsage: Gauge

  init(_ registry: MetricsRegistry, model: MetricLabel) {
    let labels = [
      model, MetricLabel("precision", values: Precision.allCases.map(\.rawValue)),
      MetricLabel("kv_precision", values: KeyValuePrecision.allCases.map(\.rawValue) + [""]),
    ]
    loaded = registry.gauge("quern_model_loaded_info", help: "1 while the model is loaded.", labels: labels)
    cacheUsage = registry.gauge(
      "quern_kv_cache_usage_ratio",
      help: "Share of the key/value cache's blocks that running sequences use, from 0 to 1.",
      labels: labels
    )
    registry.onCollect { [weak self] in self?.collect() }
  }

  /// - Parameter cacheUsage: the used share of its key/value cache; nil for a model without one.
  func add(_ variant: ModelVariant, for use: ModelUse, cacheUsage: @escaping @Sendable () -> Double?) {
    cacheUsages.withLock { $0[Resident(variant: variant, use: use)] = cacheUsage }
  }

  func remove(_ variant: ModelVariant, for use: ModelUse) {
    cacheUsages.withLock { $0[Resident(variant: variant, use: use)] = nil }
  }

  private func collect() {
    let residents = cacheUsages.withLock { $0 }
    loaded.assign(residents.keys.map { ($0.labels, 1) })
    cacheUsage.assign(residents.compactMap { resident, usage in usage().map { (resident.labels, $0) } })
  }
}
