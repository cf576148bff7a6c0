package import Privacy

/// Reads entries back: after a crash, to write nothing twice, and for `quern logs`.
package protocol JournalReader: Sendable {
  /// The event ids above `lastEventID` that the journal holds.
  ///
  /// - Parameter since: microseconds since 1970; older entries need not be looked at.
  func eventIDs(above lastEventID: Int64, since: UInt64, of instance: Identifier) throws(JournalError) -> Set<Int64>

  /// The entries of a job in their order that stand behind `cursor`; all of them for nil.
  ///
  /// - Parameter instance: nil for the jobs with this id in any database.
  func records(
    ofJob job: Int64,
    of instance: Identifier?,
    after cursor: String?
  ) throws(JournalError) -> [JournalRecord]
}

extension JournalReader {
  /// The entries of a job, and those that come; ends with the task.
  package func follow(
    job: Int64,
    of instance: Identifier?,
    interval: Duration = .milliseconds(250),
    each: (JournalRecord) throws -> Void
  )
    async throws
  {
    var cursor: String?
    while true {
      for record in try records(ofJob: job, of: instance, after: cursor) {
        try each(record)
        cursor = record.cursor
      }
      try await Task.sleep(for: interval)
    }
  }
}
