/// The exit codes of all executables.
package enum ExitStatus: Int32, Error, Sendable {
  case done = 0
  case error = 1
  /// Wrong arguments or configuration: systemd does not restart on it.
  case usage = 2
  case jobFailed = 3
  case jobCancelled = 4
  /// Timed out or expired.
  case timedOut = 5
}
