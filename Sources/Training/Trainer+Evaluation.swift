internal import Datasets
internal import JSON
internal import Models

extension Trainer {
  /// Runs the next batch of the evaluation under way, and draws the conclusions after the last.
  func evaluateBatch() -> [TrainingEvent] {
    guard var progress = state.evaluation, let examples = data.evaluation else { return [] }
    let size = options.batches.evaluationBatchSize
    let batch = examples.dropFirst(progress.exampleCount).prefix(size)
    var loss = BatchLoss()
    let duration = ContinuousClock().measure {
      for part in data.batches(batch) {
        let partLoss = model.evaluate(part)
        loss.sum += partLoss.sum
        loss.tokenCount += partLoss.tokenCount
        loss.hitCount += partLoss.hitCount
      }
    }
    progress.record(loss, exampleCount: batch.count, seconds: duration.seconds)
    state.evaluation = progress
    guard progress.exampleCount >= examples.count else { return [] }
    state.evaluation = nil
    return concludeEvaluation(progress)
  }

  private func concludeEvaluation(_ evaluation: EvaluationProgress) -> [TrainingEvent] {
    let step = state.globalStep
    var values = evaluation.values
    record(&values)
    values.merge(evaluation.speeds(batchSize: options.batches.evaluationBatchSize))
    var events: [TrainingEvent] = [.evaluated(step: step, values: values)]
    var isBest = false
    if let best = options.evaluation.best, step > 0 {
      let metric = evaluation.value(of: best.metric)
      let threshold = options.evaluation.earlyStopping?.threshold ?? 0
      isBest = state.best.record(metric, step: step, best, threshold: threshold)
      if isBest { events.append(.best(step: step, metric: metric)) }
    }
    if step > 0 { adaptLearningRate(evaluation) }
    let patience = options.evaluation.earlyStopping?.patience ?? .max
    let isStopped = state.best.evaluationsWithoutImprovement >= patience
    guard step > 0 else { return events }
    return events + conclude(isSaveDue: evaluation.isSaveDue, isBest: isBest, isStopped: isStopped)
  }

  /// For the schedules that go by metrics.
  private func adaptLearningRate(_ evaluation: EvaluationProgress) {
    let best = options.evaluation.best ?? BestModelOptions()
    let metric = evaluation.value(of: best.metric)
    let base = options.optimizer.learningRate
    func greaterIsBetter(_ direction: PlateauOptions.Direction?) -> Bool {
      direction.map { $0 == .rising } ?? best.greaterIsBetter
    }
    switch options.schedule.shape {
    case .reduceOnPlateau(let plateau):
      state.plateau.record(metric, greaterIsBetter: greaterIsBetter(plateau.direction), base: base, plateau)
    case .greedy(let greedy):
      state.greedy.record(metric, greaterIsBetter: greaterIsBetter(greedy.direction), base: base, greedy)
    default: break
    }
  }
}

extension JSONObject {
  fileprivate mutating func merge(_ other: JSONObject) {
    for (key, value) in other { self[key] = value }
  }
}
