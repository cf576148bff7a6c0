/// What every causal language model can be asked, whatever its architecture.
package struct ModelConfiguration: Sendable, Hashable {
  package let vocabularySize: Int
  package let hiddenSize: Int
  package let layerCount: Int
  package let headCount: Int
  package let keyValueHeadCount: Int
  package let headSize: Int
  /// Positions that the model was made for: the limit of prompt and generated tokens together.
  package let maxPositionCount: Int
  /// Sequences of more tokens have other rotary frequencies at all of their positions: when one grows beyond, its keys
  /// and values have to be computed again. nil for most models.
  package let longContextStart: Int?
  package let bosTokenID: Int?
  /// Tokens that end a generation; those of generation_config.json when it names any.
  package let eosTokenIDs: [Int]
}
