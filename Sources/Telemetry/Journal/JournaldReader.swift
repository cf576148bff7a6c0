package import Privacy

/// Reads what `JournaldSink` wrote, of any process with its identifier.
package struct JournaldReader: JournalReader {
  private let identifier: Identifier

  package init(identifier: Identifier) {
    self.identifier = identifier
  }

  package func eventIDs(
    above lastEventID: Int64,
    since: UInt64,
    of instance: Identifier
  ) throws(JournalError) -> Set<Int64> {
    let journal = try JournaldHandle()
    try journal.match("SYSLOG_IDENTIFIER=\(identifier)")
    try journal.match("\(JournalField.instanceName)=\(instance)")
    try journal.seekToEnd()
    var found: Set<Int64> = []
    // Newest first, so that the search ends with the writer's last life and not with the first entry ever.
    while try journal.previous(), try journal.realtime() >= since {
      if let text = try journal.value(of: JournalField.eventIDName), let id = Int64(text), id > lastEventID {
        found.insert(id)
      }
    }
    return found
  }

  package func records(
    ofJob job: Int64,
    of instance: Identifier?,
    after cursor: String?
  ) throws(JournalError) -> [JournalRecord] {
    let journal = try JournaldHandle()
    try journal.match("SYSLOG_IDENTIFIER=\(identifier)")
    try journal.match("\(JournalField.jobIDName)=\(job)")
    if let instance { try journal.match("\(JournalField.instanceName)=\(instance)") }
    try journal.seekToStart()
    var records: [JournalRecord] = []
    while try journal.next() {
      let record = try JournalRecord(realtime: journal.realtime(), cursor: journal.cursor(), fields: journal.fields())
      if record.cursor == cursor { records = [] } else { records.append(record) }
    }
    return records
  }
}
