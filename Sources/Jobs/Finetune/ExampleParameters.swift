/// How rows of the dataset become sequences with labels; names and defaults of TRL's SFTConfig.
package struct ExampleParameters: Codable, Sendable, Hashable {
  /// How sequences share a row of the batch.
  package enum PackingStrategy: String, Codable, Sendable, CaseIterable {
    /// Best fit, longest first; what is too long is cut.
    case bestFit = "bfd"
    /// Best fit, longest first; what is too long goes on in another row.
    case bestFitSplit = "bfd_split"
    /// One after the other, cut wherever a row is full.
    case wrapped
  }

  /// The column of plain text.
  package var textColumn = "text"
  /// Tokens of a sequence; nil: as many as the model takes.
  package var maximumLength: Int? = 1024
  package var packs = false
  package var packingStrategy = PackingStrategy.bestFit
  /// nil: as the training rows.
  package var packsEvaluation: Bool?
  /// Whether only completions are learned; nil: where rows have a prompt and a completion.
  package var learnsCompletionsOnly: Bool?
  package var learnsAssistantOnly = false
  /// The token at the end of a text; nil: the tokenizer's.
  package var endToken: String?

  package init() {}

  private enum CodingKeys: String, CodingKey {
    case textColumn = "dataset_text_field"
    case maximumLength = "max_length"
    case packs = "packing"
    case packingStrategy = "packing_strategy"
    case packsEvaluation = "eval_packing"
    case learnsCompletionsOnly = "completion_only_loss"
    case learnsAssistantOnly = "assistant_only_loss"
    case endToken = "eos_token"
  }

  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    textColumn = try container.value(.textColumn, or: textColumn)
    if container.contains(.maximumLength) {
      // null is no limit here, not the default.
      maximumLength = try container.decodeIfPresent(Int.self, forKey: .maximumLength)
    }
    packs = try container.value(.packs, or: packs)
    packingStrategy = try container.value(.packingStrategy, or: packingStrategy)
    packsEvaluation = try container.decodeIfPresent(Bool.self, forKey: .packsEvaluation)
    learnsCompletionsOnly = try container.decodeIfPresent(Bool.self, forKey: .learnsCompletionsOnly)
    learnsAssistantOnly = try container.value(.learnsAssistantOnly, or: learnsAssistantOnly)
    endToken = try container.decodeIfPresent(String.self, forKey: .endToken)
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(textColumn, forKey: .textColumn)
    try container.encode(maximumLength, forKey: .maximumLength)
    try container.encode(packs, forKey: .packs)
    try container.encode(packingStrategy, forKey: .packingStrategy)
    try container.encodeIfPresent(packsEvaluation, forKey: .packsEvaluation)
    try container.encodeIfPresent(learnsCompletionsOnly, forKey: .learnsCompletionsOnly)
    try container.encode(learnsAssistantOnly, forKey: .learnsAssistantOnly)
    try container.encodeIfPresent(endToken, forKey: .endToken)
  }
}
