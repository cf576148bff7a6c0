import Logging
import Postgres
import Synchronization

extension Worker {
  /// Notifications only hasten what polling would find.
  func listen(to notifications: AsyncStream<PostgresNotification>) async {
    for await notification in notifications {
      switch notification {
      case .reconnected:
        claimBell.ring()
        callHeartbeat()
      case .received("quern_queued", let queue) where configuration.queues.contains(queue):
        claimBell.ring()
      case .received("quern_control", let worker) where worker == state.withLock({ $0.session?.id.description }):
        callHeartbeat()
      case .received: break
      }
    }
  }

  private func callHeartbeat() {
    state.withLock { $0.wasCalled = true }
    leaseBell.ring()
  }
}
