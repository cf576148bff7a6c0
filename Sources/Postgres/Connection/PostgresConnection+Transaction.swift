/// PostgreSQL's levels; the server's default is read committed.
package enum IsolationLevel: String, Sendable {
  case readCommitted = "READ COMMITTED"
  case repeatableRead = "REPEATABLE READ"
  case serializable = "SERIALIZABLE"
}

extension PostgresConnection {
  /// Runs `body` between BEGIN and COMMIT, or ROLLBACK when it throws. Trying again is the caller's business.
  ///
  /// Neither COMMIT nor ROLLBACK heeds the cancellation of the task. When COMMIT itself throws `connection` or
  /// `deadlineExceeded`, nobody knows whether it happened.
  nonisolated package func transaction<Success>(
    isolation level: IsolationLevel = .readCommitted,
    deadline: Duration = .seconds(30),
    _ body: (PostgresConnection) async throws -> Success
  ) async throws -> Success {
    _ = try await query(PostgresQuery(unescaped: "BEGIN ISOLATION LEVEL \(level.rawValue)"), deadline: deadline)
    let success: Success
    do {
      success = try await body(self)
    } catch {
      await rollback()
      throw error
    }
    try await commit(deadline: deadline)
    return success
  }

  /// A COMMIT of a failed transaction is answered with ROLLBACK and no error: that one must not pass for success.
  private func commit(deadline: Duration) async throws(PostgresError) {
    if try openSession().isInFailedTransaction {
      await rollback()
      throw .server(.failedTransaction)
    }
    _ = try await exchange(.script("COMMIT"), WaitLimit(deadline, heedsCancellation: false))
  }

  /// A connection that cannot roll back is closed, which has the same effect.
  private func rollback() async {
    do {
      _ = try await exchange(.script("ROLLBACK"), WaitLimit(.seconds(5), heedsCancellation: false))
    } catch {
      close()
    }
  }
}

extension PostgresServerError {
  fileprivate static let failedTransaction = PostgresServerError(
    severity: "ERROR",
    sqlState: "25P02",
    message: "current transaction is aborted, it was rolled back"
  )
}
