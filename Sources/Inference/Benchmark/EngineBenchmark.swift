package import Models
import Tensors

/// Times a model's forward passes alone: random tokens in, the likeliest token of each row out; no scheduler, no text.
///
/// Prefill is the time of prompts from an empty cache to the logits of their last positions; decode that of greedy steps
/// of all sequences at once, after an untimed prefill. These are also the definitions of llama-bench and
/// llama-batched-bench, so that figures can stand side by side.
package struct EngineBenchmark {
  private let model: CausalLanguageModel
  private let cache: KVCache
  private let workspace: Workspace
  private let blocksPerSequence: Int
  private let maximumBatch: Int

  /// Rows of one pass, as llama.cpp's default.
  private static let rowBudget = 512

  /// - Parameters:
  ///   - maximumBatch: the most sequences of a measurement.
  ///   - positionCount: the most tokens of one of them, generated ones included; at most the model's context.
  package init(_ model: CausalLanguageModel, maximumBatch: Int, positionCount: Int) {
    precondition(maximumBatch > 0 && positionCount > 0, "a benchmark computes something")
    self.model = model
    self.maximumBatch = maximumBatch
    blocksPerSequence = Self.blockCount(positionCount)
    cache = model.makeCache(blockCount: maximumBatch * blocksPerSequence)
    workspace = model.makeWorkspace(
      maximumRows: max(Self.rowBudget, maximumBatch),
      maximumSequences: maximumBatch,
      maximumLogitRows: maximumBatch
    )
  }

  /// Bytes of cache and logits that such a benchmark takes.
  package static func byteCount(_ model: CausalLanguageModel, maximumBatch: Int, positionCount: Int) -> Int {
    let logits = model.configuration.vocabularySize * MemoryLayout<Float>.stride
    return maximumBatch * (blockCount(positionCount) * model.cacheBlockByteCount + logits)
  }

  private static func blockCount(_ positionCount: Int) -> Int {
    (positionCount + KVCache.blockSize - 1) / KVCache.blockSize
  }
}

// MARK: - Timing once

extension EngineBenchmark {
  /// Sequences whose prompts are in the cache.
  package struct PrefilledBatch {
    package let duration: Duration
    /// Of the next token.
    fileprivate let position: Int
    fileprivate let nextTokens: [Int32]
  }

  /// Computes `batch` prompts of `tokenCount` tokens each.
  /// - Throws: `invalidLogits` when a row has no likeliest token.
  package func prefill(batch: Int, tokenCount: Int) throws(InferenceError) -> PrefilledBatch {
    precondition((1...maximumBatch).contains(batch) && tokenCount > 0, "the cache was made for other prompts")
    let random = RandomTokens(vocabularySize: model.configuration.vocabularySize)
    let prompts = (0..<batch).map { random.sequence($0, count: tokenCount) }
    var nextTokens: [Int32] = []
    var pass = ForwardBatch()
    let start = ContinuousClock.now
    for (sequence, prompt) in prompts.enumerated() {
      var position = 0
      while position < tokenCount {
        let end = min(tokenCount, position + Self.rowBudget - pass.tokens.count)
        pass.append(
          tokens: prompt[position..<end],
          startingAt: position,
          blockTable: blockTable(of: sequence),
          logits: end == tokenCount ? .last : .none,
          contextLength: tokenCount
        )
        position = end
        if pass.tokens.count == Self.rowBudget || (sequence == batch - 1 && end == tokenCount) {
          nextTokens += try compute(pass, position: tokenCount - 1)
          pass.removeAll()
        }
      }
    }
    return PrefilledBatch(duration: .now - start, position: tokenCount, nextTokens: nextTokens)
  }

  /// Generates `stepCount` tokens of each sequence. May be repeated from the same prefill.
  package func decode(_ prefilled: PrefilledBatch, stepCount: Int) throws(InferenceError) -> Duration {
    let tables = prefilled.nextTokens.indices.map(blockTable)
    var tokens = prefilled.nextTokens
    var pass = ForwardBatch()
    let start = ContinuousClock.now
    for position in prefilled.position..<prefilled.position + stepCount {
      pass.removeAll()
      for (token, table) in zip(tokens, tables) {
        pass.append(tokens: CollectionOfOne(token), startingAt: position, blockTable: table, logits: .last)
      }
      tokens = try compute(pass, position: position)
    }
    return .now - start
  }

  /// The likeliest token after each row that has logits.
  private func compute(_ pass: ForwardBatch, position: Int) throws(InferenceError) -> [Int32] {
    model.forward(pass, cache: cache, workspace: workspace)
    var tokens: [Int32] = []
    tokens.reserveCapacity(pass.logitRowCount)
    for row in 0..<pass.logitRowCount {
      guard let token = workspace.withLogits(row: row, { model.kernels.argmax($0) }) else {
        throw .invalidLogits(position: position)
      }
      tokens.append(Int32(token))
    }
    return tokens
  }

  private func blockTable(of sequence: Int) -> [Int32] {
    (sequence * blocksPerSequence..<(sequence + 1) * blocksPerSequence).map { Int32($0) }
  }
}

// MARK: - Timing repeatedly

extension EngineBenchmark {
  /// Steps that warm caches and threads up.
  private static let warmUpSteps = 8

  /// Tokens per second of one prompt, `runs` times after one that does not count.
  package func prefillSpeed(tokenCount: Int, runs: Int) throws(InferenceError) -> SpeedSamples {
    var samples = SpeedSamples()
    for run in 0...runs {
      let prefilled = try prefill(batch: 1, tokenCount: tokenCount)
      if run > 0 { samples.append(tokenCount, in: prefilled.duration) }
    }
    return samples
  }

  /// Tokens per second of all sequences together, `runs` times after a few steps that do not count.
  package func decodeSpeed(
    batch: Int,
    promptCount: Int,
    stepCount: Int,
    runs: Int
  ) throws(InferenceError) -> SpeedSamples {
    let prefilled = try prefill(batch: batch, tokenCount: promptCount)
    _ = try decode(prefilled, stepCount: min(stepCount, Self.warmUpSteps))
    var samples = SpeedSamples()
    for _ in 0..<runs { samples.append(batch * stepCount, in: try decode(prefilled, stepCount: stepCount)) }
    return samples
  }
}
