package import JSON

/// Something of a running attempt that is worth an event: a line of the training log, an evaluation, a warning.
package struct JobNote: Sendable, Hashable {
  package enum Level: String, Sendable, Hashable, CaseIterable {
    case info, warning, error
  }

  /// Lower case and `_`, and none of the queue's own.
  package let type: String
  package let level: Level
  /// A flat object of numbers, truth values, nulls and short identifiers: operators and the journal see it.
  package let data: JSONValue
  /// At most 2000 characters that may speak of content: its submitter reads it, and the journal what the redactor leaves.
  package let message: String?

  package init(_ type: String, level: Level = .info, data: JSONValue = [:], message: String? = nil) {
    self.type = type
    self.level = level
    self.data = data
    self.message = message
  }

  /// As `quern.record_notes` takes it.
  var json: JSONValue {
    var members = data.object ?? [:]
    members["level"] = .string(level.rawValue)
    if let message { members["message"] = .string(Self.stored(message)) }
    return .object(members)
  }

  /// As the database takes it: characters are code points there, and U+0000 is none.
  private static func stored(_ message: String) -> String {
    var text = String.UnicodeScalarView()
    text.append(contentsOf: message.unicodeScalars.lazy.filter { $0.value != 0 }.prefix(2000))
    return String(text)
  }
}
