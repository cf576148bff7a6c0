/// The 128-bit ids under which `systemd/quern.catalog` explains our journal entries (`journalctl -x`).
///
/// An id never changes and is never reused.
package enum MessageID: String, Sendable, Hashable, CaseIterable {
  case jobSubmitted = "35585730340e489ab87cf75c5656913d"
  case jobClaimed = "cb342d2e10464d6e9d5228d54440c043"
  case jobProgress = "8f9d003b01274e7c9853f68819473901"
  case jobReleased = "627840c0cc654f86909c2d7879950528"
  case jobSucceeded = "941509e2a12b44b5ac0dce554518211a"
  case jobFailed = "ba9ef7c05f524fb39792a246f2b7f878"
  case jobRetrying = "029f3ca8557b44779020ba9b9276b0c2"
  case jobCancelled = "28e5ea5c30db4be5b6a07216045e3f89"
  case jobExpired = "6dcd61228da8427a8f3bdcb4b1ab5faf"
  case jobPaused = "e86cb954455b44e7b1c0ef0cc6391847"
  case jobPausing = "282b3e3f90674d359c559d0119d3db65"
  case jobResumed = "cbaaf686b3e246a580cd2a0c3369fd1c"
  case jobRetried = "f130f0f45efe49de86c321c842edcac0"
  case checkpointSaved = "387dc018ab8d467cb322d28553c2fd2f"
  case hyperparameterChanged = "92f3856ab8ec486d9298cfa7ec645002"
  case lossDiverged = "ec1f4a69061e4b2e80a2456180e2dd3a"
  case leaseLost = "fb13f6ea50424f70b71ffcd743e47e52"
  case workerRegistered = "9367502fcc3d4d13b70b600a11f9967b"
  case workerLost = "33eed23690f744139b68a968749e3561"
  case drainStarted = "5d68b4bfe22d4559bf0c7d427a38bdc7"
  case modelImported = "092d4ac29d104469a2218ed1417c9193"
  case contentRevealed = "7817977b9ff649468de3e5bd64332abf"
  case redactionFailed = "0585488c2fd543b2bb42cceb89482322"
  case journalResumed = "cf29bfea578c4507809d379c9b118ba4"
  case otherEvent = "05f18ff3cc2c45feb5de1b60baa602c3"

  /// The id of an event by its type in `quern.event`; `otherEvent` for one that this build does not know.
  package init(eventType: String) {
    self = Self.byEventType[eventType] ?? .otherEvent
  }

  private static let byEventType: [String: MessageID] = [
    "submitted": .jobSubmitted, "claimed": .jobClaimed, "progress": .jobProgress, "released": .jobReleased,
    "succeeded": .jobSucceeded, "failed": .jobFailed, "retrying": .jobRetrying, "cancelled": .jobCancelled,
    "expired": .jobExpired, "paused": .jobPaused, "resumed": .jobResumed, "retried": .jobRetried,
    "requeued": .jobRetried, "pause_requested": .jobPausing, "training_log": .jobProgress, "evaluation": .jobProgress,
    "checkpoint_saved": .checkpointSaved, "hyperparameter_changed": .hyperparameterChanged,
    "hyperparameter_applied": .hyperparameterChanged, "hyperparameter_refused": .hyperparameterChanged,
    "loss_diverged": .lossDiverged, "nan_loss": .lossDiverged,
    "lost": .leaseLost, "worker_registered": .workerRegistered, "worker_lost": .workerLost,
    "drain_started": .drainStarted,
    "model_imported": .modelImported, "revealed": .contentRevealed,
  ]
}
