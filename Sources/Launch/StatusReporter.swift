package import Privacy
import ServiceLifecycle
import Telemetry

/// Tells systemd how the service is: READY once it works, a line for `systemctl status` each second, STOPPING.
package struct StatusReporter: Service {
  private let notifier = ServiceNotifier()
  private let isReady: @Sendable () -> Bool
  private let isDraining: @Sendable () -> Bool
  private let drainLimit: Duration
  private let status: @Sendable () -> Redacted

  /// A service that still waits for its database is up all the same: its status line says so.
  private static let patience = Duration.seconds(10)
  /// What a drain within its limit asks systemd for, each second anew: the unit's TimeoutStopSec then limits hangs.
  private static let grace = Duration.seconds(10)

  /// - Parameter drainLimit: the longest that `isDraining` should be true.
  package init(
    isReady: @escaping @Sendable () -> Bool,
    isDraining: @escaping @Sendable () -> Bool = { false },
    drainLimit: Duration = .zero,
    status: @escaping @Sendable () -> Redacted
  ) {
    self.isReady = isReady
    self.isDraining = isDraining
    self.drainLimit = drainLimit
    self.status = status
  }

  package func run() async throws {
    await cancelWhenGracefulShutdown {
      let start = ContinuousClock.now
      while !isReady(), ContinuousClock.now - start < Self.patience, await pause(.milliseconds(50)) {}
      notifier.ready(status: status())
      var drainEnd: ContinuousClock.Instant?
      while await pause(.seconds(1)) {
        notifier.status(status())
        guard isDraining() else { continue }
        let end = drainEnd ?? .now + drainLimit
        drainEnd = end
        if ContinuousClock.now < end { notifier.extendTimeout(Self.grace) }
      }
    }
    notifier.stopping(status: "stopping: \(status())")
  }

  /// - Returns: false when the service ends.
  private func pause(_ duration: Duration) async -> Bool {
    (try? await Task.sleep(for: duration)) != nil
  }
}
