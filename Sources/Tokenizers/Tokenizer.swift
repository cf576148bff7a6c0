import Synchronization

/// Text to token ids and back, as the Hugging Face pipeline that tokenizer.json describes:
/// normaliser, pre-tokeniser, model, post-processor; and the decoder for the way back.
///
/// Truncation and padding that the file asks for are left aside, as transformers does: how long a text may be is for
/// whoever asks to say, and cutting one silently would be wrong.
package final class Tokenizer: Sendable {
  /// Buffers kept for later calls; more callers at once make their own.
  private static let scratchLimit = 8

  private let pipeline: TokenizerPipeline
  private let addedTokens: AddedTokens
  private let specialIDs: Set<Int>
  private let scratches = Mutex<[EncodingScratch]>([])

  init(_ pipeline: TokenizerPipeline) {
    self.pipeline = pipeline
    addedTokens = AddedTokens(pipeline.addedTokens)
    specialIDs = Set(pipeline.addedTokens.filter(\.isSpecial).map(\.id))
  }

  /// The tokens that begin and end a text; nil where no file names one.
  package var bosID: Int? { pipeline.bosID }
  package var eosID: Int? { pipeline.eosID }

  /// The ids of `text`. With `addSpecialTokens`, those that the model expects around a text (most often BOS) too;
  /// special tokens written out in the text become their ids either way.
  package func encode(_ text: String, addSpecialTokens: Bool = true) -> [Int] {
    var scratch = scratches.withLock { $0.popLast() } ?? EncodingScratch()
    var ids: [Int] = []
    let bytes = Array(text.utf8)
    for segment in addedTokens.split(bytes, normalized: false) {
      switch segment {
      case .token(let id): ids.append(id)
      case .text(let range):
        let segment = range == bytes.indices ? bytes : Array(bytes[range])
        encode(segment, isAtStart: range.lowerBound == 0, &scratch, into: &ids)
      }
    }
    // Texts are not kept, only the buffers.
    scratch.pieces.reset([], isAtStart: true)
    scratches.withLock { [scratch] in if $0.count < Self.scratchLimit { $0.append(scratch) } }
    return addSpecialTokens ? pipeline.postProcessor.process(ids) : ids
  }

  private func encode(_ bytes: [UInt8], isAtStart: Bool, _ scratch: inout EncodingScratch, into ids: inout [Int]) {
    let normalized = pipeline.normalizer.normalize(bytes)
    for segment in addedTokens.split(normalized, normalized: true) {
      switch segment {
      case .token(let id): ids.append(id)
      case .text(let range):
        let text = range == normalized.indices ? normalized : Array(normalized[range])
        scratch.pieces.reset(text, isAtStart: isAtStart && range.lowerBound == 0)
        pipeline.preTokenizer.cut(&scratch.pieces)
        tokenizePieces(&scratch, into: &ids)
      }
    }
  }

  private func tokenizePieces(_ scratch: inout EncodingScratch, into ids: inout [Int]) {
    // Taken out and put back, so that the model may write on the rest of the scratch.
    let pieces = scratch.pieces
    scratch.pieces = TextPieces()
    let text = pieces.text.span
    for range in pieces.ranges { pipeline.model.tokenize(text, range, &scratch, into: &ids) }
    scratch.pieces = pieces
  }

  /// The text of `ids`. Ids without a token are left out, as special tokens are if `skipSpecialTokens`. Spaces stay as
  /// the decoder makes them: transformers' `clean_up_tokenization_spaces` is not looked at.
  package func decode(_ ids: [Int], skipSpecialTokens: Bool = true) -> String {
    var stream = makeStreamDecoder(skipSpecialTokens: skipSpecialTokens)
    var bytes: [UInt8] = []
    for id in ids { bytes += stream.pushBytes(id) }
    bytes += stream.finishBytes()
    return String(decoding: bytes, as: UTF8.self)
  }

  package func makeStreamDecoder(skipSpecialTokens: Bool = true) -> StreamDecoder {
    StreamDecoder(self, pipeline.decoder, skipsSpecialTokens: skipSpecialTokens)
  }

  /// One more than the largest id.
  package var vocabularySize: Int { pipeline.vocabulary.size }

  /// The token as the vocabulary spells it (`▁` for a space, `<0x0A>` for a byte); empty for an id without a token.
  package func tokenBytes(_ id: Int) -> [UInt8] {
    pipeline.vocabulary.bytes(of: id).map(Array.init) ?? []
  }

  /// The bytes that the token adds to the decoded text when it stands in the middle of one: byte-level spelling undone,
  /// `▁` as a space, `<0x0A>` as that byte. Empty for special tokens and for ids without a token.
  package func textBytes(of id: Int) -> [UInt8] {
    guard !isSpecial(id), let token = pipeline.vocabulary.bytes(of: id) else { return [] }
    return pipeline.decoder.bytesInsideText(of: Array(token))
  }

  /// The id of the token with exactly these bytes, added tokens included.
  package func id(of token: String) -> Int? { pipeline.vocabulary.id(of: token) }

  package func isSpecial(_ id: Int) -> Bool { specialIDs.contains(id) }

  /// No token stands for more than this many bytes of input, so a text has at least `bytes / longest` tokens.
  /// `Int32.max` when one token can stand for any amount (fused unknown text, tokens that take white space along).
  package var longestTokenByteCount: Int {
    guard let shrinking = pipeline.normalizer.longestShrinking, !pipeline.preTokenizer.removesText,
      !addedTokens.strips, let unknown = pipeline.model.unknownByteCount(pipeline.preTokenizer)
    else { return Int(Int32.max) }
    return max(pipeline.vocabulary.longestTokenByteCount, unknown) * shrinking
  }
}
