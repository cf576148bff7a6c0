package import Jobs
import Postgres

/// Which jobs to list; nil lets all pass.
package struct JobFilter: Sendable, Hashable {
  package var states: [JobState]?
  package var kind: JobKind?
  package var queue: String?
  package var model: String?
  package var submitter: String?
  package var worker: String?
  /// Only ids below this one: for the next page.
  package var before: JobID?
  package var limit = 100

  package init() {}
}

extension JobFilter {
  var query: PostgresQuery {
    let states = states?.map(\.rawValue)
    let kind = kind?.rawValue
    let before = before?.rawValue
    return """
      SELECT \(unescaped: JobRecord.columns)
      FROM quern.jobs
      WHERE (\(states) IS NULL OR state::text = ANY (\(states)))
        AND (\(kind) IS NULL OR kind = \(kind))
        AND (\(queue) IS NULL OR queue = \(queue))
        AND (\(model) IS NULL OR model = \(model))
        AND (\(submitter) IS NULL OR submitter = \(submitter))
        AND (\(worker) IS NULL OR worker = \(worker))
        AND (\(before) IS NULL OR id < \(before))
      ORDER BY id DESC
      LIMIT \(limit)
      """
  }
}
