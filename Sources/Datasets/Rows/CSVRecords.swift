/// The records of a CSV file as fields, without regard to a header.
struct CSVRecords {
  private enum State {
    case fieldStart, unquoted, quoted
    /// After a quotation mark inside a quoted field: the end of it, or the first half of a doubled one.
    case quotationMark
  }

  private var feed: ByteFeed
  private let limits: RowLimits
  /// Where the last record began.
  private(set) var recordLine = 1
  private var byteCount = 0
  private var fields: [String] = []
  private var field: [UInt8] = []

  init(_ feed: ByteFeed, _ limits: RowLimits) {
    self.feed = feed
    self.limits = limits
  }

  var name: String { feed.name }

  mutating func next() throws(DatasetError) -> [String]? {
    try skipBlankLines()
    guard try feed.peek() != nil else { return nil }
    recordLine = feed.line
    byteCount = 0
    fields = []
    var state = State.fieldStart
    while let byte = try advance() {
      switch state {
      case .fieldStart, .unquoted:
        if try isLineEnd(byte) { return try finishedRecord() }
        state = try passUnquoted(byte, isAtStart: state == .fieldStart)
      case .quoted:
        if byte == UInt8(ascii: "\"") { state = .quotationMark } else { field.append(byte) }
      case .quotationMark:
        if try isLineEnd(byte) { return try finishedRecord() }
        state = try passQuotationMark(byte)
      }
    }
    guard state != .quoted else {
      throw malformed("a quoted field of the record at line \(recordLine) does not end; close its quotation mark")
    }
    return try finishedRecord()
  }

  private mutating func passUnquoted(_ byte: UInt8, isAtStart: Bool) throws(DatasetError) -> State {
    switch byte {
    case UInt8(ascii: ","):
      try finishField()
      return .fieldStart
    case UInt8(ascii: "\"") where isAtStart: return .quoted
    case UInt8(ascii: "\""):
      throw malformed("a quotation mark inside an unquoted field; quote the field and double the mark")
    default:
      field.append(byte)
      return .unquoted
    }
  }

  private mutating func passQuotationMark(_ byte: UInt8) throws(DatasetError) -> State {
    switch byte {
    case UInt8(ascii: "\""):
      field.append(byte)
      return .quoted
    case UInt8(ascii: ","):
      try finishField()
      return .fieldStart
    default:
      throw malformed(
        "something follows a quoted field; only a comma or the end of the line may, and marks inside are doubled"
      )
    }
  }

  /// LF, or CR with the LF that follows it.
  private mutating func isLineEnd(_ byte: UInt8) throws(DatasetError) -> Bool {
    if byte == 0x0a { return true }
    guard byte == 0x0d else { return false }
    guard try feed.peek() == 0x0a else {
      throw malformed("a carriage return without a line feed; quote the field, or end lines with line feeds")
    }
    _ = try advance()
    return true
  }

  private mutating func skipBlankLines() throws(DatasetError) {
    while let byte = try feed.peek(), byte == 0x0a || byte == 0x0d {
      guard let byte = try advance(), try isLineEnd(byte) else { return }
    }
  }

  private mutating func finishedRecord() throws(DatasetError) -> [String] {
    try finishField()
    return fields
  }

  private mutating func finishField() throws(DatasetError) {
    guard fields.count < limits.columnCount else {
      throw .tooLarge(
        FilePlace(name: name, line: recordLine),
        what: "a record with more fields",
        limit: limits.columnCount
      )
    }
    guard case .success(let text) = TextPosition.decode(field) else {
      throw .malformed(
        FilePlace(name: name, line: recordLine),
        problem: "field \(fields.count + 1) of the record is not UTF-8; save the file as UTF-8"
      )
    }
    fields.append(text)
    field.removeAll(keepingCapacity: true)
  }

  private mutating func advance() throws(DatasetError) -> UInt8? {
    guard let byte = try feed.next() else { return nil }
    byteCount += 1
    guard byteCount <= limits.rowBytes else {
      throw .tooLarge(FilePlace(name: name, line: recordLine), what: "a row with more bytes", limit: limits.rowBytes)
    }
    return byte
  }

  /// At the byte that was read last.
  private func malformed(_ problem: String) -> DatasetError { feed.malformed(problem, column: max(1, feed.column)) }
}
