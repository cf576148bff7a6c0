/// Why an attempt should store a checkpoint at its next step and end as `JobEnding.interrupted`.
package enum JobInterruption: Sendable, Hashable {
  /// The job was paused.
  case pause
  /// The worker stops: another one goes on.
  case drain
}
