import JSON

/// A plain text as rows with one column, `text`.
struct TextReader {
  private var feed: ByteFeed
  private let unit: TextUnit
  private let limits: RowLimits

  init(_ feed: ByteFeed, _ unit: TextUnit, _ limits: RowLimits) {
    self.feed = feed
    self.unit = unit
    self.limits = limits
  }

  var name: String { feed.name }

  /// Rows without a visible character are left out.
  mutating func next() throws(DatasetError) -> (JSONObject, line: Int)? {
    var text = ""
    var firstLine = feed.line
    while true {
      let line = feed.line
      guard let content = try nextLine() else { break }
      let isBlank = content.utf8.allSatisfy { $0 == 0x20 || $0 == 0x09 || $0 == 0x0d }
      if text.isEmpty {
        if isBlank { continue }
        firstLine = line
        text = content
      } else {
        if isBlank && unit == .paragraph { break }
        text += "\n" + content
      }
      guard text.utf8.count <= limits.rowBytes else {
        throw .tooLarge(
          FilePlace(name: name, line: firstLine),
          what: "a \(unit.rawValue) with more bytes",
          limit: limits.rowBytes
        )
      }
      if unit == .line { break }
    }
    return text.isEmpty ? nil : (["text": .string(text)], firstLine)
  }

  private mutating func nextLine() throws(DatasetError) -> String? {
    let line = feed.line
    guard let bytes = try feed.nextLine(byteLimit: limits.rowBytes) else { return nil }
    switch TextPosition.decode(bytes) {
    case .success(let text): return text
    case .failure(let error):
      let column = TextPosition.lineAndColumn(of: error.offset, in: bytes).column
      throw .malformed(
        FilePlace(name: name, line: line, column: column),
        problem: "bytes that are not UTF-8; save the file as UTF-8"
      )
    }
  }
}
