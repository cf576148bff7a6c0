/// What an engine has done and is doing; counters only grow.
package struct InferenceStatistics: Sendable, Hashable {
  /// Steps that ended: the progress mark of the watchdog. It stands still only when the engine is idle or stuck.
  package var stepCount: UInt64 = 0
  /// Whether there is something to compute: a busy engine whose `stepCount` stands still is stuck.
  package var isBusy = false
  /// Rows computed for prompts, those computed again after a preemption included.
  package var prefillTokenCount: UInt64 = 0
  /// Tokens that were sampled.
  package var generatedTokenCount: UInt64 = 0
  package var submittedCount: UInt64 = 0
  package var succeededCount: UInt64 = 0
  package var failedCount: UInt64 = 0
  package var cancelledCount: UInt64 = 0
  package var preemptionCount: UInt64 = 0
  /// Tokens that were looked for in the prefix cache when their request began, and those that were there.
  package var prefixQueryTokenCount: UInt64 = 0
  package var prefixHitTokenCount: UInt64 = 0
  /// Blocks that were taken from the prefix cache for other contents.
  package var evictedBlockCount: UInt64 = 0
  package var runningCount = 0
  package var waitingCount = 0
  /// Blocks that requests hold; cached ones that nobody holds count as free.
  package var usedBlockCount = 0
  package var blockCount = 0
  /// Time spent in steps.
  package var stepDuration = Duration.zero

  /// Used share of the key/value cache.
  package var cacheUsage: Double { blockCount == 0 ? 0 : Double(usedBlockCount) / Double(blockCount) }
}

/// One step, for histograms of the caller.
package struct StepObservation: Sendable, Hashable {
  /// Sequences in the step.
  package let batchSize: Int
  package let prefillTokenCount: Int
  package let generatedTokenCount: Int
  /// What the prefix cache was asked for and gave, and what it lost, since the step before.
  package let prefixQueryTokenCount: Int
  package let prefixHitTokenCount: Int
  package let evictedBlockCount: Int
  /// Share of the key/value cache that requests hold after the step.
  package let cacheUsage: Double
  package let duration: Duration

  /// Whether every row was a generated token's.
  package var isDecodeOnly: Bool { prefillTokenCount == 0 }
}
