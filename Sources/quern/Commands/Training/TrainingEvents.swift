import JSON
import Jobs
import Postgres
import Queue

/// What a job's attempts logged: the rows of `quern.events` after those that were read already.
struct TrainingEvents {
  let job: JobID
  private var lastID: Int64 = 0
  private(set) var history = TrainingHistory()
  private static let pageSize = 5000

  init(job: JobID) { self.job = job }

  /// - Returns: the entries that are new.
  mutating func read(_ database: some QueueDatabase) async throws -> [TrainingHistory.Entry] {
    var entries: [TrainingHistory.Entry] = []
    while true {
      let rows = try await database.query(
        """
        SELECT e.id, e.attempt, extract(epoch FROM e.at)::float8 AS time, e.data
        FROM quern.events AS e
        WHERE e.job = \(job)
          AND e.type = ANY (\(TrainingHistory.eventTypes))
          AND e.id > \(lastID)
        ORDER BY e.id
        LIMIT \(Int32(Self.pageSize))
        """,
        deadline: .seconds(30)
      )
      for row in rows {
        lastID = try row.decode("id")
        let attempt = Int(try row.decode("attempt", as: Int32.self))
        let data = try row.decode("data", as: JSONValue?.self)
        if let entry = history.append(data, attempt: attempt, time: try row.decode("time")) { entries.append(entry) }
      }
      if rows.count < Self.pageSize { return entries }
    }
  }
}
