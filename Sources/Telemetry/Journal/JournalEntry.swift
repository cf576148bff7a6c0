package import FoundationEssentials
package import Privacy

/// Severity as syslog and journald number it.
package enum JournalPriority: Int, Sendable, Hashable {
  case emergency, alert, critical, error, warning, notice, information, debug
}

/// A field of an entry. Identifiers cannot hold content, and content fields take redacted text alone.
package enum JournalField: Sendable, Hashable {
  case eventID(Int64)
  case eventType(Identifier)
  /// Which database the event and job ids are of: several may write to one journal.
  case instance(Identifier)
  case jobID(Int64)
  case attempt(Int)
  case kind(Identifier)
  case queue(Identifier)
  case model(Identifier)
  case state(Identifier)
  case worker(Identifier)
  case errorCode(Identifier)
  case input(Redacted)
  case output(Redacted)
  case error(Redacted)
  /// The database's time of the event; the journal's own stamp is when it was written.
  case time(Date)

  /// The name in the journal.
  package var name: String {
    switch self {
    case .eventID: JournalField.eventIDName
    case .eventType: "QUERN_EVENT"
    case .instance: JournalField.instanceName
    case .jobID: JournalField.jobIDName
    case .attempt: "QUERN_ATTEMPT"
    case .kind: "QUERN_KIND"
    case .queue: "QUERN_QUEUE"
    case .model: "QUERN_MODEL"
    case .state: "QUERN_STATE"
    case .worker: "QUERN_WORKER"
    case .errorCode: "QUERN_ERROR_CODE"
    case .input: "QUERN_INPUT"
    case .output: "QUERN_OUTPUT"
    case .error: "QUERN_ERROR"
    case .time: "QUERN_TIME"
    }
  }

  package var value: String {
    switch self {
    case .eventID(let number), .jobID(let number): "\(number)"
    case .attempt(let number): "\(number)"
    case .eventType(let name), .instance(let name), .kind(let name), .queue(let name), .model(let name),
      .state(let name), .worker(let name),
      .errorCode(let name):
      name.description
    case .input(let text), .output(let text), .error(let text): text.description
    case .time(let date): date.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
    }
  }

  static let eventIDName = "QUERN_EVENT_ID"
  static let jobIDName = "QUERN_JOB_ID"
  static let instanceName = "QUERN_INSTANCE"
}

/// One structured entry of the journal.
package struct JournalEntry: Sendable, Hashable {
  package var messageID: MessageID
  package var priority: JournalPriority
  package var message: Redacted
  package var fields: [JournalField]

  package init(
    _ messageID: MessageID,
    priority: JournalPriority = .information,
    message: Redacted,
    fields: [JournalField]
  ) {
    self.messageID = messageID
    self.priority = priority
    self.message = message
    self.fields = fields
  }

  /// Names and values as they go into the journal.
  func wireFields(identifier: Identifier) -> [(name: String, value: String)] {
    [
      ("MESSAGE", message.description), ("MESSAGE_ID", messageID.rawValue), ("PRIORITY", "\(priority.rawValue)"),
      ("SYSLOG_IDENTIFIER", identifier.description),
    ] + fields.map { ($0.name, $0.value) }
  }
}
