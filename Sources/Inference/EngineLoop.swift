import Models
import Tensors

/// What the engine's thread does: take requests in, drop cancelled ones, compute a step, answer.
///
/// A step in which the same sequences decode allocates nothing here.
struct EngineLoop {
  private let core: EngineCore
  private let observe: (@Sendable (StepObservation) -> Void)?
  private var runner: StepRunner
  private var scheduler: Scheduler
  /// By the scheduler's slots.
  private var sequences: [Occupant?] = []
  private var nextID = 0
  private var workspace: Sampler.Workspace
  /// Sequences that ended in the step.
  private var ended: [(sequence: ActiveSequence, outcome: ActiveSequence.Outcome)] = []
  /// What was told of the prefix cache.
  private var told = PrefixCounts()

  private struct Occupant {
    let id: SequenceID
    var sequence: ActiveSequence
  }

  private struct PrefixCounts {
    var queries: UInt64 = 0
    var hits: UInt64 = 0
    var evictions: UInt64 = 0
  }

  /// Blocks for a full batch of full contexts, if they fit the limit; at least for one full context.
  static func blockCount(_ model: CausalLanguageModel, _ options: EngineOptions) -> Int {
    let perSequence = (model.configuration.maxPositionCount + KVCache.blockSize - 1) / KVCache.blockSize
    let affordable = max(options.cacheByteLimit / model.cacheBlockByteCount, perSequence)
    return options.blockCount ?? min(options.maximumBatch * perSequence, affordable)
  }

  init(
    core: EngineCore,
    model: CausalLanguageModel,
    options: EngineOptions,
    observe: (@Sendable (StepObservation) -> Void)?
  ) {
    self.core = core
    self.observe = observe
    workspace = Sampler.Workspace(model.kernels)
    let blockCount = Self.blockCount(model, options)
    runner = StepRunner(model, options, blockCount: blockCount)
    scheduler = Scheduler(
      Scheduler.Configuration(
        maximumBatch: options.maximumBatch,
        tokenBudget: options.tokenBudget,
        prefillChunk: options.prefillChunk,
        blockCount: blockCount,
        blockSize: KVCache.blockSize,
        longContextStart: model.configuration.longContextStart,
        usesPrefixCache: options.usesPrefixCache
      )
    )
  }

  mutating func run() {
    while let submissions = core.takeSubmissions() {
      for sequence in submissions { admit(sequence) }
      if core.takeCancellations() { dropCancelled() }
      let isBusy = scheduler.plan()
      publish(isBusy: isBusy)
      if isBusy { compute() } else { core.waitForWork() }
    }
    for occupant in sequences { occupant?.sequence.fail(InferenceError.shutDown) }
    sequences = []
    publish(isBusy: false)
  }

  private mutating func admit(_ sequence: ActiveSequence) {
    core.update { $0.submittedCount += 1 }
    // A task may have been cancelled before it came here: nobody will tell of it again.
    guard !sequence.ticket.isCancelled else { return dropCancelled(sequence) }
    let request = sequence.request(id: SequenceID(nextID))
    nextID += 1
    switch scheduler.submit(request) {
    case .accepted(let slot):
      if slot == sequences.count { sequences.append(nil) }
      sequences[slot] = Occupant(id: request.id, sequence: sequence)
      runner.use(sequence.adapter, forSequenceAt: slot)
    case .exceedsCapacity:
      core.update { $0.failedCount += 1 }
      sequence.fail(
        InferenceError.cacheCapacityExceeded(tokens: request.positionLimit, limit: scheduler.positionCapacity)
      )
    }
  }

  private mutating func dropCancelled() {
    for slot in sequences.indices {
      guard let occupant = sequences[slot], occupant.sequence.ticket.isCancelled else { continue }
      _ = scheduler.cancel(occupant.id)
      vacate(slot)
      dropCancelled(occupant.sequence)
    }
  }

  private mutating func vacate(_ slot: Int) {
    sequences[slot] = nil
    runner.use(nil, forSequenceAt: slot)
  }

  private func dropCancelled(_ sequence: ActiveSequence) {
    core.update { $0.cancelledCount += 1 }
    sequence.fail(CancellationError())
  }

  private func publish(isBusy: Bool) {
    core.update {
      $0.isBusy = isBusy
      $0.runningCount = scheduler.runningCount
      $0.waitingCount = scheduler.waitingCount
      $0.usedBlockCount = scheduler.usedBlockCount
    }
  }

  // MARK: - A step

  private mutating func compute() {
    let start = ContinuousClock.now
    for index in scheduler.step.slices.indices {
      let slice = scheduler.step.slices[index]
      sequences[slice.slot]?.sequence.begin(cachedCount: slice.start, now: start)
    }
    var generatedCount = 0
    while runner.computePass(scheduler) {
      for row in runner.logitRows.indices where use(row) { generatedCount += 1 }
    }
    scheduler.finishStep()
    report(generatedCount: generatedCount, duration: .now - start)
    for (sequence, outcome) in ended { answer(sequence, outcome) }
    ended.removeAll(keepingCapacity: true)
  }

  /// - Returns: whether the row gave a token.
  private mutating func use(_ row: Int) -> Bool {
    let (slot, position) = (runner.logitRows[row].slot, runner.logitRows[row].position)
    let outcome = runner.withLogits(row: row) { logits in
      // In place: a copy of the sequence would make its arrays be copied as they grow.
      sequences[slot]?.sequence.advance(logits, position: position, &workspace) ?? .pending
    }
    switch outcome {
    case .pending: return false
    case .continues(let token):
      scheduler.append(token, toSequenceAt: slot)
      return true
    case .finished, .failed:
      guard let occupant = sequences[slot] else { return false }
      scheduler.end(sequenceAt: slot)
      vacate(slot)
      ended.append((occupant.sequence, outcome))
      return occupant.sequence.generation != nil
    }
  }

  /// Answers a sequence that ended; the statistics tell of it before its caller can look.
  private func answer(_ sequence: ActiveSequence, _ outcome: ActiveSequence.Outcome) {
    switch outcome {
    case .pending, .continues: preconditionFailure("a sequence that goes on has no answer")
    case .finished: sequence.succeed(now: .now)
    case .failed(let error): sequence.fail(error)
    }
  }

  private mutating func report(generatedCount: Int, duration: Duration) {
    let counts = PrefixCounts(
      queries: scheduler.counters.prefixQueryTokenCount,
      hits: scheduler.counters.prefixHitTokenCount,
      evictions: scheduler.evictedBlockCount
    )
    core.update {
      $0.stepCount += 1
      $0.stepDuration += duration
      $0.prefillTokenCount += UInt64(scheduler.step.prefillRowCount)
      $0.generatedTokenCount += UInt64(generatedCount)
      $0.preemptionCount = scheduler.counters.preemptionCount
      $0.prefixQueryTokenCount = counts.queries
      $0.prefixHitTokenCount = counts.hits
      $0.evictedBlockCount = counts.evictions
      $0.usedBlockCount = scheduler.usedBlockCount
      for (_, outcome) in ended {
        if case .finished = outcome { $0.succeededCount += 1 } else { $0.failedCount += 1 }
      }
    }
    observe?(
      StepObservation(
        batchSize: scheduler.step.slices.count,
        prefillTokenCount: scheduler.step.prefillRowCount,
        generatedTokenCount: generatedCount,
        prefixQueryTokenCount: Int(counts.queries - told.queries),
        prefixHitTokenCount: Int(counts.hits - told.hits),
        evictedBlockCount: Int(counts.evictions - told.evictions),
        cacheUsage: Double(scheduler.usedBlockCount) / Double(scheduler.configuration.blockCount),
        duration: duration
      )
    )
    told = counts
  }
}
