import Logging
import ServiceLifecycle

extension PostgresClient {
  private static let checkInterval = Duration.seconds(30)

  /// Keeps the pool until the shutdown; then closes idle connections at once and the others as they come back.
  /// Cancellation does not wait for those.
  package func run() async throws {
    await withTaskCancellationOrGracefulShutdownHandler {
      await withDiscardingTaskGroup { group in
        group.addTask { await self.checkPeriodically() }
        for await action in actions {
          if action == .stop { break }
          group.addTask { await self.perform(action) }
        }
        group.cancelAll()
      }
    } onCancelOrGracefulShutdown: {
      self.handle { $0.machine.shutDown() }
    }
    for connection in read({ Array($0.connections.values) }) { await connection.close() }
  }

  private func perform(_ action: PoolStateMachine.Action) async {
    switch action {
    case .connect(let id): await connect(id)
    case .backOff(let id, let failures): await backOff(id, failures)
    case .check(let id): await check(id)
    case .close(let id): await read { $0.connections.removeValue(forKey: id) }?.close()
    case .grant, .refuse, .stop: preconditionFailure("\(action) is not for the background")
    }
  }

  private func connect(_ id: PoolStateMachine.ConnectionID) async {
    do throws(PostgresError) {
      let connection = try await PostgresConnection.connect(configuration, logger: logger)
      handle { pool in
        pool.connections[id] = connection
        pool.lastFailure = nil
        return pool.machine.connected(id)
      }
    } catch {
      logger.debug("PostgreSQL connect failed", metadata: ["error": "\(error)"])
      handle { pool in
        pool.lastFailure = error
        return pool.machine.connectFailed(id)
      }
    }
  }

  private func backOff(_ id: PoolStateMachine.ConnectionID, _ failures: Int) async {
    var generator = SystemRandomNumberGenerator()
    // Cancellation ends the wait early, and the pool with it.
    try? await Task.sleep(for: backoff.delay(attempt: failures, using: &generator))
    handle { $0.machine.backoffElapsed(id) }
  }

  private func check(_ id: PoolStateMachine.ConnectionID) async {
    guard let connection = read({ $0.connections[id] }) else {
      preconditionFailure("connection \(id) is checked and gone")
    }
    let alive: Bool
    do throws(PostgresError) {
      _ = try await connection.query("SELECT", deadline: .seconds(5))
      alive = true
    } catch {
      alive = false
    }
    handle { $0.machine.checked(id, alive: alive) }
  }

  private func checkPeriodically() async {
    while true {
      // Throws when the pool stops.
      do { try await Task.sleep(for: Self.checkInterval) } catch { return }
      handle { $0.machine.checkDue() }
    }
  }
}
