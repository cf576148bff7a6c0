internal import Checkpoints

/// What of a checkpoint learns, decided before any weight is read.
struct TrainingPlan {
  let options: TrainableModelOptions
  /// With the adapter's own ranks and targets where its training goes on; nil: all weights learn.
  let lora: LoRAOptions?
  let seed: UInt64
  /// The modules with an adapter, by their names in the checkpoint.
  let targets: Set<String>
  /// The modules that learn as a whole beside adapters.
  let saved: Set<String>
  /// What `transformers` has before the names of a checkpoint that was stored without its head.
  let missingPrefix: String
  /// The adapter's tensors whose training goes on, by their modules' full names.
  let adapter: [String: AdapterModule]

  private static let embeddings = ["embed_tokens", "wte", "wpe"]

  init(
    _ checkpoint: CheckedCheckpoint,
    adapter: AdapterCheckpoint?,
    options: TrainableModelOptions,
    seed: UInt64
  ) throws(TrainableModelError) {
    self.options = options
    self.seed = seed
    missingPrefix = checkpoint.missingPrefix
    let modules = try Self.checkpointErrors { () throws(CheckpointError) in try adapter?.modules() ?? [:] }
    self.adapter = modules
    var lora = try options.lora.map { lora throws(TrainableModelError) in
      let lora = adapter.map { lora.continuing($0.configuration, modules: modules) } ?? lora
      try lora.check()
      return lora
    }
    let names = ModuleNames(checkpoint, embeddings: Self.embeddings)
    if let wishes = lora {
      saved = try names.saved(wishes.savedModules)
      lora?.savedModules = names.names(ofSaved: saved, wishes.savedModules)
      targets = try names.targets(wishes, modelType: checkpoint.modelType).subtracting(saved)
    } else {
      saved = []
      targets = []
    }
    self.lora = lora
    try names.checkFrozen(options.frozen)
  }

  /// Whether a tensor of the checkpoint learns.
  func trains(_ tensor: String) -> Bool {
    if lora != nil { return saved.contains(ModuleNames.module(of: tensor)) }
    return !options.frozen.contains { ModuleNames.contains(tensor, $0) }
  }

  /// The name of a module or tensor as transformers has it.
  func fullName(_ name: String) -> String {
    name.hasPrefix("lm_head.") || name == "lm_head" ? name : missingPrefix + name
  }

  /// What an adapter that goes on has in the place of a tensor.
  func continued(_ tensor: String) -> CheckpointWeights.Tensor? {
    let module = adapter[fullName(ModuleNames.module(of: tensor))]
    return tensor.hasSuffix(".bias") ? module?.bias : module?.weight
  }

  static func checkpointErrors<Result>(
    _ body: () throws(CheckpointError) -> Result
  ) throws(TrainableModelError) -> Result {
    do throws(CheckpointError) { return try body() } catch { throw .checkpoint(error) }
  }
}

extension LoRAOptions {
  private static let maximumRank = 1 << 14

  func check() throws(TrainableModelError) {
    for rank in [rank] + rankPattern.values where !(1...Self.maximumRank).contains(rank) {
      throw .outOfRange(key: "r", value: "\(rank)", range: "1...\(Self.maximumRank)")
    }
    for alpha in [alpha] + alphaPattern.values where !(alpha > 0 && alpha <= 1e6) {
      throw .outOfRange(key: "lora_alpha", value: "\(alpha)", range: "0...1000000 without 0")
    }
    for (key, expression) in [
      ("rank_pattern", rankPattern.invalidExpression), ("alpha_pattern", alphaPattern.invalidExpression),
    ] {
      if let expression { throw .invalidExpression(expression, key: key) }
    }
    guard dropout >= 0, dropout < 1 else {
      throw .outOfRange(key: "lora_dropout", value: "\(dropout)", range: "0..<1")
    }
  }

  /// The ranks, scales and modules of an adapter whose training goes on; dropout is a matter of this training.
  func continuing(_ adapter: AdapterConfiguration, modules: [String: AdapterModule]) -> LoRAOptions {
    var options = self
    options.rank = adapter.rank
    options.alpha = adapter.alpha
    options.usesRankStabilisation = adapter.isRankStabilised
    options.rankPattern = adapter.rankPattern
    options.alphaPattern = adapter.alphaPattern
    options.savedModules = adapter.savedModules
    options.layers = nil
    // Where an expression or layers chose modules, they are those that the file has tensors for.
    let names = adapter.isComplete ? adapter.targetModules : nil
    options.targets = .names(names ?? modules.filter { $0.value.down != nil }.keys.sorted())
    return options
  }

  func rank(of module: String) -> Int {
    rankPattern.value(of: module) ?? rank
  }

  func scale(of module: String) -> Float {
    let alpha = alphaPattern.value(of: module) ?? alpha
    let rank = Double(rank(of: module))
    return Float(alpha / (usesRankStabilisation ? rank.squareRoot() : rank))
  }
}
