import CLibpq

/// Owner of one `PGresult`, which libpq never changes again.
///
/// Unchecked because the pointer is only read after `init` and freed once.
@safe final class ResultStorage: @unchecked Sendable {
  private let pointer: OpaquePointer
  let rowCount: Int
  let names: [String]
  let types: [PostgresType]

  init(_ pointer: OpaquePointer) {
    unsafe self.pointer = pointer
    rowCount = unsafe Int(PQntuples(pointer))
    let columns = unsafe 0..<PQnfields(pointer)
    names = columns.map { unsafe PQfname(pointer, $0).map { unsafe String(cString: $0) } ?? "" }
    types = columns.map { unsafe PostgresType(rawValue: PQftype(pointer, $0)) }
  }

  deinit { unsafe PQclear(pointer) }
}

extension ResultStorage {
  var status: ExecStatusType { unsafe PQresultStatus(pointer) }

  /// The count of the command tag; 0 for commands without one.
  var rowsAffected: Int {
    unsafe Int(String(cString: PQcmdTuples(pointer))) ?? 0
  }

  /// Nil for NULL. The bytes live as long as this object.
  func bytes(row: Int, column: Int) -> UnsafeRawBufferPointer? {
    if unsafe PQgetisnull(pointer, Int32(row), Int32(column)) == 1 { return nil }
    let start = unsafe PQgetvalue(pointer, Int32(row), Int32(column))
    return unsafe UnsafeRawBufferPointer(start: start, count: Int(PQgetlength(pointer, Int32(row), Int32(column))))
  }

  /// The server's report, when this is one.
  var serverError: PostgresServerError? {
    guard status == PGRES_FATAL_ERROR, let sqlState = field(CLIBPQ_DIAG_SQLSTATE) else { return nil }
    return PostgresServerError(
      severity: field(CLIBPQ_DIAG_SEVERITY) ?? "ERROR",
      sqlState: sqlState,
      message: field(CLIBPQ_DIAG_MESSAGE) ?? "",
      detail: field(CLIBPQ_DIAG_DETAIL),
      hint: field(CLIBPQ_DIAG_HINT),
      schema: field(CLIBPQ_DIAG_SCHEMA),
      table: field(CLIBPQ_DIAG_TABLE),
      column: field(CLIBPQ_DIAG_COLUMN),
      constraint: field(CLIBPQ_DIAG_CONSTRAINT)
    )
  }

  /// libpq's own words for a failure that the server did not report.
  var failureMessage: String {
    unsafe String(cString: PQresultErrorMessage(pointer))
  }

  private func field(_ code: Int32) -> String? {
    unsafe PQresultErrorField(pointer, code).map { unsafe String(cString: $0) }
  }
}
