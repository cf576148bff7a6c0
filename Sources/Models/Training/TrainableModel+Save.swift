internal import Checkpoints
internal import JSON
internal import Tensors

extension TrainableModel {
  /// Writes what learned, in f32: with LoRA an adapter directory as PEFT's, else a model directory with the
  /// configuration and tokenizer of the base.
  /// - Parameters:
  ///   - baseModel: the base's path or name, for an adapter's configuration.
  ///   - metadata: of the weights' file.
  package func save(
    to directory: String,
    baseModel: String? = nil,
    metadata: [String: String] = [:]
  ) throws(TrainableModelError) {
    try TrainingPlan.checkpointErrors { () throws(CheckpointError) in
      if let lora = plan.lora {
        try saveAdapter(lora, to: directory, baseModel: baseModel, metadata: metadata)
      } else {
        try saveModel(to: directory, metadata: metadata)
      }
    }
  }

  private func saveAdapter(
    _ lora: LoRAOptions,
    to directory: String,
    baseModel: String?,
    metadata: [String: String]
  ) throws(CheckpointError) {
    let description = AdapterSettings(
      baseModel: baseModel,
      rank: lora.rank,
      alpha: lora.alpha,
      dropout: lora.dropout,
      targets: targets(lora),
      isRankStabilised: lora.usesRankStabilisation,
      isFanInFanOut: checkpoint.modelType == "gpt2",
      savedModules: lora.savedModules,
      rankPattern: lora.rankPattern,
      alphaPattern: lora.alphaPattern,
      layers: lora.layers?.numbers,
      layersPattern: lora.layers?.patterns ?? []
    )
    let writer = try AdapterWriter(directory: directory, description, headerByteCount: headerByteCount(metadata))
    try forEachTensor(of: parameters) { part, values throws(CheckpointError) in
      let isAdapter = part.tensor.hasPrefix(AdapterCheckpoint.prefix)
      let name = isAdapter ? part.tensor : AdapterCheckpoint.prefix + plan.fullName(part.tensor)
      try writer.append(name, shape: part.shape, values.bytes)
    }
    try writer.finish(metadata: metadata)
  }

  /// Names of modules, as PEFT stores them for all-linear too.
  private func targets(_ lora: LoRAOptions) -> AdapterSettings.Targets {
    switch lora.targets {
    case .names(let names): return .names(names)
    case .expression(let text): return .expression(text)
    case .allLinear, nil:
      let ends = plan.targets.compactMap { $0.split(separator: ".").last.map(String.init) }
      return .names(Set(ends).sorted())
    }
  }

  private func saveModel(to directory: String, metadata: [String: String]) throws(CheckpointError) {
    try makeDirectory(directory)
    let writer = try SafetensorsWriter(
      path: directory + "/" + CheckpointWeights.singleFileName,
      headerByteCount: headerByteCount(metadata)
    )
    try forEachTensor(of: allParameters) { part, values throws(CheckpointError) in
      try writer.append(part.tensor, .float32, shape: part.shape, values.bytes)
    }
    try writer.finish(metadata: metadata.merging(["format": "pt"]) { given, _ in given })
    var configuration = checkpoint.directory.configuration
    for key in ["dtype", "torch_dtype"] where configuration[key] != nil { configuration[key] = "float32" }
    try checkpoint.directory.copyDescription(to: directory, configuration: configuration)
  }

  private func forEachTensor(
    of parameters: [Parameter],
    _ body: (ParameterPart, borrowing AlignedBuffer) throws(CheckpointError) -> Void
  ) throws(CheckpointError) {
    for parameter in parameters {
      for part in parameter.parts { try body(part, parameter.stored(part)) }
    }
  }

  /// Room for names of six bytes a byte at most, shapes and offsets.
  private func headerByteCount(_ metadata: [String: String]) -> Int {
    let names = allParameters.flatMap { $0.parts.map { $0.tensor.utf8.count + plan.missingPrefix.utf8.count + 32 } }
    let texts = metadata.reduce(0) { $0 + $1.key.utf8.count + $1.value.utf8.count }
    return names.reduce(4096 + 6 * texts) { $0 + 6 * $1 + 256 }
  }
}
