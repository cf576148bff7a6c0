internal import Checkpoints

/// A tensor that a model needs.
struct TensorRequirement: Sendable, Hashable {
  let name: String
  let shape: [Int]

  init(_ name: String, _ shape: [Int]) {
    self.name = name
    self.shape = shape
  }
}

extension Architecture {
  /// Every tensor is there with its shape and a dtype that loads; no other tensor is, ignorable ones apart.
  func check(_ weights: CheckpointWeights, path: String) throws(CheckpointError) {
    for requirement in tensors {
      guard let entry = weights[requirement.name]?.entry else {
        throw CheckpointError(path: path, .missingTensor(requirement.name))
      }
      guard entry.shape == requirement.shape else {
        let reason = CheckpointError.Reason.shapeMismatch(
          tensor: entry.name,
          expected: requirement.shape,
          actual: entry.shape
        )
        throw CheckpointError(path: path, reason)
      }
      guard entry.dtype.elementType != nil else {
        throw CheckpointError(path: path, .unsupportedDType(tensor: entry.name, dtype: entry.dtype.rawValue))
      }
    }
    let known = Set(tensors.map(\.name))
    for name in weights.names where !known.contains(name) && !isIgnorable(name) {
      throw CheckpointError(path: path, .unexpectedTensor(name))
    }
  }
}
