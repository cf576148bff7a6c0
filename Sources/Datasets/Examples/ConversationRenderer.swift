import FoundationEssentials
import JSON
import Tokenizers

/// The text of a row's conversation, through the model's template.
struct ConversationRenderer {
  let templates: ChatTemplates
  let shape: DatasetShape
  let place: RowPlace
  let now: Date

  func text(of conversation: Conversation, addGenerationPrompt: Bool = false) throws(DatasetError) -> String {
    let template = try template(for: conversation)
    do {
      return try template.render(
        messages: .array(conversation.messages),
        tools: conversation.tools,
        addGenerationPrompt: addGenerationPrompt,
        extra: conversation.extra,
        specialTokens: templates.specialTokens,
        now: now
      )
    } catch {
      throw .template(place, error)
    }
  }

  /// What the template's generation blocks made, as ranges of UTF-8 bytes of the text.
  func generations(of conversation: Conversation) throws(DatasetError) -> [Range<Int>] {
    let template = try template(for: conversation)
    do {
      let (text, generations) = try template.renderWithGenerations(
        messages: .array(conversation.messages),
        tools: conversation.tools,
        extra: conversation.extra,
        specialTokens: templates.specialTokens,
        now: now
      )
      return Self.byteRanges(generations, in: text)
    } catch {
      throw .template(place, error)
    }
  }

  private func template(for conversation: Conversation) throws(DatasetError) -> ChatTemplate {
    guard let template = templates.template(withTools: !conversation.tools.isNull) else {
      throw .noChatTemplate(shape)
    }
    return template
  }

  private static func byteRanges(_ ranges: [Range<Int>], in text: String) -> [Range<Int>] {
    if ranges.isEmpty { return [] }
    var offsets: [Int] = [0]
    for scalar in text.unicodeScalars { offsets.append(offsets[offsets.count - 1] + UTF8.width(scalar)) }
    return ranges.map { offsets[$0.lowerBound]..<offsets[$0.upperBound] }
  }
}
