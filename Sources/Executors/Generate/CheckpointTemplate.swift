import FoundationEssentials
import JSON
import Jobs
import Queue
import Tokenizers

/// The chat templates that came with a model. One that cannot be read fails conversations alone, not the model.
struct CheckpointTemplate: ConversationTemplate {
  private let templates: Result<ChatTemplates, TemplateError>

  /// Of a model directory, or of a GGUF file's metadata; nil where there is none.
  /// - Throws: `CheckpointError` for a GGUF file that cannot be read.
  init?(checkpoint path: String, tokenizer: Tokenizer) throws {
    do {
      guard let templates = try ChatTemplates.load(checkpoint: path, tokenizer: tokenizer) else { return nil }
      self.templates = .success(templates)
    } catch let error as TemplateError {
      templates = .failure(error)
    }
  }

  func prompt(for conversation: Conversation, now: Date) throws -> String {
    do throws(TemplateError) {
      let templates = try templates.get()
      let hasTools = !conversation.tools.isEmpty, hasDocuments = !conversation.documents.isEmpty
      guard let template = templates.template(withTools: hasTools, withDocuments: hasDocuments) else {
        let names = templates.byName.keys.sorted().joined(separator: ", ")
        throw TemplateError.malformed(path: "chat_template", problem: "has no default among \(names)")
      }
      return try template.render(
        messages: .array(conversation.messages),
        tools: hasTools ? .array(conversation.tools) : .null,
        documents: hasDocuments ? .array(conversation.documents) : .null,
        addGenerationPrompt: conversation.addsGenerationPrompt,
        extra: (conversation.templateArguments.object ?? [:]).reduce(into: [:]) { $0[$1.key] = $1.value },
        specialTokens: templates.specialTokens,
        now: now
      )
    } catch {
      throw JobError(.invalidValue, Self.message(error), param: "messages")
    }
  }

  private static func message(_ error: TemplateError) -> String {
    // What the template says to whoever wrote the conversation.
    if case .raised(_, let message) = error { return "the model's chat template refuses the conversation: \(message)" }
    return "the model's chat template failed: \(error)"
  }
}
