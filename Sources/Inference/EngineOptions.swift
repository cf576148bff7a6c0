/// How large an engine's batches and its cache are; none of it changes a result.
package struct EngineOptions: Sendable, Hashable {
  /// The most requests that run together.
  package var maximumBatch: Int
  /// The most rows of one forward pass; at least `maximumBatch`.
  package var tokenBudget: Int
  /// The most rows of one prompt in one forward pass: what a long prompt may delay the others by.
  package var prefillChunk: Int
  /// Blocks of 32 positions in the cache; nil for as many as the batch can use within `cacheByteLimit`.
  package var blockCount: Int?
  package var cacheByteLimit: Int
  /// Whether requests use what others with the same salt have computed of the same beginning.
  package var usesPrefixCache: Bool

  package init(
    maximumBatch: Int = 64,
    tokenBudget: Int = 512,
    prefillChunk: Int = 256,
    blockCount: Int? = nil,
    cacheByteLimit: Int = 1 << 30,
    usesPrefixCache: Bool = true
  ) {
    self.maximumBatch = maximumBatch
    self.tokenBudget = max(tokenBudget, maximumBatch)
    self.prefillChunk = prefillChunk
    self.blockCount = blockCount
    self.cacheByteLimit = cacheByteLimit
    self.usesPrefixCache = usesPrefixCache
  }
}
