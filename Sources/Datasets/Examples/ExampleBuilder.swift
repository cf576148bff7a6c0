package import Tokenizers

/// Turns rows into sequences with labels, as TRL's SFTTrainer does, except that a text always ends with a learned
/// end-of-text token, and that no padding exists anywhere.
package struct ExampleBuilder: Sendable {
  /// From one token to read and one to learn to far above any model; tables of packing are as large.
  private static let maximumTokenCounts = 2...1 << 24

  package let tokenizer: Tokenizer
  let templates: ChatTemplates?
  let options: ExampleOptions
  /// Appended to texts that no end-of-text token ends.
  package let eosID: Int
  /// The tokens after which nothing is appended.
  let eosIDs: Set<Int>
  let vocabularySize: Int

  /// - Parameter templates: nil for a model without chat template: then rows with messages are refused, and the columns
  ///   of alpaca are put together as plain text.
  package init(tokenizer: Tokenizer, templates: ChatTemplates?, options: ExampleOptions) throws(DatasetError) {
    guard Self.maximumTokenCounts.contains(options.maximumTokenCount) else {
      throw .invalidOption(
        name: "max_length",
        problem: "is \(options.maximumTokenCount); give 2 to \(Self.maximumTokenCounts.upperBound) tokens"
      )
    }
    let vocabularySize = options.vocabularySize ?? tokenizer.vocabularySize
    guard let eosID = options.eosID ?? tokenizer.eosID ?? options.eosIDs.first else { throw .noEndOfText }
    guard (0..<min(vocabularySize, Int(Int32.max))).contains(eosID) else {
      throw .invalidOption(name: "eos_token", problem: "has the id \(eosID), which the model does not have")
    }
    self.tokenizer = tokenizer
    self.templates = templates
    self.options = options
    self.eosID = eosID
    eosIDs = Set(options.eosIDs).union([eosID]).union(tokenizer.eosID.map { [$0] } ?? [])
    self.vocabularySize = vocabularySize
  }

  /// The example of a row; with `Truncation.split` there may be several.
  package func examples(_ row: DatasetRow, shape: DatasetShape) throws(DatasetError) -> [TrainingExample] {
    let found = try DatasetShape(of: row, textColumn: options.textColumn)
    guard found == shape else { throw .mixedShapes(row.place, first: shape, found: found) }
    let labelled = try labelledTokens(row, shape)
    if let index = labelled.tokens.firstIndex(where: { $0 < 0 || Int($0) >= vocabularySize }) {
      throw .tokenOutOfRange(
        row.place,
        path: shape == .tokens ? "input_ids[\(index)]" : "the tokenized text",
        id: Int(labelled.tokens[index]),
        vocabularySize: vocabularySize
      )
    }
    return labelled.examples(maximum: options.maximumTokenCount, truncation: options.truncation)
  }

  private func labelledTokens(_ row: DatasetRow, _ shape: DatasetShape) throws(DatasetError) -> LabelledTokens {
    if options.assistantOnlyLoss, [.text, .alpaca].contains(shape), !(shape == .alpaca && templates != nil) {
      throw .notAConversation(shape)
    }
    switch shape {
    case .text: return try text(row)
    case .promptCompletion: return try promptAndCompletion(row)
    case .messages, .sharegpt: return try conversation(try Conversation(row, shape), in: row, shape)
    case .alpaca: return try alpaca(row)
    case .tokens: return try TokenColumns.read(row, vocabularySize: vocabularySize)
    }
  }
}
