import CLibpq
package import Logging

/// One connection, on a thread of its own. Statements run one at a time, each with a deadline.
///
/// Cancelling the task, or the deadline, stops the statement in the server at once. Statements are unnamed and leave
/// nothing in the session, so that pgbouncer's transaction mode works.
package actor PostgresConnection {
  private nonisolated let executor: DispatchExecutor
  private nonisolated let wakeup: Wakeup
  private(set) var session: LibpqSession?

  package nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe executor.asUnownedSerialExecutor() }

  private init() throws(PostgresError) {
    executor = DispatchExecutor(label: "quern.postgres")
    wakeup = try Wakeup()
  }

  /// - Throws: `connection` with libpq's words, `deadlineExceeded`, `cancelled`. Name resolution is libpq's and cannot
  ///   be interrupted.
  package static func connect(
    _ configuration: PostgresConfiguration,
    logger: Logger,
    deadline: Duration = .seconds(10)
  ) async throws(PostgresError) -> PostgresConnection {
    let connection = try PostgresConnection()
    try await connection.open(configuration, logger: logger, limit: WaitLimit(deadline))
    return connection
  }

  private func open(_ configuration: PostgresConfiguration, logger: Logger, limit: WaitLimit)
    async throws(PostgresError)
  {
    session = try await interruptible { [wakeup] _ throws(PostgresError) in
      try LibpqSession(configuration, logger: logger, wakeup: wakeup, limit: limit)
    }
  }
}

extension PostgresConnection {
  /// Runs one statement.
  package func query(
    _ query: PostgresQuery,
    deadline: Duration = .seconds(30)
  ) async throws(PostgresError) -> PostgresResult {
    let results = try await exchange(.query(query), WaitLimit(deadline))
    guard let last = results.last else { throw .connection("the server sent no result") }
    return PostgresResult(storage: last)
  }

  /// Runs several statements without parameters: outside a transaction, in an implicit one.
  package func execute(script: String, deadline: Duration = .seconds(30)) async throws(PostgresError) {
    _ = try await exchange(.script(script), WaitLimit(deadline))
  }

  /// Sends all statements in one round trip and one implicit transaction: the first error undoes them all.
  /// - Returns: a result for each.
  package func pipeline(
    _ queries: [PostgresQuery],
    deadline: Duration = .seconds(30)
  ) async throws(PostgresError) -> [PostgresResult] {
    if queries.isEmpty { return [] }
    return try await exchange(.pipeline(queries), WaitLimit(deadline)).map(PostgresResult.init(storage:))
  }

  /// Ends the connection; statements that follow throw `closed`.
  package func close() { session = nil }

  /// Whether another user may have it: open, idle, no transaction. Looks at the socket without waiting.
  package var isReusable: Bool { session?.isReusable ?? false }

  /// Whether BEGIN was sent and neither COMMIT nor ROLLBACK.
  package var isInTransaction: Bool { session?.transactionStatus == PQTRANS_INTRANS }

  /// The server process of this connection, for `pg_terminate_backend` and the like.
  package var processID: Int32? { session?.processID }
}

extension PostgresConnection {
  func exchange(_ request: Request, _ limit: WaitLimit) async throws(PostgresError) -> [ResultStorage] {
    try await interruptible { connection throws(PostgresError) in
      try connection.openSession().exchange(request, limit)
    }
  }

  func openSession() throws(PostgresError) -> LibpqSession {
    guard let session else { throw .closed }
    return session
  }

  /// Runs a blocking call on this actor's thread; cancelling the task wakes it up.
  func interruptible<Success>(
    _ call: (isolated PostgresConnection) throws(PostgresError) -> Success
  ) async throws(PostgresError) -> Success {
    let outcome: Result<Success, PostgresError> = await withTaskCancellationHandler {
      do throws(PostgresError) { return .success(try call(self)) } catch { return .failure(error) }
    } onCancel: {
      wakeup.signal()
    }
    return try outcome.get()
  }
}
