import JSON
import Tokenizers

extension ExampleBuilder {
  func alpaca(_ row: DatasetRow) throws(DatasetError) -> LabelledTokens {
    let columns = try AlpacaColumns(row)
    guard templates != nil else { return plainAlpaca(columns) }
    let renderer = try renderer(.alpaca, row)
    let learnsAll = options.completionOnlyLoss == false && !options.assistantOnlyLoss
    return try labelled(columns.conversation, renderer, learnsAssistantOnly: !learnsAll, readCount: 0)
  }

  func conversation(
    _ conversation: Conversation,
    in row: DatasetRow,
    _ shape: DatasetShape
  ) throws(DatasetError) -> LabelledTokens {
    let renderer = try renderer(shape, row)
    return try labelled(conversation, renderer, learnsAssistantOnly: options.assistantOnlyLoss, readCount: 0)
  }

  /// `prompt` and `completion` as lists of messages: read is what the prompt with the generation prompt has in common
  /// with the whole, as in TRL.
  func conversationalCompletion(_ row: DatasetRow) throws(DatasetError) -> LabelledTokens {
    var prompt = Conversation(messages: try Conversation.messages("prompt", row))
    try prompt.readVariables(row)
    var whole = prompt
    whole.messages += try Conversation.messages("completion", row)
    let renderer = try renderer(.promptCompletion, row)
    var readCount = 0
    if options.completionOnlyLoss != false {
      let promptIDs = encode(try renderer.text(of: prompt, addGenerationPrompt: true))
      readCount = commonPrefixCount(promptIDs, encode(try renderer.text(of: whole)))
    }
    return try labelled(whole, renderer, learnsAssistantOnly: options.assistantOnlyLoss, readCount: readCount)
  }

  private func labelled(
    _ conversation: Conversation,
    _ renderer: ConversationRenderer,
    learnsAssistantOnly: Bool,
    readCount: Int
  ) throws(DatasetError) -> LabelledTokens {
    let text = try renderer.text(of: conversation)
    let ids = encode(text)
    var isLearned = ids.indices.map { $0 >= readCount }
    if learnsAssistantOnly {
      let spans = try AssistantSpans.find(in: text, of: conversation, renderer)
      let tokens = spans.map { tokenRange(of: $0, in: text, ids) }
      for index in ids.indices where isLearned[index] { isLearned[index] = tokens.contains { $0.contains(index) } }
    }
    var labelled = LabelledTokens(ids) { isLearned[$0] }
    if conversation.role(at: conversation.messages.count - 1) == "assistant", !endsTurn(ids) {
      labelled.append([eosID], isLearned: true)
    }
    return labelled
  }

  /// Templates write the beginning-of-text token themselves.
  private func encode(_ text: String) -> [Int] { tokenizer.encode(text, addSpecialTokens: false) }

  /// Whether the last token that is more than white space ends a text.
  private func endsTurn(_ ids: [Int]) -> Bool {
    let last = ids.last { id in
      eosIDs.contains(id) || tokenizer.isSpecial(id)
        || !tokenizer.textBytes(of: id).allSatisfy { $0 == 0x20 || $0 == 0x0a || $0 == 0x0d || $0 == 0x09 }
    }
    return last.map(eosIDs.contains) ?? false
  }

  /// The tokens of a span of UTF-8 bytes, those that reach beyond it included, as in transformers. What is before a
  /// border is tokenized by itself and compared, so that a normaliser that rewrites the text, or a token that takes white
  /// space along, moves nothing.
  private func tokenRange(of span: Range<Int>, in text: String, _ ids: [Int]) -> Range<Int> {
    let start = border(span.lowerBound, in: text, ids).ended
    return start..<max(start, border(span.upperBound, in: text, ids).begun)
  }

  /// Tokens that end before a byte of the text, and those that begin before it.
  private func border(_ offset: Int, in text: String, _ ids: [Int]) -> (ended: Int, begun: Int) {
    if offset == text.utf8.count { return (ids.count, ids.count) }
    let before = encode(String(decoding: text.utf8.prefix(offset), as: UTF8.self))
    let ended = commonPrefixCount(before, ids)
    return (ended, ended == before.count ? ended : ended + 1)
  }

  private func renderer(_ shape: DatasetShape, _ row: DatasetRow) throws(DatasetError) -> ConversationRenderer {
    guard let templates else { throw .noChatTemplate(shape) }
    return ConversationRenderer(templates: templates, shape: shape, place: row.place, now: options.now)
  }
}
