package import Postgres
package import Telemetry

/// A pool whose statements are timed and whose failures are counted, by the function of Quern that they call.
package struct MeteredDatabase: QueueDatabase {
  private let client: PostgresClient
  private let seconds: Histogram
  private let errors: Counter

  package init(_ client: PostgresClient, _ registry: MetricsRegistry) {
    self.client = client
    seconds = registry.histogram(
      "quern_db_query_seconds",
      help: "Time of a statement, wait for a connection included, in seconds.",
      labels: [MetricLabel("op", limit: 40)],
      buckets: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]
    )
    errors = registry.counter(
      "quern_db_errors_total",
      help: "Statements that failed.",
      labels: [MetricLabel("op", limit: 40)]
    )
  }

  package func query(_ query: PostgresQuery, deadline: Duration) async throws(PostgresError) -> PostgresResult {
    let start = ContinuousClock.now
    let operation = Self.operation(of: query.sql)
    defer { seconds.observe(ContinuousClock.now - start, operation) }
    do throws(PostgresError) {
      return try await client.query(query, deadline: deadline)
    } catch {
      errors.increment(operation)
      throw error
    }
  }

  /// `claim` of `… FROM quern.claim($1, …`.
  static func operation(of sql: String) -> String {
    guard let call = sql.firstRange(of: "quern.") else { return "other" }
    return String(sql[call.upperBound...].prefix { $0.isLetter || $0 == "_" })
  }
}
