import CLibpq
import Glibc

extension PostgresConnection {
  /// Waits for notifications of the channels listened to; none when the duration is over.
  func notifications(within duration: Duration) async throws(PostgresError) -> [PostgresNotification] {
    let limit = WaitLimit(duration)
    return try await interruptible { connection throws(PostgresError) in
      try connection.openSession().awaitNotifications(limit)
    }
  }
}

extension LibpqSession {
  fileprivate func awaitNotifications(_ limit: WaitLimit) throws(PostgresError) -> [PostgresNotification] {
    while true {
      let pointer = unsafe try openPointer()
      if unsafe PQconsumeInput(pointer) != 1 { throw lostConnection() }
      let batch = takeNotifications()
      if !batch.isEmpty { return batch }
      do throws(PostgresError) {
        _ = try wait(for: POLLIN, limit, "a notification")
      } catch .deadlineExceeded {
        return []
      }
    }
  }

  private func takeNotifications() -> [PostgresNotification] {
    var batch: [PostgresNotification] = []
    while let notification = unsafe PQnotifies(pointer) {
      let channel = unsafe String(cString: notification.pointee.relname)
      batch.append(.received(channel: channel, payload: unsafe String(cString: notification.pointee.extra)))
      unsafe PQfreemem(notification)
    }
    return batch
  }
}
