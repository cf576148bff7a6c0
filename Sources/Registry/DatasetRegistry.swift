package import JSON
package import Postgres

/// Datasets in the database: immutable versions of rows, which belong to the role that made them.
package struct DatasetRegistry: Sendable {
  private let client: PostgresClient

  /// Rows that one statement carries.
  private static let batchSize = 500

  package init(_ client: PostgresClient) {
    self.client = client
  }

  /// A row on its way in.
  package struct Row: Sendable, Hashable {
    /// An object of columns.
    package let content: JSONValue
    /// Whom the row is about.
    package let subject: String?

    package init(content: JSONValue, subject: String? = nil) {
      self.content = content
      self.subject = subject
    }
  }

  /// Stores the next version of `name`, all of it or nothing.
  /// - Parameters:
  ///   - detail: where it comes from, for people.
  ///   - fill: hands over the rows, in order, as many at a time as it likes.
  /// - Returns: `name@version`.
  package func create(
    _ name: String,
    detail: JSONValue = [:],
    fill: ((_ rows: [Row]) async throws -> Void) async throws -> Void
  ) async throws -> String {
    try await client.withTransaction { connection in
      let draft: Int64 = try await connection.query("SELECT quern.open_dataset(\(name), \(detail))")[0].decode(0)
      try await fill { rows in
        for start in stride(from: 0, to: rows.count, by: Self.batchSize) {
          let batch = rows[start..<min(start + Self.batchSize, rows.count)]
          let contents = batch.map(\.content), subjects = batch.map(\.subject)
          _ = try await connection.query("SELECT quern.append_dataset(\(draft), \(contents), \(subjects))")
        }
      }
      return try await connection.query("SELECT quern.seal_dataset(\(draft))")[0].decode(0)
    }
  }

  /// `name@version` of the caller's dataset that a name means now.
  /// - Throws: the server's `dataset_not_found` with the nearest name.
  package func resolve(_ dataset: String) async throws -> String {
    try await client.query("SELECT quern.resolve_dataset(\(dataset))")[0].decode(0)
  }

  /// The rows of a dataset of the caller's, in order.
  /// - Parameter most: ends after so many.
  package func rows(of dataset: String, most: Int = .max) async throws -> [JSONValue] {
    try await collect(most: most) { after, count in
      try await client.query("SELECT index, content FROM quern.dataset_rows(\(dataset), \(after), \(count))")
    }
  }

  /// Some rows, in order.
  package struct Page: Sendable {
    package let rows: [JSONValue]
    /// Of the last of them, to ask for the next page; nil past the end.
    package let lastIndex: Int32?
  }

  /// The next rows of a dataset that a running job names, for the worker that runs it.
  /// - Parameters:
  ///   - index: of the row before; -1 for the first page.
  ///   - byteCount: of JSON, at most, unless a single row has more.
  package func page(
    of dataset: String,
    after index: Int32,
    byteCount: Int,
    worker: String,
    job: Int64,
    attempt: Int32
  ) async throws -> Page {
    let page = try await client.query(
      """
      SELECT index, content
      FROM quern.job_dataset_page(\(worker), \(job), \(attempt), \(dataset), \(index), \(byteCount), \(Int32(Self.pageSize)))
      """
    )
    var rows: [JSONValue] = []
    var last: Int32?
    for row in page {
      last = try row.decode("index")
      rows.append(try row.decode("content"))
    }
    return Page(rows: rows, lastIndex: last)
  }

  private func collect(
    most: Int,
    next: (_ after: Int32, _ count: Int32) async throws -> PostgresResult
  ) async throws -> [JSONValue] {
    var rows: [JSONValue] = []
    var last: Int32 = -1
    while rows.count < most {
      let page = try await next(last, Int32(min(Self.pageSize, most - rows.count)))
      for row in page {
        last = try row.decode("index")
        rows.append(try row.decode("content"))
      }
      if page.count < Self.pageSize { break }
    }
    return rows
  }

  private static var pageSize: Int { 1000 }

  /// Deletes one version.
  /// - Returns: `name@version`.
  package func remove(_ dataset: String) async throws -> String {
    try await client.query("SELECT quern.remove_dataset(\(dataset))")[0].decode(0)
  }
}
