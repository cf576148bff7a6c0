import JSON
import Tokenizers

/// Where the assistant speaks in the text of a conversation.
///
/// A template with generation blocks says it. For any other, the text up to and with each answer is compared with the
/// text before it that ends in the generation prompt: what comes on top is what a model has to say, the end of its turn
/// included. Templates may change an answer once others follow it (Qwen 3 takes the thoughts out, Phi 3 the end of
/// text); the answer is then found again in the whole text, or the row is refused.
enum AssistantSpans {
  /// Bytes rendered for one row, at most: each answer takes up to three renderings of all before it.
  private static let workLimit = 256 << 20

  /// Ranges of UTF-8 bytes of `text`, in order.
  static func find(
    in text: String,
    of conversation: Conversation,
    _ renderer: ConversationRenderer
  ) throws(DatasetError) -> [Range<Int>] {
    let generations = try renderer.generations(of: conversation)
    if !generations.isEmpty { return generations }
    let answers = conversation.messages.indices.filter { conversation.role(at: $0) == "assistant" }
    let (work, overflow) = (answers.count * 3).multipliedReportingOverflow(by: text.utf8.count)
    guard !overflow, work <= workLimit else {
      throw .untraceableAssistant(renderer.place, problem: "the conversation is too long; split it")
    }
    let whole = Array(text.utf8)
    var spans: [Range<Int>] = []
    for index in answers { spans.append(try span(of: index, in: whole, of: conversation, renderer)) }
    return spans
  }

  private static func span(
    of index: Int,
    in whole: [UInt8],
    of conversation: Conversation,
    _ renderer: ConversationRenderer
  ) throws(DatasetError) -> Range<Int> {
    guard index > 0 else {
      throw .untraceableAssistant(renderer.place, problem: "the conversation begins with the assistant")
    }
    let isLast = index == conversation.messages.count - 1
    let answered = isLast ? whole : Array(try renderer.text(of: conversation.prefix(index + 1)).utf8)
    let start = try start(of: index, in: answered, of: conversation, renderer)
    guard whole.starts(with: answered[..<start]) else { throw changed("earlier messages", index, renderer) }
    let rest = whole[start...]
    for turn in forms(of: answered[start...], renderer) where rest.starts(with: turn) {
      return start..<start + turn.count
    }
    throw changed("an answer", index, renderer)
  }

  /// The byte of the text, whose last message is the answer, at which the generation prompt ends.
  private static func start(
    of index: Int,
    in answered: [UInt8],
    of conversation: Conversation,
    _ renderer: ConversationRenderer
  ) throws(DatasetError) -> Int {
    let before = conversation.prefix(index)
    let prompt = Array(try renderer.text(of: before, addGenerationPrompt: true).utf8)
    let common = prompt[...].commonPrefixCount(answered[...])
    if common == prompt.count { return common }
    let bare = Array(try renderer.text(of: before).utf8)
    // The generation prompt itself may differ: DeepSeek R1 opens the thoughts there.
    if common >= prompt[...].commonPrefixCount(bare[...]) { return common }
    // So may what closes the message before: Hermes closes the last answer of a tool otherwise than an earlier one.
    let content = conversation.messages[index - 1]["content"]?.string.map { Array($0.utf8)[...].trimmed } ?? []
    guard prompt.starts(with: bare), bare.count < prompt.count, !content.isEmpty,
      let said = prompt[...].lastRange(of: content), said.upperBound <= common,
      let generationPrompt = answered[common...].firstRange(of: prompt[bare.count...])
    else { throw changed("earlier messages", index, renderer) }
    return generationPrompt.upperBound
  }

  /// An answer as it stands at the end of a text, and as templates leave it once others follow: without the token that
  /// ends the whole text, without thoughts, or without both.
  private static func forms(of turn: ArraySlice<UInt8>, _ renderer: ConversationRenderer) -> [ArraySlice<UInt8>] {
    let eos = Array((renderer.templates.specialTokens["eos_token"]?.string ?? "").utf8)
    let open = turn.suffix(eos.count).elementsEqual(eos) ? turn.dropLast(eos.count) : turn
    let thoughtsEnd = turn.lastRange(of: Array("</think>".utf8)[...])?.upperBound
    let plain = [turn, open].compactMap { form in
      thoughtsEnd.map { form[$0...].drop(while: \.isSpace) }
    }
    return [turn, open] + plain
  }

  private static func changed(_ what: String, _ index: Int, _ renderer: ConversationRenderer) -> DatasetError {
    .untraceableAssistant(
      renderer.place,
      problem: "the chat template renders \(what) differently once message \(index + 1) is followed by others"
    )
  }
}
