import Tokenizers

/// The text that generated tokens add to that of their prompt.
///
/// Decoders look back (a space at the start of a text goes, bytes join to a character), so the prompt goes through
/// first; what it gives is dropped.
struct TextStream: Sendable {
  private var decoder: StreamDecoder
  /// The end of the prompt's text that is still in the decoder.
  private var pendingPrompt: [UInt8]

  init(_ tokenizer: Tokenizer, prompt: [Int]) {
    decoder = tokenizer.makeStreamDecoder()
    for id in prompt { _ = decoder.push(id) }
    var atEnd = decoder
    pendingPrompt = Array(atEnd.finish().utf8)
  }

  mutating func push(_ token: Int) -> String { withoutPrompt(decoder.push(token)) }

  mutating func finish() -> String { withoutPrompt(decoder.finish()) }

  private mutating func withoutPrompt(_ text: String) -> String {
    guard !pendingPrompt.isEmpty, !text.isEmpty else { return text }
    defer { pendingPrompt = [] }
    return text.utf8.starts(with: pendingPrompt)
      ? String(decoding: text.utf8.dropFirst(pendingPrompt.count), as: UTF8.self) : text
  }
}
