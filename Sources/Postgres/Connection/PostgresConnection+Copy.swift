import CLibpq
import Glibc

extension PostgresConnection {
  /// Streams rows into a table: `COPY t (…) FROM STDIN …`. Each chunk is bytes in the format that `sql` names, in any
  /// cut. An error thrown by `chunks` undoes the copy.
  /// - Returns: the number of rows.
  nonisolated package func copyIn<Chunks: AsyncSequence>(
    _ sql: String,
    chunks: Chunks,
    deadline: Duration = .seconds(30)
  ) async throws -> Int where Chunks.Element == [UInt8] {
    let limit = WaitLimit(deadline)
    try await beginCopy(sql, limit)
    do {
      for try await chunk in chunks { try await putCopy(chunk, limit) }
    } catch {
      await abandonCopy()
      throw error
    }
    return try await endCopy(limit)
  }

  /// As with an asynchronous sequence.
  nonisolated package func copyIn(
    _ sql: String,
    rows: some Sequence<[UInt8]>,
    deadline: Duration = .seconds(30)
  ) async throws(PostgresError) -> Int {
    let limit = WaitLimit(deadline)
    try await beginCopy(sql, limit)
    do throws(PostgresError) {
      for row in rows { try await putCopy(row, limit) }
    } catch {
      await abandonCopy()
      throw error
    }
    return try await endCopy(limit)
  }

  private func beginCopy(_ sql: String, _ limit: WaitLimit) async throws(PostgresError) {
    try await interruptible { connection throws(PostgresError) in try connection.openSession().beginCopy(sql, limit) }
  }

  private func putCopy(_ chunk: [UInt8], _ limit: WaitLimit) async throws(PostgresError) {
    try await interruptible { connection throws(PostgresError) in try connection.openSession().putCopy(chunk, limit) }
  }

  private func endCopy(_ limit: WaitLimit) async throws(PostgresError) -> Int {
    try await interruptible { connection throws(PostgresError) in try connection.openSession().endCopy(limit) }
  }

  private func abandonCopy() { session?.abandonCopy() }
}

extension LibpqSession {
  fileprivate func beginCopy(_ sql: String, _ limit: WaitLimit) throws(PostgresError) {
    try limit.check("starting COPY")
    if sql.utf8.contains(0) { throw .encoding("a statement may not hold the character NUL") }
    guard transactionStatus != PQTRANS_ACTIVE else { throw .busy }
    results = []
    if unsafe PQsendQuery(try openPointer(), sql) != 1 { throw lostConnection() }
    do throws(PostgresError) {
      try flush(limit)
      guard let first = try nextResult(limit) else { throw .connection("the server sent no result") }
      if first.status == PGRES_COPY_IN { return }
      results.append(first)
    } catch {
      abandonCopy()
      throw error
    }
    while let result = try nextResult(limit) { results.append(result) }
    _ = try takeResults()
    throw .configuration("the statement is no COPY … FROM STDIN")
  }

  fileprivate func putCopy(_ chunk: [UInt8], _ limit: WaitLimit) throws(PostgresError) {
    try limit.check("COPY")
    let pointer = unsafe try openPointer()
    let outcome = unsafe chunk.withUnsafeBytes { bytes in
      unsafe PQputCopyData(pointer, bytes.baseAddress?.assumingMemoryBound(to: CChar.self), Int32(bytes.count))
    }
    if outcome != 1 { throw lostConnection() }
    // libpq would buffer without bound.
    try flush(limit)
  }

  fileprivate func endCopy(_ limit: WaitLimit) throws(PostgresError) -> Int {
    do throws(PostgresError) {
      if unsafe PQputCopyEnd(try openPointer(), nil) != 1 { throw lostConnection() }
      try flush(limit)
      while let result = try nextResult(limit) { results.append(result) }
    } catch {
      abandonCopy()
      throw error
    }
    return try takeResults().last?.rowsAffected ?? 0
  }

  /// Ends an open COPY with an error; a server that does not follow within a second loses the connection.
  fileprivate func abandonCopy() {
    guard let pointer = unsafe pointer else { return }
    let limit = WaitLimit(.seconds(1), heedsCancellation: false)
    let cancellation = unsafe CancelRequest(for: pointer)
    do throws(PostgresError) {
      // Of two blocked states the one that reads from us needs the message, the one that waits for a lock the request.
      _ = unsafe PQputCopyEnd(pointer, "abandoned by the client")
      cancellation.send(then: wakeup)
      try flush(limit)
      while try nextResult(limit) != nil {}
      while !cancellation.isFinished { _ = try wait(for: 0, limit, "the end of COPY") }
    } catch {
      close()
    }
    results = []
  }
}
