import JSON
import Postgres

/// One sample of `quern.metrics`, under its Prometheus name.
package struct QueueMetric: Sendable, Hashable {
  package let name: String
  package let labels: [String: String]
  package let value: Double

  init(_ row: PostgresRow) throws(PostgresError) {
    name = try row.decode("name")
    value = try row.decode("value")
    var labels: [String: String] = [:]
    for (key, value) in try row.decode("labels", as: JSONValue.self).object ?? [:] { labels[key] = value.string }
    self.labels = labels
  }
}

/// What the monitor asks of the queue besides events.
package struct QueueMonitor: Sendable {
  private let database: any QueueDatabase

  package init(_ database: any QueueDatabase) { self.database = database }

  package func metrics() async throws(QueueError) -> [QueueMetric] {
    try await database.ask(
      """
      SELECT name, labels, value FROM quern.queue_metrics()
      UNION ALL
      SELECT name, labels, value FROM quern.training_metrics()
      """,
      within: .seconds(5)
    ).decoded(QueueMetric.init)
  }

  /// One pass of the second net.
  /// - Returns: counts by what was done: recovered, expired, promoted, timed_out, …
  package func sweep() async throws(QueueError) -> [String: Int] {
    let done: JSONValue = try await database.value("SELECT quern.sweep()")
    var counts: [String: Int] = [:]
    for (key, count) in done.object ?? [:] { counts[key] = count.integer }
    return counts
  }
}
