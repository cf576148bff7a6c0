package import Tokenizers

/// Why rows cannot be read or trained on. Descriptions name files, lines, columns and counts; of the content they quote
/// the names of columns alone.
package enum DatasetError: Error, Sendable, Hashable {
  // files
  case unreadable(path: String, reason: String)
  case unknownFormat(path: String)
  case malformed(FilePlace, problem: String)
  case tooLarge(FilePlace, what: String, limit: Int)
  // rows
  case unknownShape(RowPlace, columns: [String], hint: String?)
  case mixedShapes(RowPlace, first: DatasetShape, found: DatasetShape)
  /// `path` says where in the row, as `messages[2].role`.
  case invalidColumn(RowPlace, path: String, problem: String)
  case tokenOutOfRange(RowPlace, path: String, id: Int, vocabularySize: Int)
  case template(RowPlace, TemplateError)
  /// The template renders in a way that hides where the assistant speaks.
  case untraceableAssistant(RowPlace, problem: String)
  // datasets
  case noRows
  case noChatTemplate(DatasetShape)
  case notAConversation(DatasetShape)
  case noEndOfText
  case invalidOption(name: String, problem: String)
  /// More than one row in a hundred has no token to learn.
  case emptyAfterFilter(DatasetReport)

  /// The code of a job that fails for it.
  package var code: String {
    switch self {
    case .emptyAfterFilter, .noRows: "dataset_empty_after_filter"
    default: "invalid_value"
    }
  }
}
