internal import Tensors

extension Attention {
  /// workspace.normed, what the layer read, becomes d(loss)/d(that) from dy = d(loss)/d(what it gave), all
  /// [rows, hiddenSize]; parameters get their gradients.
  /// - Parameter passesOn: false: nobody asks for d(loss)/d(workspace.normed).
  func backward(
    _ dy: borrowing AlignedBuffer,
    _ kept: BlockActivations,
    scratch: AttentionGradientScratch,
    workspace: Workspace,
    kernels: Kernels,
    passesOn: Bool
  ) {
    let rows = workspace.rows.count
    if output.readsInput { kernels.copy(kept.attended, count: rows * shape.queryWidth, to: &workspace.attended) }
    output.backward(dy, rows: rows, kernels: kernels, inPlaceOf: &workspace.attended)
    kernels.attendGradient(
      workspace.attended,
      qkv: kept.queryKeyValue,
      attended: kept.attended,
      rows: workspace.rows,
      shape: shape,
      scoring: scoring,
      scratch: scratch,
      into: &workspace.queryKeyValue
    )
    rotateBack(workspace: workspace, kernels: kernels)
    switch headNorms {
    case .some(let norms):
      norms.backward(&workspace.queryKeyValue, of: kept.projected, rows: rows, shape: shape, kernels: kernels)
    case .none: break
    }
    queryKeyValue.backward(
      workspace.queryKeyValue,
      rows: rows,
      kernels: kernels,
      inPlaceOf: &workspace.normed,
      passesOn: passesOn
    )
  }

  var learns: Bool { queryKeyValue.learns || headNormsLearn || output.learns }

  private var headNormsLearn: Bool {
    switch headNorms {
    case .some(let norms): norms.query.isTrainable || norms.key.isTrainable
    case .none: false
    }
  }

  private func rotateBack(workspace: Workspace, kernels: Kernels) {
    let rows = workspace.rows.count
    switch rotation {
    case .none: break
    case .global:
      kernels.rotateGradient(&workspace.queryKeyValue, rows: rows, shape: shape, angles: workspace.angles)
    case .local:
      kernels.rotateGradient(&workspace.queryKeyValue, rows: rows, shape: shape, angles: workspace.localAngles)
    }
  }
}

extension HeadNorms {
  /// d(loss)/d(normed heads) in dqkv [rows, shape.width] becomes d(loss)/d(qkv); the weights get their gradients.
  func backward(
    _ dqkv: inout AlignedBuffer,
    of qkv: borrowing AlignedBuffer,
    rows: Int,
    shape: AttentionShape,
    kernels: Kernels
  ) {
    kernels.headNormsGradient(
      &dqkv,
      qkv,
      rows: rows,
      shape: shape,
      queryWeight: query.values,
      keyWeight: key.values,
      epsilon: epsilon,
      queryGradient: &query.gradient,
      keyGradient: &key.gradient
    )
  }
}
