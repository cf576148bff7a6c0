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
  package let bosTokenID: Int?
  /// Tokens that end a generation; those of generation_config.json when it names any.
  package let eosTokenIDs: [Int]
}
