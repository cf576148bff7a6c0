/// The stages of a tokenizer, whatever file they were read from.
struct TokenizerPipeline: Sendable {
  /// All tokens, added ones included.
  var vocabulary: Vocabulary
  var addedTokens: [AddedToken] = []
  var normalizer = Normalizer.identity
  var preTokenizer = PreTokenizer.none
  var model: TokenModel
  var postProcessor = PostProcessor()
  var decoder: TokenDecoder
  var bosID: Int?
  var eosID: Int?
}
