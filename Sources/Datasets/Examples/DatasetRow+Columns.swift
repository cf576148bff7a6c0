import JSON

extension DatasetRow {
  func string(_ column: String) throws(DatasetError) -> String {
    guard let value = self[column] else { throw invalid(column, "is missing or null; give a text") }
    guard let text = value.string else { throw invalid(column, "is a JSON \(value.typeName), not a text") }
    return text
  }

  func optionalString(_ column: String) throws(DatasetError) -> String? {
    self[column] == nil ? nil : try string(column)
  }

  /// The elements of a list, or of the JSON text of one, as CSV files and SQL columns hold it.
  func list(_ column: String) throws(DatasetError) -> [JSONValue] {
    guard let value = try optionalJSON(column) else { throw invalid(column, "is missing or null; give a list") }
    guard let elements = value.array else { throw invalid(column, "is a JSON \(value.typeName), not a list") }
    return elements
  }

  /// A value that is no text, or the JSON text of one.
  func optionalJSON(_ column: String) throws(DatasetError) -> JSONValue? {
    guard let value = self[column] else { return nil }
    guard let text = value.string else { return value }
    if text.isEmpty { return nil }
    do {
      return try JSONValue(parsing: text)
    } catch {
      throw invalid(column, "is a text that is not JSON (\(error.explanation)); give a list or its JSON")
    }
  }

  /// Whether a column is a list of objects, or the JSON text of one.
  func listsMessages(_ column: String) -> Bool {
    switch self[column] {
    case .array: true
    case .string(let text):
      // A text that merely looks like JSON is a text.
      text.hasPrefix("[{") && (try? JSONValue(parsing: text))?.array?.first?["role"] != nil
    default: false
    }
  }

  func invalid(_ path: String, _ problem: String) -> DatasetError {
    .invalidColumn(place, path: path, problem: problem)
  }
}
