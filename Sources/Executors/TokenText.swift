import Tokenizers

/// The text of single tokens, as it stands in the middle of a text; special tokens are spelled out.
struct TokenText {
  private let tokenizer: Tokenizer

  init(_ tokenizer: Tokenizer) { self.tokenizer = tokenizer }

  func text(of id: Int) -> String { String(decoding: bytes(of: id), as: UTF8.self) }

  /// The token's own bytes, which may be a part of a character.
  func bytes(of id: Int) -> [UInt8] {
    tokenizer.isSpecial(id) ? tokenizer.tokenBytes(id) : tokenizer.textBytes(of: id)
  }
}
