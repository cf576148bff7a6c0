package import Datasets
package import JSON
package import Models
internal import Tensors

/// Fine-tunes a model step by step; what transformers' Trainer does, as a function of model, data, options and seed.
///
/// Everything random is a function of seed and step, so a run that is resumed from a checkpoint, anywhere, ends with
/// the bits of one that was never interrupted. One call at a time; calls block the thread.
package final class Trainer {
  package let model: TrainableModel
  /// With the adjustments so far.
  package private(set) var options: TrainingOptions
  package private(set) var plan: TrainingPlan
  package internal(set) var state = TrainerState()
  /// What the run began with.
  let initialOptions: TrainingOptions
  let data: TrainingData
  let optimizer: Optimizer
  private let order: EpochOrder
  private var epochRows: (epoch: Int, rows: [Int])?
  private var pendingAdjustments: [TrainingAdjustment] = []
  private var hasProbed = false
  var speed: Speed

  /// - Parameters:
  ///   - model: as it was when the run began, or anything of the same parameters when it resumes.
  ///   - packs: indices of the sequences that make up a row each; nil: each is a row of its own.
  ///   - evaluation: nil where nothing is evaluated.
  ///   - directory: a checkpoint that `save(to:)` wrote in a run of the same options, data, precision and kernels.
  package init(
    model: TrainableModel,
    options: TrainingOptions,
    train: [TrainingExample],
    packs: [[Int]]? = nil,
    evaluation: [TrainingExample]? = nil,
    resumingFrom directory: String? = nil
  ) throws(TrainingError) {
    if evaluation == nil {
      let strategy = options.json["eval_strategy"]?.string ?? ""
      try require("eval_strategy", strategy, "no without an eval split", options.evaluation.interval == .never)
      try require("eval_on_start", true, "false without an eval split", !options.evaluation.runsAtStart)
    }
    self.model = model
    self.options = options
    initialOptions = options
    data = try TrainingData(
      train: train,
      packs: packs,
      evaluation: evaluation,
      configuration: model.configuration,
      maximumRows: model.options.maximumRows
    )
    plan = try TrainingPlan(options: options, exampleCount: data.train.count)
    order = EpochOrder(options: options, lengths: data.train.map { TrainingData.tokenCount($0) })
    optimizer = Optimizer(parameters: model.parameters, method: options.optimizer.method, kernels: model.kernels)
    speed = Speed(step: 0)
    guard let directory else { return }
    state = try restore(from: directory)
    for adjustment in state.adjustments { try apply(adjustment) }
    speed = Speed(step: state.globalStep)
  }

  package var isFinished: Bool { state.endReason != nil }

  /// Optimiser steps that are done, of all; for progress and the time that is left.
  package var fractionDone: Double { isFinished ? 1 : Double(state.globalStep) / Double(max(1, plan.totalSteps)) }

  /// One unit of work: the probe of the largest batches at first, then optimiser steps, and between them the batches of
  /// an evaluation that is due. The run can be saved and interrupted after each.
  /// - Parameter goesOn: asked before each batch of an optimiser step, with how many are done, of how many. At the first
  ///   no the step is given up: the run is where it was before it, and the next call takes the step from its beginning.
  /// - Precondition: the run is not finished.
  package func step(
    while goesOn: (_ done: Int, _ count: Int) -> Bool = { _, _ in true }
  ) throws(TrainingError) -> [TrainingEvent] {
    precondition(!isFinished, "a finished run takes no steps")
    guard hasProbed else {
      hasProbed = true
      return [probe()]
    }
    let adjusted = try applyPendingAdjustments()
    if state.evaluation != nil { return adjusted + evaluateBatch() }
    if options.evaluation.runsAtStart, state.globalStep == 0, !state.didEvaluateAtStart {
      state.didEvaluateAtStart = true
      state.evaluation = EvaluationProgress(isSaveDue: false)
      return adjusted + evaluateBatch()
    }
    guard state.globalStep < plan.totalSteps else { return adjusted + conclude(isSaveDue: true) }
    guard let learned = try learn(while: goesOn) else { return adjusted }
    return adjusted + learned + concludeStep()
  }

  /// Changes options from the next step on.
  /// - Parameters:
  ///   - sequence: of the queue; one that was applied already, by a resumed run's earlier attempt, changes nothing.
  ///   - step: steps to be taken before; nil: now. For the replay of what came after the checkpoint.
  /// - Returns: an event where it took effect now; what waits tells at its step.
  package func adjust(
    _ changes: JSONObject,
    sequence: Int,
    atStep step: Int? = nil
  ) throws(TrainingError) -> [TrainingEvent] {
    let known = (state.adjustments + pendingAdjustments).map(\.sequence).max() ?? .min
    guard sequence > known else { return [] }
    let adjustment = TrainingAdjustment(sequence: sequence, step: step ?? nextAdjustmentStep, changes: changes)
    guard adjustment.step >= state.globalStep else {
      throw .adjustmentTooLate(step: adjustment.step, globalStep: state.globalStep)
    }
    _ = try adjustedOptions(changes)
    pendingAdjustments.append(adjustment)
    return try applyPendingAdjustments()
  }

  /// The step at which an adjustment that is made now takes effect: not before those that were made earlier.
  package var nextAdjustmentStep: Int { max(state.globalStep, pendingAdjustments.last?.step ?? 0) }

  private func applyPendingAdjustments() throws(TrainingError) -> [TrainingEvent] {
    var events: [TrainingEvent] = []
    while let adjustment = pendingAdjustments.first, adjustment.step <= state.globalStep {
      pendingAdjustments.removeFirst()
      try apply(adjustment)
      state.adjustments.append(adjustment)
      events.append(.adjusted(adjustment))
    }
    return events
  }

  private func apply(_ adjustment: TrainingAdjustment) throws(TrainingError) {
    options = try adjustedOptions(adjustment.changes)
    plan = try TrainingPlan(options: options, exampleCount: data.train.count)
  }

  private func adjustedOptions(_ changes: JSONObject) throws(TrainingError) -> TrainingOptions {
    let adjusted = try options.adjusted(by: changes)
    if data.evaluation == nil {
      try require("eval_steps", "set", "left alone without an eval split", adjusted.evaluation.interval == .never)
    }
    return adjusted
  }

  /// The rows of the optimiser step to come, batch by batch.
  func window() -> [[TrainingExample]] {
    let epoch = plan.position(atStep: state.globalStep).epoch
    let rows: [Int]
    if let epochRows, epochRows.epoch == epoch {
      rows = epochRows.rows
    } else {
      rows = order.rows(epoch: epoch)
      epochRows = (epoch, rows)
    }
    return plan.window(atStep: state.globalStep).map { places in rows[places].flatMap { data.train[$0] } }
  }

  /// Runs the largest batches without learning from them: what does not fit fails now, not after hours.
  private func probe() -> TrainingEvent {
    let largest = data.largestBatches(options.batches)
    let duration = ContinuousClock().measure {
      if let batch = largest.train {
        // No step has this counter.
        _ = accumulateGradients(batch, targetCount: batch.targetCount, counter: .max)
        model.zeroGradients()
      }
      if let batch = largest.evaluation { _ = model.evaluate(batch) }
    }
    let rows = max(largest.train?.tokens.count ?? 0, largest.evaluation?.tokens.count ?? 0)
    return .probed(rows: rows, seconds: duration.seconds)
  }

  /// gradient += d(mean loss of `targetCount` labels)
  func accumulateGradients(_ batch: TrainingBatch, targetCount: Int, counter: UInt64) -> BatchLoss {
    model.accumulateGradients(
      batch,
      scale: 1 / Float(max(1, targetCount)),
      labelSmoothing: Float(options.regularisation.labelSmoothing),
      randomness: StepRandomness(key: options.seed, counter: counter),
      neftuneNoiseAlpha: options.regularisation.noiseAlpha.map { Float($0) }
    )
  }
}

/// Its owner makes one call at a time.
extension Trainer: @unchecked Sendable {}
