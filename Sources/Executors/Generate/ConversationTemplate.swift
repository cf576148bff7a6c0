package import FoundationEssentials
package import Jobs
import Queue
import Tokenizers

/// Turns a conversation into the text that a model was trained on.
package protocol ConversationTemplate: Sendable {
  /// - Parameter now: what a template that asks for the date is told.
  func prompt(for conversation: Conversation, now: Date) throws -> String
}

extension LoadedModel {
  /// The tokens of what a generation starts from. A template writes the special tokens that it wants itself.
  /// - Throws: `JobError` for messages without a template, and what the template throws.
  package func promptTokens(_ input: GenerateInput) throws -> [Int] {
    switch input {
    case .text(let text): return tokenizer.encode(text)
    case .tokens(let tokens): return tokens
    case .conversation(let conversation):
      guard let template else {
        throw JobError(
          .invalidValue,
          "this model has no chat template; give a prompt instead of messages",
          param: "messages"
        )
      }
      return tokenizer.encode(try template.prompt(for: conversation, now: Date.now), addSpecialTokens: false)
    }
  }
}
