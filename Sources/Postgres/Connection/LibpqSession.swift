import CLibpq
import Glibc
import Logging

/// One `PGconn` in non-blocking mode and the waiting for it. Belongs to one actor; every call may block its thread,
/// never longer than the limit given.
@safe final class LibpqSession {
  private(set) var pointer: OpaquePointer?
  let wakeup: Wakeup
  /// What the statement in progress has returned so far.
  var results: [ResultStorage] = []
  private let notices: NoticeLog

  /// Connects and authenticates.
  init(_ configuration: PostgresConfiguration, logger: Logger, wakeup: Wakeup, limit: WaitLimit) throws(PostgresError) {
    self.wakeup = wakeup
    notices = NoticeLog(logger: logger)
    unsafe pointer = unsafe Self.start(configuration)
    do throws(PostgresError) {
      try establish(limit)
    } catch {
      close()
      throw error
    }
  }

  deinit { close() }

  func close() {
    unsafe PQfinish(pointer)
    unsafe pointer = nil
  }
}

extension LibpqSession {
  private static func start(_ configuration: PostgresConfiguration) -> OpaquePointer? {
    let pairs = configuration.effectiveKeywords.sorted { $0.key < $1.key }
    let keywords = unsafe pairs.map { unsafe strdup($0.key) } + [nil]
    let values = unsafe pairs.map { unsafe strdup($0.value) } + [nil]
    defer { unsafe (keywords + values).forEach { unsafe free($0) } }
    let constKeywords = unsafe keywords.map { unsafe UnsafePointer($0) }
    let constValues = unsafe values.map { unsafe UnsafePointer($0) }
    return unsafe PQconnectStartParams(constKeywords, constValues, 0)
  }

  private func establish(_ limit: WaitLimit) throws(PostgresError) {
    let pointer = unsafe try openPointer()
    unsafe notices.install(on: pointer)
    if unsafe PQstatus(pointer) == CONNECTION_BAD { throw connectionError() }
    var direction = PGRES_POLLING_WRITING
    while direction != PGRES_POLLING_OK {
      try limit.check("connecting")
      _ = try wait(for: direction == PGRES_POLLING_WRITING ? POLLOUT : POLLIN, limit, "connecting")
      direction = unsafe PQconnectPoll(pointer)
      if direction == PGRES_POLLING_FAILED { throw connectionError() }
    }
    if unsafe PQsetnonblocking(pointer, 1) != 0 { throw connectionError() }
  }
}

extension LibpqSession {
  func openPointer() throws(PostgresError) -> OpaquePointer {
    guard let pointer = unsafe pointer else { throw .closed }
    return unsafe pointer
  }

  var transactionStatus: PGTransactionStatusType { unsafe PQtransactionStatus(pointer) }

  var isInFailedTransaction: Bool { transactionStatus == PQTRANS_INERROR }

  /// Nothing in progress, no transaction open, and no news of an end.
  var isReusable: Bool {
    guard let pointer = unsafe pointer else { return false }
    // The first read may find the server's last words, the second the end of the connection.
    for _ in 0..<2 where unsafe PQconsumeInput(pointer) != 1 { return false }
    while let notification = unsafe PQnotifies(pointer) { unsafe PQfreemem(notification) }
    return unsafe PQstatus(pointer) == CONNECTION_OK && PQtransactionStatus(pointer) == PQTRANS_IDLE
  }

  var processID: Int32 { unsafe PQbackendPID(pointer) }

  /// Waits until the socket is ready for `events` or `wakeup` was signalled; returns what the socket is ready for.
  /// No events: waits for the wakeup alone.
  func wait(for events: Int32, _ limit: WaitLimit, _ what: String) throws(PostgresError) -> Int32 {
    while true {
      try limit.check(what)
      let socket = unsafe events == 0 ? -1 : PQsocket(pointer)
      var descriptors = [
        pollfd(fd: socket, events: Int16(events), revents: 0),
        pollfd(fd: wakeup.descriptor, events: Int16(POLLIN), revents: 0),
      ]
      let ready = unsafe poll(&descriptors, 2, limit.remainingMilliseconds)
      if ready < 0, errno != EINTR { throw .connection("poll failed (errno \(errno))") }
      if ready <= 0 { continue }
      if descriptors[1].revents != 0 {
        wakeup.drain()
        try limit.check(what)
      }
      return Int32(descriptors[0].revents)
    }
  }

  /// libpq's words; it names host, port and user, never the password.
  func connectionError() -> PostgresError {
    let message = unsafe String(cString: PQerrorMessage(pointer))
    return .connection(message.split(separator: "\n").joined(separator: " "))
  }
}
