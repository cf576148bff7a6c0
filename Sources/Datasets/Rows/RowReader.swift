import JSON

/// The rows of a file, one after another: no more than one row is held.
package struct RowReader {
  private enum Source {
    case jsonLines(JSONLineReader)
    case json(JSONArrayReader)
    case csv(CSVReader)
    case text(TextReader)
  }

  private var source: Source
  private let limits: RowLimits
  private var count = 0

  /// - Parameter format: nil: by the name of the file.
  package init(
    path: String,
    format: DatasetFormat? = nil,
    textUnit: TextUnit = .paragraph,
    limits: RowLimits = RowLimits()
  ) throws(DatasetError) {
    try self.init(feed: try ByteFeed(path: path), format: format, textUnit: textUnit, limits: limits)
  }

  /// Rows of a text in memory; errors call it `name`.
  package init(
    bytes: [UInt8],
    name: String,
    format: DatasetFormat? = nil,
    textUnit: TextUnit = .paragraph,
    limits: RowLimits = RowLimits()
  ) throws(DatasetError) {
    try self.init(feed: ByteFeed(name: name, bytes: bytes), format: format, textUnit: textUnit, limits: limits)
  }

  private init(
    feed: ByteFeed,
    format: DatasetFormat?,
    textUnit: TextUnit,
    limits: RowLimits
  ) throws(DatasetError) {
    var feed = feed
    self.limits = limits
    try feed.skipByteOrderMark()
    let isNamedJSON = format == nil && feed.name.lowercased().hasSuffix(".json")
    let firstByte = isNamedJSON ? try feed.skipWhitespace() : nil
    guard let format = format ?? DatasetFormat(path: feed.name, firstByte: firstByte) else {
      throw .unknownFormat(path: feed.name)
    }
    source =
      switch format {
      case .jsonLines: .jsonLines(JSONLineReader(feed, limits))
      case .json: .json(JSONArrayReader(feed, limits))
      case .csv: .csv(try CSVReader(feed, limits))
      case .text: .text(TextReader(feed, textUnit, limits))
      }
  }

  /// nil after the last row.
  package mutating func next() throws(DatasetError) -> DatasetRow? {
    guard let (members, line) = try nextMembers() else { return nil }
    guard count < limits.rowCount else {
      throw .tooLarge(FilePlace(name: name, line: line), what: "more rows", limit: limits.rowCount)
    }
    count += 1
    return DatasetRow(number: count, line: line, members: members)
  }

  private mutating func nextMembers() throws(DatasetError) -> (JSONObject, line: Int)? {
    switch source {
    case .jsonLines(var reader):
      defer { source = .jsonLines(reader) }
      return try reader.next()
    case .json(var reader):
      defer { source = .json(reader) }
      return try reader.next()
    case .csv(var reader):
      defer { source = .csv(reader) }
      return try reader.next()
    case .text(var reader):
      defer { source = .text(reader) }
      return try reader.next()
    }
  }

  private var name: String {
    switch source {
    case .jsonLines(let reader): reader.name
    case .json(let reader): reader.name
    case .csv(let reader): reader.name
    case .text(let reader): reader.name
    }
  }
}
