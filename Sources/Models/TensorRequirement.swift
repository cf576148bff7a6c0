internal import Checkpoints

/// A tensor that a model needs.
struct TensorRequirement: Sendable, Hashable {
  let name: String
  let shape: [Int]

  init(_ name: String, _ shape: [Int]) {
    self.name = name
    self.shape = shape
  }

  /// A linear layer's weight [columns, depth], and its bias if it has one.
  static func linear(_ name: String, _ columns: Int, _ depth: Int, hasBias: Bool = false) -> [TensorRequirement] {
    let weight = TensorRequirement(name + ".weight", [columns, depth])
    return hasBias ? [weight, TensorRequirement(name + ".bias", [columns])] : [weight]
  }

  static func norms(_ names: [String], _ width: Int, hasBias: Bool = false) -> [TensorRequirement] {
    names.flatMap { name in
      let weight = TensorRequirement(name + ".weight", [width])
      return hasBias ? [weight, TensorRequirement(name + ".bias", [width])] : [weight]
    }
  }
}

extension Architecture {
  /// Every tensor is there with its shape and a dtype that loads; no other tensor is, ignorable ones apart.
  func check(_ weights: CheckpointWeights, withHead: Bool, path: String) throws(CheckpointError) {
    let needed = withHead ? tensors + headTensors : tensors
    for requirement in needed {
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
    let known = Set((tensors + headTensors).map(\.name))
    for name in weights.names where !known.contains(name) && !isIgnorable(withoutPrefix(name)) {
      throw CheckpointError(path: path, .unexpectedTensor(name))
    }
  }

  private func withoutPrefix(_ name: String) -> String {
    name.hasPrefix(prefix) ? String(name.dropFirst(prefix.count)) : name
  }
}
