package import Logging
import ServiceLifecycle
package import Telemetry

/// The second net: asks the database once a second to take expired leases, promote due jobs, and prepare days.
package struct Sweeper: Service {
  private let queue: QueueMonitor
  private let progress: ProgressSource
  private let logger: Logger
  private let interval: Duration

  package init(_ queue: QueueMonitor, progress: ProgressSource, interval: Duration = .seconds(1), logger: Logger) {
    self.queue = queue
    self.progress = progress
    self.interval = interval
    self.logger = logger
  }

  package func run() async throws {
    await cancelWhenGracefulShutdown {
      while !Task.isCancelled {
        await sweep()
        // Cancellation only ends the sleep, and with it the loop.
        try? await Task.sleep(for: interval)
      }
    }
  }

  private func sweep() async {
    do throws(QueueError) {
      let done = try await queue.sweep()
      progress.advance()
      if done["recovered", default: 0] > 0 {
        logger.notice("jobs of lost workers queued again", metadata: ["count": "\(done["recovered", default: 0])"])
      }
    } catch {
      logger.warning("could not sweep", metadata: ["error": "\(error)"])
    }
  }
}
