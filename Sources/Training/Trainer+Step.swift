internal import Datasets
package import JSON
internal import Models

extension Trainer {
  /// Takes one optimiser step: the gradient of a window of batches, normalised by all its labels, then the update.
  /// - Returns: nil when the step was given up, which has changed nothing.
  func learn(while goesOn: (_ done: Int, _ count: Int) -> Bool) throws(TrainingError) -> [TrainingEvent]? {
    let window = window()
    let targetCount = window.joined().reduce(0) { $0 + $1.trainableCount }
    let tokenCount = window.joined().reduce(0) { $0 + $1.tokens.count }
    guard targetCount > 0 else {
      state.learningRate = learningRate
      finishStep(tokenCount: tokenCount, exampleCount: window.joined().count)
      return [.warning(step: state.globalStep, .nothingToLearn)]
    }
    guard let loss = accumulateGradients(window, targetCount: targetCount, while: goesOn) else { return nil }
    state.learningRate = learningRate
    let mean = loss.sum / Double(targetCount)
    let norm = optimizer.gradientNorm()
    let isFinite = mean.isFinite && norm.isFinite
    if isFinite { update(norm: norm) }
    state.losses.record(loss, mean: mean)
    state.gradientNorm = isFinite ? norm : nil
    finishStep(tokenCount: tokenCount, exampleCount: window.joined().count)
    return try checkHealth(mean: mean, norm: norm, isFinite: isFinite)
  }

  /// As the schedule has it, and what evaluations made of that.
  private var learningRate: Double {
    let scheduled = options.schedule.learningRate(
      base: options.optimizer.learningRate,
      step: state.globalStep,
      totalSteps: plan.totalSteps
    )
    return scheduled * state.plateau.factor * state.greedy.factor
  }

  private func accumulateGradients(
    _ window: [[TrainingExample]],
    targetCount: Int,
    while goesOn: (_ done: Int, _ count: Int) -> Bool
  ) -> BatchLoss? {
    model.zeroGradients()
    var total = BatchLoss()
    let batches = window.flatMap { data.batches($0) }
    for (index, batch) in batches.enumerated() {
      // What is in the gradients then the next step clears.
      guard goesOn(index, batches.count) else { return nil }
      // A window has fewer batches than there are rows in the largest.
      let counter = UInt64(state.globalStep) * UInt64(BatchOptions.largestWindow) + UInt64(index)
      let loss = accumulateGradients(batch, targetCount: targetCount, counter: counter)
      total.sum += loss.sum
      total.tokenCount += loss.tokenCount
      total.hitCount += loss.hitCount
    }
    return total
  }

  private func update(norm: Double) {
    state.updateCount += 1
    optimizer.update(
      learningRate: state.learningRate,
      gradientScale: options.optimizer.gradientScale(norm: norm),
      options: options.optimizer,
      updateCount: state.updateCount
    )
  }

  private func finishStep(tokenCount: Int, exampleCount: Int) {
    state.globalStep += 1
    state.tokensSeen += tokenCount
    speed.record(tokens: tokenCount, examples: exampleCount)
  }

  private func checkHealth(mean: Double, norm: Double, isFinite: Bool) throws(TrainingError) -> [TrainingEvent] {
    let step = state.globalStep
    guard isFinite else { return [.warning(step: step, try state.health.recordNonFinite(step: step))] }
    let warning = state.health.record(gradientNorm: norm)
    if options.batches.sampling != .sequential { try state.health.record(loss: mean, step: step) }
    return warning.map { [.warning(step: step, $0)] } ?? []
  }

  /// Logs, evaluates and saves where it is time, in the order of transformers.
  func concludeStep() -> [TrainingEvent] {
    let log = isLogDue ? [takeLog()] : []
    let isSaveDue = isSaveDue
    guard isEvaluationDue else { return log + conclude(isSaveDue: isSaveDue) }
    state.evaluation = EvaluationProgress(isSaveDue: isSaveDue)
    return log
  }

  /// What follows a step and its evaluation.
  func conclude(isSaveDue: Bool, isBest: Bool = false, isStopped: Bool = false) -> [TrainingEvent] {
    var events: [TrainingEvent] = []
    // What is to be loaded at the end has to be there then.
    let isBestKept = isBest && (options.saving.moment == .best || options.saving.loadsBestAtEnd)
    if isBestKept || (isSaveDue && !state.health.isDiverging) {
      events.append(.checkpointDue(step: state.globalStep, isBest: isBest))
    }
    if isStopped {
      events.append(finish(.stoppedEarly))
    } else if state.globalStep >= plan.totalSteps {
      events.append(finish(.completed))
    }
    return events
  }

  private func finish(_ reason: TrainingEvent.EndReason) -> TrainingEvent {
    state.endReason = reason
    return .finished(step: state.globalStep, reason: reason, values: finalValues)
  }

  /// What `finished` says; also of a run that an earlier attempt finished, whose times are gone.
  package var finalValues: JSONObject {
    let speed = speed.total(step: state.globalStep)
    return [
      "train_loss": state.losses.trainLoss.map { .number($0) } ?? .null,
      "train_runtime": .number(speed.seconds),
      "train_samples_per_second": .finite(speed.examplesPerSecond),
      "train_steps_per_second": .finite(speed.stepsPerSecond),
      "num_tokens": JSONValue(state.tokensSeen),
      "epoch": .number(plan.epoch(afterStep: state.globalStep)),
    ]
  }

  private func takeLog() -> TrainingEvent {
    var values = state.losses.takeMeans()
    values["grad_norm"] = state.gradientNorm.map { .number($0) } ?? .null
    values["learning_rate"] = .number(state.learningRate)
    values["num_tokens"] = JSONValue(state.tokensSeen)
    record(&values)
    values["tokens_per_second"] = speed.takeTokensPerSecond().map { .number($0) } ?? .null
    return .log(step: state.globalStep, values: values)
  }

  /// Times are no part of the history: with them no two runs would have one state.
  func record(_ values: inout JSONObject) {
    values["epoch"] = .number(plan.epoch(afterStep: state.globalStep))
    var entry = values
    entry["step"] = JSONValue(state.globalStep)
    state.logHistory.append(.object(entry))
  }
}
