import JSON
package import Postgres

/// What the functions of the schema `quern` answer when they do not do what was asked.
package enum QueueError: Error, Sendable, Hashable {
  /// Quern refused: a code for programs, words for people that hold no content.
  case refused(Refusal)
  /// The database could not be asked, or failed.
  case database(PostgresError)
  /// A row that this version cannot read.
  case unreadable(column: String)

  package struct Refusal: Sendable, Hashable {
    /// As in `JobError.Code`; a text, since a newer database may know more.
    package let code: String
    package let param: String?
    package let message: String
    /// 22023, 42501 for rights, 0A000 for what is not available yet.
    package let sqlState: String
  }
}

extension QueueError {
  package init(_ error: PostgresError) {
    guard case .server(let report) = error, let refusal = Refusal(report) else {
      self = .database(error)
      return
    }
    self = .refused(refusal)
  }

  /// Whether the same call may succeed later.
  package var isTransient: Bool {
    if case .database(let error) = self { error.isTransient } else { false }
  }

  package var refusal: Refusal? {
    if case .refused(let refusal) = self { refusal } else { nil }
  }
}

extension QueueError.Refusal {
  /// Nil for errors that are PostgreSQL's own, except missing rights.
  init?(_ report: PostgresServerError) {
    if let text = report.detail, let detail = try? JSONValue(parsing: text), let code = detail["code"]?.string {
      // Only our own functions write such a detail: other texts are no JSON, and no refusal.
      self.init(code: code, param: detail["param"]?.string, message: report.message, sqlState: report.sqlState)
    } else if report.sqlState == "42501" {
      self.init(
        code: JobError.Code.permissionDenied.rawValue,
        param: nil,
        message: "\(report.message): ask for membership in a role of Quern",
        sqlState: report.sqlState
      )
    } else {
      return nil
    }
  }
}

extension QueueError: CustomStringConvertible {
  package var description: String {
    switch self {
    case .refused(let refusal): "\(refusal.message) (\(refusal.code))"
    case .database(let error): error.description
    case .unreadable(let column): "the column \(column) cannot be read: database and program are of different versions"
    }
  }
}
