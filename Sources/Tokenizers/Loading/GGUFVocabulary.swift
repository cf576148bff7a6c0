/// The tokenizer that a GGUF file carries in its metadata, under the keys `tokenizer.ggml.…`; absent ones are nil or empty.
///
/// Plain values: whoever reads the file fills them in unchecked, `Tokenizer(gguf:)` checks them.
package struct GGUFVocabulary: Sendable {
  /// `model`: `gpt2` (byte-level pairs), `llama` (SentencePiece pairs), `t5` (Unigram) or `bert` (WordPiece).
  package var model: String
  /// `pre`: the name of the expression that cuts text before byte-level pairs, as `llama-bpe`.
  package var preTokenizer: String?
  /// `tokens`, by id. Bytes, since nothing makes a file keep to UTF-8.
  package var tokens: [[UInt8]]
  /// `scores`, by id.
  package var scores: [Float] = []
  /// `token_type`, by id: 1 normal, 2 unknown, 3 control, 4 user-defined, 5 unused, 6 byte.
  package var tokenTypes: [Int] = []
  /// `merges`, best first, each two tokens with a space between them.
  package var merges: [[UInt8]] = []
  /// `bos_token_id`; `cls_token_id` where a file has only that.
  package var bosID: Int?
  /// `eos_token_id`
  package var eosID: Int?
  /// `unknown_token_id`
  package var unknownID: Int?
  /// `seperator_token_id` (so spelled in GGUF) or `separator_token_id`
  package var separatorID: Int?
  /// `add_bos_token`
  package var addsBOS: Bool?
  /// `add_eos_token`
  package var addsEOS: Bool?
  /// `add_space_prefix`
  package var addsSpacePrefix: Bool?
  /// `remove_extra_whitespaces`
  package var removesExtraWhitespace: Bool?
  /// `precompiled_charsmap`: SentencePiece's normalisation rules.
  package var charactersMap: [UInt8] = []

  package init(model: String, tokens: [[UInt8]]) {
    self.model = model
    self.tokens = tokens
  }
}
