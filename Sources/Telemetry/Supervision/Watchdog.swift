import Logging
import ServiceLifecycle

/// Pings systemd's watchdog while every progress source goes on; a process that hangs is then restarted.
///
/// A ping proves work, not a timer: without progress since the last look none is sent.
package struct Watchdog<C: Clock<Duration>>: Service {
  private let notifier: ServiceNotifier
  private let sources: [ProgressSource]
  private let interval: Duration
  private let clock: C
  private let pings: Counter
  private let logger = Logger(label: "watchdog")

  /// - Parameter interval: between looks; half of systemd's timeout, or ten seconds where nobody watches.
  package init(
    sources: [ProgressSource],
    registry: MetricsRegistry,
    notifier: ServiceNotifier = ServiceNotifier(),
    interval: Duration? = nil,
    clock: C
  ) {
    self.sources = sources
    self.notifier = notifier
    self.clock = clock
    self.interval = interval ?? notifier.watchdogTimeout.map { $0 / 2 } ?? .seconds(10)
    pings = registry.counter("quern_watchdog_pings_total", help: "Looks at which every progress source had gone on.")
    pings.increment(by: 0)
  }

  package func run() async throws {
    await cancelWhenGracefulShutdown {
      var judge = ProgressJudge(sources)
      // Cancellation ends the sleep and with it the service.
      while (try? await clock.sleep(for: interval)) != nil {
        look(&judge)
      }
    }
  }

  private func look(_ judge: inout ProgressJudge) {
    let stalled = judge.stalled()
    if stalled.isEmpty {
      notifier.pingWatchdog()
      pings.increment()
    } else {
      logger.warning("no progress, no watchdog ping", metadata: ["sources": .array(stalled.map { .string($0) })])
    }
  }
}
