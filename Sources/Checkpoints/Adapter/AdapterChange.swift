/// What an adapter does to one tensor of its base.
package enum AdapterChange: Sendable {
  /// Adds a product of two matrices.
  case update(LowRankUpdate)
  /// Takes its place.
  case replacement(CheckpointWeights.Tensor)
}

extension AdapterCheckpoint {
  /// What the adapter changes in a model of these tensors, by their names.
  /// - Throws: what of the adapter does not belong to this model.
  package func changes(to base: [String: TensorEntry]) throws(CheckpointError) -> [String: AdapterChange] {
    let fit = AdapterFit(base: base, adapter: self)
    var changes: [String: AdapterChange] = [:]
    let modules = try modules()
    for module in modules.keys.sorted() {
      guard let parts = modules[module] else { continue }
      for (name, change) in try fit.changes(to: module, parts) { changes[name] = change }
    }
    try fit.checkTargets(modules)
    return changes
  }

  /// Checks the adapter against the shapes of a model's tensors, by their names.
  /// - Throws: as `changes(to:)`.
  package func check(against shapes: [String: [Int]]) throws(CheckpointError) {
    var entries: [String: TensorEntry] = [:]
    for (name, shape) in shapes {
      entries[name] = TensorEntry(name: name, dtype: .float32, shape: shape, range: 0..<0)
    }
    _ = try changes(to: entries)
  }
}

/// Finds the tensors that an adapter changes, and checks that they fit.
private struct AdapterFit {
  let base: [String: TensorEntry]
  let adapter: AdapterCheckpoint

  private typealias Tensor = CheckpointWeights.Tensor
  private var configuration: AdapterConfiguration { adapter.configuration }

  func changes(
    to module: String,
    _ parts: AdapterModule
  ) throws(CheckpointError) -> [(String, AdapterChange)] {
    var changed: [(String, AdapterChange)] = []
    let isSaved = configuration.savedModules.contains { AdapterConfiguration.matches(module, $0) }
    if parts.weight != nil || parts.embeddingDown != nil { try checkUntied(module) }
    if let weight = parts.weight {
      guard isSaved else { throw unexpected(weight) }
      changed.append(try replaced(module + ".weight", by: weight))
    }
    if let bias = parts.bias {
      guard isSaved || configuration.savesBiases else { throw unexpected(bias) }
      changed.append(try replaced(module + ".bias", by: bias))
    }
    if let update = try lowRank(module, parts.down, parts.up, isTransposed: configuration.isFanInFanOut) {
      changed.append(update)
    }
    if let update = try lowRank(module, parts.embeddingDown, parts.embeddingUp, isTransposed: true) {
      changed.append(update)
    }
    return changed
  }

  /// Each target is there, and where nothing restricts them, on every module of its name.
  func checkTargets(_ modules: [String: AdapterModule]) throws(CheckpointError) {
    guard let targets = configuration.targetModules else { return }
    let adapted = modules.filter { $0.value.down != nil || $0.value.embeddingDown != nil }.keys
    for module in adapted where !targets.contains(where: { AdapterConfiguration.matches(module, $0) }) {
      throw refusal("names no module like \(module), which the weights adapt")
    }
    for target in targets where !adapted.contains(where: { AdapterConfiguration.matches($0, target) }) {
      throw refusal("names \(target), which the weights do not adapt")
    }
    guard configuration.isComplete else { return }
    let known = Set(adapted.compactMap { baseName($0 + ".weight") })
    for name in base.keys.sorted() where name.hasSuffix(".weight") && !known.contains(name) {
      let module = String(name.dropLast(".weight".count))
      if targets.contains(where: { AdapterConfiguration.matches(module, $0) }) {
        throw CheckpointError(path: adapter.file, .missingTensor(module + ".lora_A.weight"))
      }
    }
  }

  /// W [outputs, inputs] + scale · B · A; transposed, W [inputs, outputs] + scale · Aᵀ · Bᵀ.
  private func lowRank(
    _ module: String,
    _ down: Tensor?,
    _ up: Tensor?,
    isTransposed: Bool
  ) throws(CheckpointError) -> (String, AdapterChange)? {
    guard down != nil || up != nil else { return nil }
    guard let down, let up else {
      throw CheckpointError(path: adapter.file, .missingTensor(module + (down == nil ? ".lora_A" : ".lora_B")))
    }
    let target = try target(module + ".weight", for: down)
    guard target.shape.count == 2 else { throw mismatch(target, [0, 0]) }
    let rank = configuration.rank(of: module)
    let rows = target.shape[0], columns = target.shape[1]
    try check(down, [rank, isTransposed ? rows : columns])
    try check(up, [isTransposed ? columns : rows, rank])
    let scale = configuration.scale(of: module)
    let a = down.values, b = up.values
    let update = LowRankUpdate(
      rank: rank,
      columnCount: columns,
      left: (isTransposed ? transposed(a, rows: rank) : b).map { $0 * scale },
      right: isTransposed ? transposed(b, rows: columns) : a
    )
    return (target.name, .update(update))
  }

  private func replaced(_ name: String, by tensor: Tensor) throws(CheckpointError) -> (String, AdapterChange) {
    let target = try target(name, for: tensor)
    try check(tensor, target.shape)
    return (target.name, .replacement(tensor))
  }

  private func target(_ name: String, for tensor: Tensor) throws(CheckpointError) -> TensorEntry {
    guard let name = baseName(name), let target = base[name] else { throw unexpected(tensor) }
    guard GGMLType(target.dtype) != nil else {
      throw CheckpointError(path: adapter.file, .unsupportedDType(tensor: name, dtype: target.dtype.rawValue))
    }
    return target
  }

  /// Files of the bare model have no `transformer.` or `model.` before their names.
  private func baseName(_ name: String) -> String? {
    if base[name] != nil { return name }
    guard let dot = name.firstIndex(of: ".") else { return nil }
    let bare = String(name[name.index(after: dot)...])
    return base[bare] != nil ? bare : nil
  }

  /// PEFT changes the embedding or the head alone; where both are one tensor, that cannot be merged.
  private func checkUntied(_ module: String) throws(CheckpointError) {
    let embeddings = ["embed_tokens", "wte", "lm_head"]
    guard embeddings.contains(where: { AdapterConfiguration.matches(module, $0) }), base["lm_head.weight"] == nil else {
      return
    }
    throw CheckpointError(
      path: adapter.path,
      .unsupported(
        key: "modules_to_save",
        value: module,
        supported: "embeddings of models whose head is not tied to them"
      )
    )
  }

  private func check(_ tensor: Tensor, _ shape: [Int]) throws(CheckpointError) {
    guard tensor.entry.shape == shape else { throw mismatch(tensor.entry, shape) }
  }

  private func mismatch(_ entry: TensorEntry, _ expected: [Int]) -> CheckpointError {
    CheckpointError(
      path: adapter.file,
      .shapeMismatch(tensor: entry.name, expected: expected, actual: entry.shape)
    )
  }

  private func unexpected(_ tensor: Tensor) -> CheckpointError {
    CheckpointError(path: adapter.file, .adapterTensorWithoutBase(tensor.entry.name))
  }

  private func refusal(_ problem: String) -> CheckpointError {
    CheckpointError(
      path: adapter.path + "/" + AdapterConfiguration.fileName,
      .invalidValue(key: "target_modules", problem: problem)
    )
  }
}

private func transposed(_ values: [Float], rows: Int) -> [Float] {
  let columns = rows == 0 ? 0 : values.count / rows
  return (0..<values.count).map { index in values[index % rows * columns + index / rows] }
}
