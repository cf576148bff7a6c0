/// When something is due after a step: the rules of transformers' DefaultFlowCallback, and the last step is logged too.
extension Trainer {
  private var isLastStep: Bool { state.globalStep >= plan.totalSteps }

  private func isDue(_ interval: Interval) -> Bool {
    switch interval {
    case .never: false
    case .epoch: plan.isEpochEnd(state.globalStep) || isLastStep
    case .steps:
      isLastStep || interval.stepCount(totalSteps: plan.totalSteps).map { state.globalStep % $0 == 0 } ?? false
    }
  }

  var isLogDue: Bool {
    if options.logging.logsFirstStep && state.globalStep == 1 { return true }
    return isDue(options.logging.interval)
  }

  var isEvaluationDue: Bool {
    guard data.evaluation != nil, isDue(options.evaluation.interval) else { return false }
    let progress =
      options.evaluation.interval == .epoch
      ? plan.epoch(afterStep: state.globalStep) : Double(state.globalStep)
    return options.evaluation.delay <= progress
  }

  var isSaveDue: Bool {
    switch options.saving.moment {
    case .interval(let interval): isDue(interval)
    case .best: false
    }
  }
}
