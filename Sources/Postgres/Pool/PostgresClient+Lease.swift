extension PostgresClient {
  /// Waits for a connection that is alive.
  func lease(within duration: Duration) async throws(PostgresError) -> Lease {
    let end = ContinuousClock.now + duration
    while true {
      let lease = if let idle = takeIdle() { idle } else { try await grant(before: end) }
      if await lease.connection.isReusable { return lease }
      handle { $0.machine.released(lease.id, reusable: false) }
    }
  }

  /// A broken connection, or one left in a transaction, leaves the pool.
  func giveBack(_ lease: Lease) async {
    let reusable = await lease.connection.isReusable
    handle { $0.machine.released(lease.id, reusable: reusable) }
  }

  private func takeIdle() -> Lease? {
    read { pool in
      guard let id = pool.machine.takeIdle(), let connection = pool.connections[id] else { return nil }
      return Lease(id: id, connection: connection)
    }
  }

  private func grant(before end: ContinuousClock.Instant) async throws(PostgresError) -> Lease {
    let waiter = read { pool in
      defer { pool.nextWaiter += 1 }
      return pool.nextWaiter
    }
    do {
      return try await withThrowingTaskGroup { group in
        group.addTask { try await self.wait(as: waiter) }
        group.addTask {
          // Cut short when the other task has an outcome, which alone counts.
          do { try await Task.sleep(until: end) } catch { return nil }
          self.withdraw(waiter, self.failureToConnect())
          return nil
        }
        defer { group.cancelAll() }
        while let outcome = try await group.next() {
          if let lease = outcome { return lease }
        }
        throw PostgresError.cancelled
      }
    } catch {
      throw error as? PostgresError ?? .cancelled
    }
  }

  /// Never nil: the optional is the group's.
  private func wait(as waiter: PoolStateMachine.WaiterID) async throws -> Lease? {
    try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        handle { pool in
          pool.waiters[waiter] = continuation
          return pool.machine.requested(by: waiter)
        }
        // A cancellation that came before the continuation was there found nothing to withdraw.
        if Task.isCancelled { withdraw(waiter, .cancelled) }
      }
    } onCancel: {
      withdraw(waiter, .cancelled)
    }
  }

  private func withdraw(_ waiter: PoolStateMachine.WaiterID, _ error: PostgresError) {
    let continuation = read { pool in
      pool.machine.withdrawn(waiter) ? pool.waiters.removeValue(forKey: waiter) : nil
    }
    continuation?.resume(throwing: error)
  }

  private func failureToConnect() -> PostgresError {
    let reason = read(\.lastFailure).map { "; last attempt: \($0)" } ?? ""
    return .deadlineExceeded(what: "waiting for a connection\(reason)")
  }
}
