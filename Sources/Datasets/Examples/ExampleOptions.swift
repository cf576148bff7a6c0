package import FoundationEssentials

/// How rows become tokens and labels; names of TRL's SFTConfig stand behind each.
package struct ExampleOptions: Sendable {
  /// What becomes of a row of more tokens than the maximum.
  package enum Truncation: String, Sendable, CaseIterable {
    case keepStart = "keep_start"
    case keepEnd = "keep_end"
    /// Into sequences of at most the maximum, one after another; nothing is lost (TRL's strategy `bfd_split`).
    case split
  }

  /// `max_length`
  package var maximumTokenCount: Int
  /// `truncation_mode`
  package var truncation: Truncation
  /// `dataset_text_field`; nil: `text`, unless the columns say otherwise.
  package var textColumn: String?
  /// `completion_only_loss`: whether prompts are only read; nil and true: yes, where rows tell prompts from answers.
  package var completionOnlyLoss: Bool?
  /// `assistant_only_loss`: of conversations, learn what the assistant says.
  package var assistantOnlyLoss: Bool
  /// Every token that ends a text, of the generation configuration: a row that ends with one gets no other.
  package var eosIDs: [Int]
  /// `eos_token`: the one that is appended; nil: the tokenizer's, else the first of `eosIDs`.
  package var eosID: Int?
  /// Rows of the model's embedding; nil: as many as the tokenizer has ids.
  package var vocabularySize: Int?
  /// What templates take for the present. The time at which the job was made, so that a resumed run sees the same text.
  package var now: Date

  package init(
    maximumTokenCount: Int = 1024,
    truncation: Truncation = .keepStart,
    textColumn: String? = nil,
    completionOnlyLoss: Bool? = nil,
    assistantOnlyLoss: Bool = false,
    eosIDs: [Int] = [],
    eosID: Int? = nil,
    vocabularySize: Int? = nil,
    now: Date
  ) {
    self.maximumTokenCount = maximumTokenCount
    self.truncation = truncation
    self.textColumn = textColumn
    self.completionOnlyLoss = completionOnlyLoss
    self.assistantOnlyLoss = assistantOnlyLoss
    self.eosIDs = eosIDs
    self.eosID = eosID
    self.vocabularySize = vocabularySize
    self.now = now
  }
}
