import Checkpoints
import JSON
package import Tokenizers

extension ChatTemplates {
  static let ggufKey = "tokenizer.chat_template"

  /// The templates of a model directory, or that of a GGUF file's metadata; nil where there is none.
  /// - Throws: `TemplateError` for a template that cannot be read, `CheckpointError` for a GGUF file that cannot.
  package static func load(checkpoint path: String, tokenizer: Tokenizer) throws -> ChatTemplates? {
    if let templates = try load(directory: path) { return templates }
    guard let source = try CheckpointDirectory.embeddedVocabulary(at: path)?.string(ggufKey) else { return nil }
    return ChatTemplates(try ChatTemplate(source), specialTokens: specialTokens(of: tokenizer))
  }

  private static func specialTokens(of tokenizer: Tokenizer) -> [String: JSONValue] {
    [("bos_token", tokenizer.bosID), ("eos_token", tokenizer.eosID)].reduce(into: [:]) { tokens, named in
      guard let id = named.1 else { return }
      tokens[named.0] = .string(String(decoding: tokenizer.tokenBytes(id), as: UTF8.self))
    }
  }
}
