/// Text to token ids and back, as the Hugging Face pipeline that tokenizer.json describes:
/// normaliser, pre-tokeniser, model, post-processor; and the decoder for the way back.
package final class Tokenizer: Sendable {
  let vocabulary: Vocabulary
  let decoder: TokenDecoder
  private let addedTokens: AddedTokens
  private let specialIDs: Set<Int>
  private let normalizer: Normalizer
  private let preTokenizer: PreTokenizer
  private let model: TokenModel
  private let postProcessor: PostProcessor

  /// The tokens that tokenizer_config.json names; nil where it names none.
  package let bosID: Int?
  package let eosID: Int?

  init(_ file: JSONSection, _ configuration: TokenizerConfiguration) throws(TokenizerError) {
    let modelSection = try file.section("model")
    var vocabulary = try Vocabulary(try modelSection.section("vocab"))
    // The model sees its own tokens only, not the added ones.
    model = try TokenModel(modelSection, vocabulary)
    normalizer = try Normalizer(try file.optionalSection("normalizer"))
    preTokenizer = try PreTokenizer(try file.optionalSection("pre_tokenizer"))
    addedTokens = try AddedTokens(try file.optionalSection("added_tokens"), &vocabulary, normalizer: normalizer)
    specialIDs = Set(addedTokens.tokens.filter(\.isSpecial).map(\.id))
    decoder = try TokenDecoder(try file.optionalSection("decoder"))
    bosID = configuration.bosToken.flatMap { vocabulary.id(of: $0) }
    eosID = configuration.eosToken.flatMap { vocabulary.id(of: $0) }
    var postProcessor = try PostProcessor(try file.optionalSection("post_processor"), vocabulary)
    postProcessor.apply(
      addsBOS: configuration.addsBOS,
      bosID: bosID,
      addsEOS: configuration.addsEOS,
      eosID: eosID
    )
    self.postProcessor = postProcessor
    self.vocabulary = vocabulary
  }

  /// The ids of `text`. With `addSpecialTokens`, those that the model expects around a text (most often BOS) too;
  /// special tokens written out in the text become their ids either way.
  package func encode(_ text: String, addSpecialTokens: Bool = true) -> [Int] {
    var ids: [Int] = []
    for segment in addedTokens.split(Array(text.utf8), normalized: false) {
      switch segment {
      case .token(let id): ids.append(id)
      case .text(let bytes): encodeText(bytes, into: &ids)
      }
    }
    return addSpecialTokens ? postProcessor.process(ids) : ids
  }

  private func encodeText(_ bytes: ArraySlice<UInt8>, into ids: inout [Int]) {
    for segment in addedTokens.split(normalizer.normalize(Array(bytes)), normalized: true) {
      switch segment {
      case .token(let id): ids.append(id)
      case .text(let text): for piece in preTokenizer.pieces(of: text) { model.tokenize(piece, into: &ids) }
      }
    }
  }

  /// The text of `ids`. Ids without a token are left out, as special tokens are if `skipSpecialTokens`.
  package func decode(_ ids: [Int], skipSpecialTokens: Bool = true) -> String {
    var stream = makeStreamDecoder(skipSpecialTokens: skipSpecialTokens)
    var bytes: [UInt8] = []
    for id in ids { bytes += stream.pushBytes(id) }
    bytes += stream.finishBytes()
    return String(decoding: bytes, as: UTF8.self)
  }

  package func makeStreamDecoder(skipSpecialTokens: Bool = true) -> StreamDecoder {
    StreamDecoder(self, skipsSpecialTokens: skipSpecialTokens)
  }

  /// One more than the largest id.
  package var vocabularySize: Int { vocabulary.size }

  /// The token as the vocabulary spells it (`▁` for a space, `<0x0A>` for a byte); empty for an id without a token.
  package func tokenBytes(_ id: Int) -> [UInt8] {
    vocabulary.bytes(of: id).map(Array.init) ?? []
  }

  /// The id of the token with exactly these bytes, added tokens included.
  package func id(of token: String) -> Int? { vocabulary.id(of: token) }

  package func isSpecial(_ id: Int) -> Bool { specialIDs.contains(id) }

  /// No token stands for more than this many bytes of input, so a text has at least `bytes / longest` tokens.
  /// `Int32.max` when one token can stand for any amount (fused unknown text, tokens that take white space along).
  package var longestTokenByteCount: Int {
    guard !normalizer.mayShrink, !addedTokens.strips, let unknown = model.unknownByteCount(preTokenizer) else {
      return Int(Int32.max)
    }
    return max(vocabulary.longestTokenByteCount, unknown)
  }
}
