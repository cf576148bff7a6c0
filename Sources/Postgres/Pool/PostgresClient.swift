package import Logging
import ServiceLifecycle
import Synchronization

/// A pool of connections. Statements wait for one until their deadline, while `run()` opens, checks and replaces them.
///
/// A server that restarts costs the statements in flight (they throw a transient error) and delays the next ones.
/// Trying a failed statement again is the caller's business.
package final class PostgresClient: Service, Sendable {
  let configuration: PostgresConfiguration
  let logger: Logger
  let backoff = Backoff()
  let actions: AsyncStream<PoolStateMachine.Action>
  private let pendingActions: AsyncStream<PoolStateMachine.Action>.Continuation
  private let pool: Mutex<Pool>

  /// What the lock guards: the decisions, and the objects that they are about.
  struct Pool {
    var machine: PoolStateMachine
    var connections: [PoolStateMachine.ConnectionID: PostgresConnection] = [:]
    var waiters: [PoolStateMachine.WaiterID: CheckedContinuation<Lease, any Error>] = [:]
    var nextWaiter = 0
    /// Why the last attempt to connect failed, for those who wait in vain.
    var lastFailure: PostgresError?
  }

  /// A connection in use.
  struct Lease: Sendable {
    let id: PoolStateMachine.ConnectionID
    let connection: PostgresConnection
  }

  package init(_ configuration: PostgresConfiguration, maximumConnections: Int = 4, logger: Logger) {
    self.configuration = configuration
    self.logger = logger
    pool = Mutex(Pool(machine: PoolStateMachine(maximumConnections: maximumConnections)))
    (actions, pendingActions) = AsyncStream.makeStream()
  }
}

extension PostgresClient {
  /// Runs one statement on any connection; `deadline` includes the wait for it.
  package func query(
    _ query: PostgresQuery,
    deadline: Duration = .seconds(30)
  ) async throws(PostgresError) -> PostgresResult {
    let end = ContinuousClock.now + deadline
    let lease = try await lease(within: deadline)
    let outcome: Result<PostgresResult, PostgresError>
    do throws(PostgresError) {
      outcome = .success(try await lease.connection.query(query, deadline: end - .now))
    } catch {
      outcome = .failure(error)
    }
    await giveBack(lease)
    return try outcome.get()
  }

  /// Lends a connection to `body`. One that comes back with an open transaction is closed.
  /// - Parameter deadline: for the wait for the connection alone.
  package func withConnection<Success>(
    deadline: Duration = .seconds(10),
    _ body: (PostgresConnection) async throws -> Success
  ) async throws -> Success {
    let lease = try await lease(within: deadline)
    do {
      let success = try await body(lease.connection)
      await giveBack(lease)
      return success
    } catch {
      await giveBack(lease)
      throw error
    }
  }

  /// Runs `body` between BEGIN and COMMIT on a connection of its own.
  package func withTransaction<Success>(
    isolation level: IsolationLevel = .readCommitted,
    deadline: Duration = .seconds(30),
    _ body: (PostgresConnection) async throws -> Success
  ) async throws -> Success {
    try await withConnection(deadline: deadline) { connection in
      try await connection.transaction(isolation: level, deadline: deadline, body)
    }
  }
}

extension PostgresClient {
  /// Applies an event under the lock, then carries out what follows from it outside of it.
  func handle(_ event: (inout Pool) -> [PoolStateMachine.Action]) {
    let effects = pool.withLock { pool in event(&pool).map { Effect($0, &pool) } }
    for effect in effects {
      switch effect {
      case .resume(let waiter, let outcome): waiter.resume(with: outcome)
      case .run(let action): pendingActions.yield(action)
      }
    }
  }

  func read<Value: Sendable>(_ body: (inout Pool) -> Value) -> Value { pool.withLock { body(&$0) } }

  private enum Effect {
    case resume(CheckedContinuation<Lease, any Error>, Result<Lease, any Error>)
    case run(PoolStateMachine.Action)

    init(_ action: PoolStateMachine.Action, _ pool: inout Pool) {
      switch action {
      case .grant(let waiter, let id):
        guard let continuation = pool.waiters.removeValue(forKey: waiter), let connection = pool.connections[id] else {
          preconditionFailure("connection \(id) was granted to waiter \(waiter), and one of them is gone")
        }
        self = .resume(continuation, .success(Lease(id: id, connection: connection)))
      case .refuse(let waiter):
        guard let continuation = pool.waiters.removeValue(forKey: waiter) else {
          preconditionFailure("waiter \(waiter) was refused and is gone")
        }
        self = .resume(continuation, .failure(PostgresError.closed))
      case .connect, .backOff, .check, .close, .stop:
        self = .run(action)
      }
    }
  }
}
