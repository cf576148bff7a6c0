package import FoundationEssentials
import Glibc
package import Logging

/// Writes log records as readable lines to standard error.
package struct TerminalLogHandler: LogHandler {
  package var metadata: Logger.Metadata = [:]
  package var metadataProvider: Logger.MetadataProvider?
  package var logLevel: Logger.Level
  private let label: String
  private let counters: LogCounters?

  package init(label: String, level: Logger.Level, counters: LogCounters?) {
    self.label = label
    self.counters = counters
    logLevel = level
  }

  package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  package func log(event: LogEvent) {
    let line = Self.line(LogRecord(event, metadata: mergedMetadata(of: event)), label: label, at: Date())
    counters?.count(event.level)
    let bytes = Array(line.utf8)
    // One write, so that lines of several threads do not mix.
    let written = retryingInterrupts { unsafe write(STDERR_FILENO, bytes, bytes.count) }
    if written < bytes.count { counters?.countDropped() }
  }

  /// `2026-11-24T06:20:51.123Z info  quern-worker: claimed job.id=42`
  package static func line(_ record: LogRecord, label: String, at date: Date) -> String {
    let time = date.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
    let level = "\(record.level)".padding(to: 8)
    let values = record.metadata.map { " \($0.key)=\(quoted($0.value))" }.joined()
    return "\(time) \(level) \(label): \(escaped(record.message))\(values)\n"
  }

  private static func quoted(_ value: String) -> String {
    value.contains(" ") || value.isEmpty ? "\"\(escaped(value))\"" : escaped(value)
  }

  /// No line end and no terminal command of a message takes effect.
  private static func escaped(_ text: String) -> String {
    guard text.unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) else { return text }
    var result = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      if scalar.properties.generalCategory == .control {
        result.append(contentsOf: scalar.escaped(asASCII: true).unicodeScalars)
      } else {
        result.append(scalar)
      }
    }
    return String(result)
  }
}

extension String {
  fileprivate func padding(to length: Int) -> String {
    self + String(repeating: " ", count: max(0, length - count))
  }
}
