package import Logging
import ServiceLifecycle
import Synchronization
package import Telemetry

/// The series that the database can tell, fetched at intervals: a scrape costs it nothing.
package final class QueueMetrics: Service {
  private let queue: QueueMonitor
  private let series: [QueueSeries]
  private let up: Gauge
  private let interval: Duration
  private let logger: Logger
  private let connected = Atomic(false)

  package init(
    _ queue: QueueMonitor,
    registry: MetricsRegistry,
    interval: Duration = .seconds(1),
    logger: Logger
  ) {
    self.queue = queue
    self.interval = interval
    self.logger = logger
    up = registry.gauge("quern_db_up", help: "1 while the database answers.")
    series = QueueSeries.all(in: registry)
  }

  /// Whether the database answered last time.
  package var isConnected: Bool { connected.load(ordering: .relaxed) }

  package func run() async throws {
    await cancelWhenGracefulShutdown {
      while !Task.isCancelled {
        await self.refresh()
        // Cancellation only ends the sleep, and with it the loop.
        try? await Task.sleep(for: self.interval)
      }
    }
  }

  private func refresh() async {
    do throws(QueueError) {
      let samples = Dictionary(grouping: try await queue.metrics(), by: \.name)
      setConnected(true)
      for one in series { one.assign(samples[one.name] ?? []) }
    } catch {
      setConnected(false)
      logger.warning("could not fetch metrics", metadata: ["error": "\(error)"])
    }
  }

  private func setConnected(_ isConnected: Bool) {
    connected.store(isConnected, ordering: .relaxed)
    up.set(isConnected ? 1 : 0)
  }
}
