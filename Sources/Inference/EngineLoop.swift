import Models
import Tensors

/// What the engine's thread does: take requests in, drop cancelled ones, compute a step, answer.
struct EngineLoop {
  private let core: EngineCore
  private let observe: (@Sendable (StepObservation) -> Void)?
  private let runner: StepRunner
  private var scheduler: Scheduler
  private var sequences: [SequenceID: ActiveSequence] = [:]
  private var nextID = 0
  private var workspace: Sampler.Workspace

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
        longContextStart: model.configuration.longContextStart
      )
    )
  }

  mutating func run() {
    while let submissions = core.takeSubmissions() {
      for sequence in submissions { admit(sequence) }
      dropCancelled()
      let step = scheduler.plan()
      publish(isBusy: step != nil)
      if let step { compute(step) } else { core.waitForWork() }
    }
    for (_, sequence) in sequences.sorted(by: { $0.key < $1.key }) { sequence.fail(InferenceError.shutDown) }
    sequences = [:]
    publish(isBusy: false)
  }

  private mutating func admit(_ sequence: ActiveSequence) {
    core.update { $0.submittedCount += 1 }
    let id = SequenceID(nextID)
    nextID += 1
    switch scheduler.submit(id, tokenCount: sequence.promptCount, positionLimit: sequence.positionLimit) {
    case .accepted: sequences[id] = sequence
    case .exceedsCapacity:
      core.update { $0.failedCount += 1 }
      sequence.fail(
        InferenceError.cacheCapacityExceeded(tokens: sequence.positionLimit, limit: scheduler.positionCapacity)
      )
    }
  }

  private mutating func dropCancelled() {
    for (id, sequence) in sequences where sequence.ticket.isCancelled {
      _ = scheduler.cancel(id)
      sequences[id] = nil
      core.update { $0.cancelledCount += 1 }
      sequence.fail(CancellationError())
    }
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

  private mutating func compute(_ step: Scheduler.Step) {
    let start = ContinuousClock.now
    for slice in step.slices where sequences[slice.id]?.startedAt == nil { sequences[slice.id]?.startedAt = start }
    var ended: [(id: SequenceID, sequence: ActiveSequence, outcome: Outcome)] = []
    var generatedCount = 0
    let runner = runner
    for pass in runner.passes(of: step, sequences) {
      runner.forward(pass)
      for (row, (id, position)) in pass.logitRows.enumerated() {
        guard var sequence = sequences.removeValue(forKey: id) else { continue }
        let outcome = runner.withLogits(row: row) { advance(&sequence, $0, position: position) }
        if sequence.generation != nil { generatedCount += 1 }
        if case .continues = outcome { sequences[id] = sequence } else { ended.append((id, sequence, outcome)) }
      }
    }
    let cancelled = scheduler.finishStep(finished: Set(ended.map(\.id)))
    precondition(cancelled.isEmpty, "cancellations are told between steps")
    report(step, ended.map(\.outcome), generatedCount: generatedCount, duration: .now - start)
    for (_, sequence, outcome) in ended { answer(sequence, outcome) }
  }

  private enum Outcome {
    case continues
    case finished
    case failed(InferenceError)
  }

  /// Uses the logits of the token at `position`.
  private mutating func advance(_ sequence: inout ActiveSequence, _ logits: Span<Float>, position: Int) -> Outcome {
    guard case .generation(_, let progress) = sequence.purpose else {
      return score(&sequence, logits, position: position)
    }
    // No copy of the generation may live while it takes a token: its arrays would be copied too.
    let choice = sequence.generation?.choose(from: logits, workspace: &workspace) ?? .invalidLogits
    if sequence.firstTokenAt == nil { sequence.firstTokenAt = .now }
    let added: String?
    switch choice {
    case .invalidLogits: return .failed(.invalidLogits(position: position))
    case .end: added = sequence.generation?.end()
    case .token(let token):
      let score = sequence.generation?.parameters.alternativeCount.flatMap {
        workspace.kernels.score(token, logits, alternativeCount: $0)
      }
      added = sequence.generation?.append(token, score: score)
      sequence.tokens.append(Int32(token))
    }
    if let progress { tell(progress, sequence.generation, added: added ?? "") }
    return sequence.generation?.finishReason == nil ? .continues : .finished
  }

  private func tell(
    _ progress: @Sendable (GenerationProgress) -> Void,
    _ generation: Generation?,
    added: String
  ) {
    guard let generation else { return }
    progress(
      GenerationProgress(
        generatedTokenCount: generation.tokens.count,
        tokenLimit: generation.tokenLimit - generation.prompt.count,
        newText: added
      )
    )
  }

  private func score(_ sequence: inout ActiveSequence, _ logits: Span<Float>, position: Int) -> Outcome {
    // A sequence that had to give way computes its first positions again.
    guard position + 1 == sequence.firstScored + sequence.scores.count else { return .continues }
    let token = Int(sequence.tokens[position + 1])
    guard let score = workspace.kernels.score(token, logits, alternativeCount: sequence.alternativeCount) else {
      return .failed(.invalidLogits(position: position))
    }
    sequence.scores.append(score)
    return position + 2 == sequence.tokens.count ? .finished : .continues
  }

  /// Answers a sequence that ended; the statistics tell of it before its caller can look.
  private func answer(_ sequence: ActiveSequence, _ outcome: Outcome) {
    switch outcome {
    case .continues: preconditionFailure("a sequence that goes on has no answer")
    case .finished: sequence.succeed(now: .now)
    case .failed(let error): sequence.fail(error)
    }
  }

  private func report(_ step: Scheduler.Step, _ outcomes: [Outcome], generatedCount: Int, duration: Duration) {
    let prefillCount = step.slices.reduce(0) { $0 + ($1.count > 1 || $1.start == 0 ? $1.count : 0) }
    core.update {
      $0.stepCount += 1
      $0.stepDuration += duration
      $0.prefillTokenCount += UInt64(prefillCount)
      $0.generatedTokenCount += UInt64(generatedCount)
      $0.preemptionCount += UInt64(step.preempted.count)
      $0.usedBlockCount = scheduler.usedBlockCount
      for outcome in outcomes {
        if case .finished = outcome { $0.succeededCount += 1 } else { $0.failedCount += 1 }
      }
    }
    observe?(
      StepObservation(
        batchSize: step.slices.count,
        prefillTokenCount: prefillCount,
        generatedTokenCount: generatedCount,
        duration: duration
      )
    )
  }
}
