import CLibpq
import Logging

/// Sends the server's notices to the log, without their text: it may quote data.
@safe final class NoticeLog {
  private let logger: Logger

  init(logger: Logger) { self.logger = logger }

  /// - Precondition: this object outlives `connection`.
  func install(on connection: OpaquePointer) {
    let receiver: PQnoticeReceiver = { context, result in
      guard let context = unsafe context else { return }
      unsafe Unmanaged<NoticeLog>.fromOpaque(context).takeUnretainedValue().record(result)
    }
    _ = unsafe PQsetNoticeReceiver(connection, receiver, Unmanaged.passUnretained(self).toOpaque())
  }

  private func record(_ result: OpaquePointer?) {
    let fields = [CLIBPQ_DIAG_SEVERITY, CLIBPQ_DIAG_SQLSTATE].map { code in
      unsafe PQresultErrorField(result, code).map { unsafe String(cString: $0) } ?? ""
    }
    logger.debug(
      "PostgreSQL notice",
      metadata: ["postgres.severity": "\(fields[0])", "postgres.sqlstate": "\(fields[1])"]
    )
  }
}
