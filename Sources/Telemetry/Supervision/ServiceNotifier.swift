import CSystemd
package import Privacy

/// Tells systemd about the state of the service (`sd_notify`); without systemd every call does nothing.
package struct ServiceNotifier: Sendable {
  package init() {}

  /// The service works; with `Type=notify` the start is over now.
  package func ready(status: Redacted) { send("READY=1\nSTATUS=\(Self.line(status))") }

  /// One line for `systemctl status`.
  package func status(_ status: Redacted) { send("STATUS=\(Self.line(status))") }

  /// A graceful stop has begun.
  package func stopping(status: Redacted) { send("STOPPING=1\nSTATUS=\(Self.line(status))") }

  /// Asks for this much more time from now on, while a start or stop takes long; to be repeated.
  package func extendTimeout(_ duration: Duration) {
    send("EXTEND_TIMEOUT_USEC=\(duration.components.seconds * 1_000_000)")
  }

  package func pingWatchdog() { send("WATCHDOG=1") }

  /// The time within which systemd wants a ping; nil when it watches nothing.
  package var watchdogTimeout: Duration? {
    var microseconds: UInt64 = 0
    guard unsafe sd_watchdog_enabled(0, &microseconds) > 0 else { return nil }
    return .microseconds(Int64(microseconds))
  }

  private static func line(_ status: Redacted) -> String {
    String(status.description.map { $0.isNewline ? " " : $0 })
  }

  private func send(_ state: String) {
    // A failure cannot be told to anybody but systemd, which will notice the missing message itself.
    _ = unsafe sd_notify(0, state)
  }
}
