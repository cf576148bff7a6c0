package import Logging
import Privacy

/// One line of a log: its message and the values that may leave the process.
///
/// Messages are constants of our source; they pass the redactor all the same, because nothing makes a caller keep to
/// that. Metadata is identifiers; only under the keys of `textKeys` may it be prose, redacted. Anything else is
/// withheld: it could be a prompt.
package struct LogRecord {
  let level: Logger.Level
  let message: String
  /// Sorted by key.
  let metadata: [(key: String, value: String)]
  let file: String
  let function: String
  let line: UInt

  private static let textKeys: Set<String> = ["error", "reason", "path", "address", "database", "hint"]
  private static let longestText = 2048
  private static let redactor = Redactor()

  package init(_ event: LogEvent, metadata: Logger.Metadata) {
    level = event.level
    message = Self.redacted(event.message.description)
    var values = metadata.flatMap { Self.flattened($0.key, $0.value) }
    if let error = event.error { values.append(("error", Self.redacted("\(error)"))) }
    self.metadata = values.sorted { $0.key < $1.key }
    file = event.file
    function = event.function
    line = event.line
  }

  private static func flattened(_ key: String, _ value: Logger.MetadataValue) -> [(key: String, value: String)] {
    switch value {
    case .string(let text): [(key, permitted(text, key: key))]
    case .stringConvertible(let convertible): [(key, permitted(convertible.description, key: key))]
    case .array(let values): values.enumerated().flatMap { flattened("\(key).\($0)", $1) }
    case .dictionary(let values): values.flatMap { flattened("\(key).\($0.key)", $0.value) }
    }
  }

  private static func permitted(_ text: String, key: String) -> String {
    if Identifier(text) != nil || text.isEmpty || isNumber(text) { return text }
    let lastPart = key.split(separator: ".").last.map(String.init) ?? key
    guard textKeys.contains(lastPart) else { return "[withheld: \(text.utf8.count) bytes]" }
    return redacted(text)
  }

  /// Measurements: `1.5`, `12 ms`, `0.25 seconds`.
  private static func isNumber(_ text: String) -> Bool {
    let parts = text.split(separator: " ")
    guard parts.count <= 2, let first = parts.first, first.utf8.count <= 20, Double(first) != nil else { return false }
    return parts.count == 1 || (parts[1].utf8.count <= 12 && Identifier(String(parts[1])) != nil)
  }

  private static func redacted(_ text: String) -> String {
    let full = redactor.redact(text).description
    guard full.utf8.count > longestText else { return full }
    return String(full.prefix(longestText)) + "…"
  }
}

extension Logger.Level {
  /// The syslog priority.
  var journalPriority: JournalPriority {
    switch self {
    case .trace, .debug: .debug
    case .info: .information
    case .notice: .notice
    case .warning: .warning
    case .error: .error
    case .critical: .critical
    }
  }
}
