/// How a file spells its rows.
package enum DatasetFormat: String, Sendable, CaseIterable {
  /// One JSON object a line. Lines end at line feeds alone: texts may hold other separators.
  case jsonLines = "jsonl"
  /// One JSON array of objects.
  case json
  /// RFC 4180 with a header; every value is a string.
  case csv
  case text

  /// By the extension of a name, and for `.json`, which both JSON formats use, by the first byte that is no white space.
  init?(path: String, firstByte: UInt8?) {
    switch path.split(separator: "/").last?.split(separator: ".").dropFirst().last?.lowercased() {
    case "jsonl", "ndjson": self = .jsonLines
    case "json": self = firstByte == UInt8(ascii: "[") ? .json : .jsonLines
    case "csv": self = .csv
    case "txt", "text", "md": self = .text
    default: return nil
    }
  }
}

/// What one row of a plain text is.
package enum TextUnit: String, Sendable, CaseIterable {
  /// Lines up to a blank one. The default: whole documents would mostly be cut at the maximum length.
  case paragraph
  case line
  case document
}
