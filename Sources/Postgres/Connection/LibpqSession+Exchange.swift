import CLibpq
import Glibc

/// What goes to the server in one round trip.
enum Request {
  case query(PostgresQuery)
  /// Statements separated by semicolons, without parameters.
  case script(String)
  /// Statements that travel together and succeed or fail together.
  case pipeline([PostgresQuery])
}

extension LibpqSession {
  /// How long an interrupted statement may take to stop before the connection is given up.
  private static let grace = Duration.seconds(3)

  /// Sends the request and collects its results.
  ///
  /// When the limit ends first, the server is asked to stop. A statement that it had finished all the same counts as
  /// done; one that it stopped throws what ended the waiting. The connection is idle again afterwards, or closed.
  func exchange(_ request: Request, _ limit: WaitLimit) throws(PostgresError) -> [ResultStorage] {
    try validate(request)
    try limit.check("sending a statement")
    let pointer = unsafe try openPointer()
    guard transactionStatus != PQTRANS_ACTIVE else { throw .busy }
    results = []
    do throws(PostgresError) {
      try unsafe send(request, on: pointer)
      try flush(limit)
      try receive(request, limit)
    } catch {
      try recover(from: error, request)
    }
    return try takeResults()
  }

  private func validate(_ request: Request) throws(PostgresError) {
    let queries: [PostgresQuery] =
      switch request {
      case .query(let query): [query]
      case .script(let sql): [PostgresQuery(unescaped: sql)]
      case .pipeline(let queries): queries
      }
    for query in queries {
      if query.sql.utf8.contains(0) { throw .encoding("a statement may not hold the character NUL") }
      try query.bindings.validate()
    }
  }

  private func send(_ request: Request, on pointer: OpaquePointer) throws(PostgresError) {
    switch request {
    case .query(let query):
      unsafe try require(sendQuery(query, on: pointer))
    case .script(let sql):
      unsafe try require(PQsendQuery(pointer, sql))
    case .pipeline(let queries):
      unsafe try require(PQenterPipelineMode(pointer))
      for query in queries { unsafe try require(sendQuery(query, on: pointer)) }
      unsafe try require(PQpipelineSync(pointer))
    }
  }

  private func require(_ success: Int32) throws(PostgresError) {
    if success != 1 { throw lostConnection() }
  }

  /// Parameters and results in binary, the statement unnamed.
  private func sendQuery(_ query: PostgresQuery, on pointer: OpaquePointer) -> Int32 {
    let bindings = query.bindings
    let formats = [Int32](repeating: 1, count: bindings.count)
    return unsafe bindings.withAddresses { values in
      unsafe PQsendQueryParams(
        pointer,
        query.sql,
        Int32(bindings.count),
        bindings.types,
        values,
        bindings.lengths,
        formats,
        1
      )
    }
  }
}

extension LibpqSession {
  func flush(_ limit: WaitLimit) throws(PostgresError) {
    while true {
      switch unsafe PQflush(pointer) {
      case 0: return
      case 1:
        // The server may block on its answers until we read them.
        if try wait(for: POLLIN | POLLOUT, limit, "sending a statement") & POLLIN != 0 { try consume() }
      default: throw lostConnection()
      }
    }
  }

  func receive(_ request: Request, _ limit: WaitLimit) throws(PostgresError) {
    if case .pipeline = request { try receivePipeline(limit) } else { try receiveStatement(limit) }
  }

  private func receiveStatement(_ limit: WaitLimit) throws(PostgresError) {
    while let result = try nextResult(limit) {
      results.append(result)
      if [PGRES_COPY_IN, PGRES_COPY_OUT, PGRES_COPY_BOTH].contains(result.status) {
        close()
        throw .configuration("COPY needs copyIn; COPY TO is not supported")
      }
    }
  }

  private func receivePipeline(_ limit: WaitLimit) throws(PostgresError) {
    while true {
      // Each statement's results end with a nil.
      guard let result = try nextResult(limit) else { continue }
      if result.status == PGRES_PIPELINE_SYNC { break }
      results.append(result)
    }
    unsafe try require(PQexitPipelineMode(pointer))
  }

  func nextResult(_ limit: WaitLimit) throws(PostgresError) -> ResultStorage? {
    while unsafe PQisBusy(pointer) == 1 {
      _ = try wait(for: POLLIN, limit, "a statement")
      try consume()
    }
    if unsafe PQstatus(pointer) == CONNECTION_BAD { throw lostConnection() }
    return unsafe PQgetResult(pointer).map { unsafe ResultStorage($0) }
  }

  private func consume() throws(PostgresError) {
    if unsafe PQconsumeInput(pointer) != 1 { throw lostConnection() }
  }

  /// Prefers the server's last words (57P01 and its kin) over libpq's. Closes the connection.
  func lostConnection() -> PostgresError {
    let words = connectionError()
    var report = results.lazy.compactMap(\.serverError).first
    while report == nil, let result = unsafe PQgetResult(pointer) {
      report = unsafe ResultStorage(result).serverError
    }
    close()
    return report.map(PostgresError.server) ?? words
  }
}

extension LibpqSession {
  /// After an interruption: makes the server stop, and reads what it still sends. Rethrows anything else.
  private func recover(from error: PostgresError, _ request: Request) throws(PostgresError) {
    switch error {
    case .cancelled, .deadlineExceeded: break
    default: throw error
    }
    do throws(PostgresError) {
      try stop(request, WaitLimit(Self.grace, heedsCancellation: false))
    } catch {
      close()
    }
    let wasStopped = results.contains { $0.serverError?.sqlState == "57014" }
    if unsafe pointer == nil || wasStopped { throw error }
  }

  private func stop(_ request: Request, _ limit: WaitLimit) throws(PostgresError) {
    let cancellation = unsafe CancelRequest(for: try openPointer())
    cancellation.send(then: wakeup)
    try flush(limit)
    try receive(request, limit)
    while !cancellation.isFinished { _ = try wait(for: 0, limit, "the end of a cancelled statement") }
  }

  func takeResults() throws(PostgresError) -> [ResultStorage] {
    defer { results = [] }
    if let error = results.lazy.compactMap(\.serverError).first { throw .server(error) }
    if let failed = results.first(where: { $0.status == PGRES_FATAL_ERROR || $0.status == PGRES_BAD_RESPONSE }) {
      throw .connection(failed.failureMessage)
    }
    return results
  }
}
