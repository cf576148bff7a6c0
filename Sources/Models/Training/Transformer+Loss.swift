internal import Tensors

extension Transformer {
  /// What becomes of the loss beyond its sum.
  struct LossGradient: Sendable {
    /// Of the gradient.
    let scale: Float
    let labelSmoothing: Float
  }

  /// The loss of the rows of workspace.hidden that predict a label, some rows' logits at a time.
  /// - Parameter gradient: nil: none; else training.gradient becomes scale · d(loss)/d(hidden), and the final norm and
  ///   the head get theirs.
  func loss(
    _ batch: TrainingBatch,
    gradient: LossGradient?,
    training: TrainingWorkspace,
    kernels: Kernels
  ) -> BatchLoss {
    let targets = batch.targets
    if gradient != nil {
      kernels.zero(&training.gradient, count: batch.tokens.count * training.workspace.hiddenSize)
    }
    var loss = BatchLoss()
    training.workspace.withLogitRoom {
      for start in stride(from: 0, to: targets.count, by: TrainingWorkspace.logitRowCount) {
        let chunk = targets[start..<min(start + TrainingWorkspace.logitRowCount, targets.count)]
        add(chunk, to: &loss, gradient: gradient, training: training, kernels: kernels)
      }
    }
    return loss
  }

  private func add(
    _ targets: ArraySlice<(row: Int, label: Int32)>,
    to loss: inout BatchLoss,
    gradient: LossGradient?,
    training: TrainingWorkspace,
    kernels: Kernels
  ) {
    let workspace = training.workspace, width = workspace.hiddenSize
    for (index, target) in targets.enumerated() {
      kernels.copyRow(target.row, of: workspace.hidden, width: width, toRow: index, of: &workspace.selected)
    }
    computeLogits(rows: targets.count, workspace: workspace, kernels: kernels)
    if gradient != nil, capsLogits {
      kernels.copy(workspace.logits, count: targets.count * workspace.vocabularySize, to: &training.capped)
    }
    kernels.crossEntropy(
      &workspace.logits,
      labels: targets.map(\.label),
      vocabularySize: workspace.vocabularySize,
      scale: gradient?.scale ?? 0,
      labelSmoothing: gradient?.labelSmoothing ?? 0,
      losses: &training.losses,
      hits: &training.hits
    )
    for index in 0..<targets.count {
      loss.sum += Double(training.losses[index])
      loss.hitCount += training.hits[index] ? 1 : 0
    }
    loss.tokenCount += targets.count
    guard gradient != nil else { return }
    backward(targets, training: training, kernels: kernels)
  }

  /// From d(loss)/d(logits) in workspace.logits to the rows of training.gradient.
  private func backward(
    _ targets: ArraySlice<(row: Int, label: Int32)>,
    training: TrainingWorkspace,
    kernels: Kernels
  ) {
    let workspace = training.workspace, rows = targets.count
    switch head {
    case .some(let head): head.backward(rows: rows, training: training, kernels: kernels)
    case .none: preconditionFailure("the model was loaded without its head")
    }
    switch norm {
    case .some(let norm):
      norm.backward(
        workspace.normed,
        of: workspace.selected,
        rows: rows,
        kernels: kernels,
        into: &workspace.update,
        adding: false
      )
    case .none: preconditionFailure("a model with a head has a norm before it")
    }
    for (index, target) in targets.enumerated() {
      kernels.copyRow(
        index,
        of: workspace.update,
        width: workspace.hiddenSize,
        toRow: target.row,
        of: &training.gradient
      )
    }
  }
}

extension Head {
  /// d(loss)/d(logits) in workspace.logits [rows, vocabularySize] → workspace.normed, what the head read, becomes
  /// d(loss)/d(that).
  fileprivate func backward(rows: Int, training: TrainingWorkspace, kernels: Kernels) {
    let workspace = training.workspace
    if let softCap {
      kernels.softCapGradient(
        &workspace.logits,
        capped: training.capped,
        at: softCap,
        rows: rows,
        width: workspace.vocabularySize
      )
    }
    linear.backward(workspace.logits, rows: rows, kernels: kernels, inPlaceOf: &workspace.normed)
  }
}
