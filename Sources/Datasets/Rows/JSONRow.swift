import JSON

/// A JSON object out of a file, with errors in the file's lines.
enum JSONRow {
  /// - Parameter column: Of the first byte, from 1.
  static func parse(
    _ bytes: [UInt8],
    name: String,
    line: Int,
    column: Int = 1
  ) throws(DatasetError) -> JSONObject {
    let value: JSONValue
    do {
      value = try JSONValue(parsing: bytes)
    } catch {
      let inside = TextPosition.lineAndColumn(of: error.offset, in: bytes)
      let place = FilePlace(
        name: name,
        line: line + inside.line - 1,
        column: inside.line == 1 ? column + inside.column - 1 : inside.column
      )
      throw .malformed(place, problem: "\(error.explanation); correct the row")
    }
    guard let members = value.object else {
      throw .malformed(
        FilePlace(name: name, line: line, column: column),
        problem: "the row is a JSON \(value.typeName); each row must be an object"
      )
    }
    return members
  }
}
