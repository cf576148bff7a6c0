import Glibc
package import Logging
package import Privacy

/// Chooses where the logs of this process go.
package enum LogBootstrap {
  package enum Destination: Sendable, Hashable {
    case journald, terminal
  }

  /// Installs the handler for the whole process; to be called once, before the first logger is made.
  package static func install(
    executable: Identifier,
    level: Logger.Level = .info,
    registry: MetricsRegistry,
    destination: Destination = .detected()
  ) {
    let counters = LogCounters(registry: registry)
    LoggingSystem.bootstrap { label in
      switch destination {
      case .journald: JournaldLogHandler(label: label, identifier: executable, level: level, counters: counters)
      case .terminal: TerminalLogHandler(label: label, level: level, counters: counters)
      }
    }
  }
}

extension LogBootstrap.Destination {
  /// journald when systemd connected standard error to it: `JOURNAL_STREAM` names the device and inode.
  package static func detected() -> Self {
    guard let variable = unsafe getenv("JOURNAL_STREAM") else { return .terminal }
    var status = stat()
    guard unsafe fstat(STDERR_FILENO, &status) == 0 else { return .terminal }
    return unsafe String(cString: variable) == "\(status.st_dev):\(status.st_ino)" ? .journald : .terminal
  }
}
