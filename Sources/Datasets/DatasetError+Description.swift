extension DatasetError: CustomStringConvertible {
  package var description: String {
    switch self {
    case .unreadable, .unknownFormat, .malformed, .tooLarge: fileDescription
    case .unknownShape, .mixedShapes, .invalidColumn, .tokenOutOfRange, .template, .untraceableAssistant: rowDescription
    case .noRows, .noChatTemplate, .notAConversation, .noEndOfText, .invalidOption, .emptyAfterFilter:
      datasetDescription
    }
  }

  private var fileDescription: String {
    switch self {
    case .unreadable(let path, let reason): "cannot read \(path): \(reason); check the file and its permissions"
    case .unknownFormat(let path):
      "the format of \(path) is not known by its name; export the rows as .jsonl, .json, .csv or .txt"
    case .malformed(let place, let problem): "\(place): \(problem)"
    case .tooLarge(let place, let what, let limit): "\(place): \(what) than \(limit); split the file or the row"
    default: ""
    }
  }

  private var rowDescription: String {
    switch self {
    case .unknownShape(let place, let columns, let hint):
      """
      \(place) has the columns \(ColumnNames.list(columns)); needed are \(DatasetShape.needs), or \
      dataset_text_field naming the column of the text\(hint.map { "; \($0)" } ?? "")
      """
    case .mixedShapes(let place, let first, let found):
      """
      \(place) has \(found.columnWords) where the rows before have \(first.columnWords); split the dataset by the \
      columns of its rows
      """
    case .invalidColumn(let place, let path, let problem): "\(place): \(path) \(problem)"
    case .tokenOutOfRange(let place, let path, let id, let vocabularySize):
      """
      \(place): \(path) has the id \(id), but the model's ids are 0 to \(vocabularySize - 1); tokenize with the \
      tokenizer of this model
      """
    case .template(let place, let error): "\(place): \(error)"
    case .untraceableAssistant(let place, let problem):
      """
      \(place): where the assistant speaks cannot be told, because \(problem); give the model a chat template with \
      {% generation %} blocks, or train without assistant_only_loss
      """
    default: ""
    }
  }

  private var datasetDescription: String {
    switch self {
    case .noRows: "the dataset has no rows; check the file or the query that made it"
    case .noChatTemplate(let shape):
      """
      rows with \(shape.columnWords) need a chat template, which this model does not have; use an instruction-tuned \
      model, or rows with prompt and completion
      """
    case .notAConversation(let shape):
      """
      assistant_only_loss needs conversations, but the rows have \(shape.columnWords); leave it out, or give rows with \
      messages
      """
    case .noEndOfText:
      """
      neither the tokenizer nor the model names a token that ends a text, so the model would never learn to stop; set \
      eos_token
      """
    case .invalidOption(let name, let problem): "\(name) \(problem)"
    case .emptyAfterFilter(let report):
      """
      \(report.droppedCount) of \(report.rowCount) rows have no token to learn, more than 1 %: \(report.dropRemedy)
      """
    default: ""
    }
  }
}
