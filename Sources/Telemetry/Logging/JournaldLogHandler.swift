package import Logging
package import Privacy

/// Sends log records to journald as fields: `job.id` becomes `QUERN_JOB_ID`. An error is part of the message too, or
/// `systemctl status` would say that something failed and not why.
package struct JournaldLogHandler: LogHandler {
  package var metadata: Logger.Metadata = [:]
  package var metadataProvider: Logger.MetadataProvider?
  package var logLevel: Logger.Level
  private let label: String
  private let identifier: Identifier
  private let counters: LogCounters?

  package init(label: String, identifier: Identifier, level: Logger.Level, counters: LogCounters?) {
    self.label = label
    self.identifier = identifier
    self.counters = counters
    logLevel = level
  }

  package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  package func log(event: LogEvent) {
    let record = LogRecord(event, metadata: mergedMetadata(of: event))
    counters?.count(event.level)
    do {
      try sendToJournald(fields(record))
    } catch {
      // A log that cannot be written has nowhere to say so but its counter.
      counters?.countDropped()
    }
  }

  private func fields(_ record: LogRecord) -> [(name: String, value: String)] {
    [
      ("MESSAGE", Self.message(record)), ("PRIORITY", "\(record.level.journalPriority.rawValue)"),
      ("SYSLOG_IDENTIFIER", identifier.description), ("QUERN_LOGGER", label), ("CODE_FILE", record.file),
      ("CODE_LINE", "\(record.line)"), ("CODE_FUNC", record.function),
    ] + record.metadata.map { (Self.fieldName($0.key), $0.value) }
  }

  private static func message(_ record: LogRecord) -> String {
    guard let error = record.metadata.first(where: { $0.key == "error" }) else { return record.message }
    return "\(record.message): \(error.value)"
  }

  /// Upper-case letters, digits and underscores, as journald demands; at most 64 characters.
  package static func fieldName(_ key: String) -> String {
    let name = key.map { character in
      character.isASCII && (character.isLetter || character.isNumber) ? character : "_"
    }
    return String(("QUERN_" + String(name).uppercased()).prefix(64))
  }
}

extension LogHandler {
  /// The metadata of provider, handler and call; later ones win.
  func mergedMetadata(of event: LogEvent) -> Logger.Metadata {
    (metadataProvider?.get() ?? [:]).merging(metadata) { $1 }.merging(event.metadata ?? [:]) { $1 }
  }
}
