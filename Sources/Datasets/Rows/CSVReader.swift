import JSON

/// RFC 4180, read strictly: a header, as many fields in each record, quotation marks doubled inside quoted fields, which
/// may hold line feeds. Lines end with LF or CRLF; blank lines are no records; a column without a name is left out, as
/// the row numbers that pandas writes.
struct CSVReader {
  private var records: CSVRecords
  /// nil where a column has no name.
  private let header: [String?]

  init(_ feed: ByteFeed, _ limits: RowLimits) throws(DatasetError) {
    records = CSVRecords(feed, limits)
    guard let names = try records.next() else {
      throw .malformed(
        FilePlace(name: feed.name, line: 1),
        problem: "the file is empty; its first line must name the columns"
      )
    }
    for (index, name) in names.enumerated() where !name.isEmpty {
      guard !names[..<index].contains(where: { $0.utf8.elementsEqual(name.utf8) }) else {
        throw .malformed(
          FilePlace(name: feed.name, line: 1),
          problem: "the column \(ColumnNames.quoted(name)) appears twice; rename one"
        )
      }
    }
    header = names.map { $0.isEmpty ? nil : $0 }
  }

  var name: String { records.name }

  mutating func next() throws(DatasetError) -> (JSONObject, line: Int)? {
    guard let fields = try records.next() else { return nil }
    guard fields.count == header.count else {
      throw .malformed(
        FilePlace(name: name, line: records.recordLine),
        problem: """
          \(fields.count) fields, but the header names \(header.count) columns; quote fields that hold commas, \
          quotation marks or line feeds
          """
      )
    }
    var members = JSONObject()
    for (column, field) in zip(header, fields) {
      if let column { members.updateValue(.string(field), forKey: column) }
    }
    return (members, records.recordLine)
  }
}
