import JSON

/// One JSON object a line; blank lines are no rows.
struct JSONLineReader {
  private var feed: ByteFeed
  private let limits: RowLimits

  init(_ feed: ByteFeed, _ limits: RowLimits) {
    self.feed = feed
    self.limits = limits
  }

  var name: String { feed.name }

  mutating func next() throws(DatasetError) -> (JSONObject, line: Int)? {
    while true {
      let line = feed.line
      guard let bytes = try feed.nextLine(byteLimit: limits.rowBytes) else { return nil }
      if bytes.allSatisfy({ $0 == 0x20 || $0 == 0x09 || $0 == 0x0d }) { continue }
      return (try JSONRow.parse(bytes, name: name, line: line), line)
    }
  }
}
