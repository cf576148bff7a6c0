internal import JSON

/// What `adapter_config.json` says of a LoRA adapter that is written: the keys that PEFT reads.
package struct AdapterSettings: Sendable, Hashable {
  package enum Targets: Sendable, Hashable {
    case names([String])
    case expression(String)
  }

  /// Path or name of the base model; nil: it is not said.
  package var baseModel: String?
  package var rank: Int
  package var alpha: Double
  package var dropout: Double
  package var targets: Targets
  package var isRankStabilised: Bool
  /// Whether the base stores the adapted weights [inputs, outputs], as GPT-2.
  package var isFanInFanOut: Bool
  package var savedModules: [String]
  package var rankPattern: ModulePatterns<Int>
  package var alphaPattern: ModulePatterns<Double>
  /// The layers that have adapters; nil: all of them.
  package var layers: [Int]?
  package var layersPattern: [String]

  package init(
    baseModel: String?,
    rank: Int,
    alpha: Double,
    dropout: Double,
    targets: Targets,
    isRankStabilised: Bool,
    isFanInFanOut: Bool,
    savedModules: [String],
    rankPattern: ModulePatterns<Int>,
    alphaPattern: ModulePatterns<Double>,
    layers: [Int]?,
    layersPattern: [String]
  ) {
    self.baseModel = baseModel
    self.rank = rank
    self.alpha = alpha
    self.dropout = dropout
    self.targets = targets
    self.isRankStabilised = isRankStabilised
    self.isFanInFanOut = isFanInFanOut
    self.savedModules = savedModules
    self.rankPattern = rankPattern
    self.alphaPattern = alphaPattern
    self.layers = layers
    self.layersPattern = layersPattern
  }

  var json: JSONValue {
    [
      "alpha_pattern": Self.object(alphaPattern, Self.number),
      "auto_mapping": .null,
      "base_model_name_or_path": baseModel.map { .string($0) } ?? .null,
      "bias": "none",
      "fan_in_fan_out": .bool(isFanInFanOut),
      "inference_mode": .bool(true),
      "init_lora_weights": .bool(true),
      "layers_pattern": layersPattern.isEmpty ? .null : .array(layersPattern.map { .string($0) }),
      "layers_to_transform": layers.map { .array($0.map { JSONValue($0) }) } ?? .null,
      "lora_alpha": Self.number(alpha),
      "lora_dropout": .number(dropout),
      "modules_to_save": savedModules.isEmpty ? .null : .array(savedModules.map { .string($0) }),
      "peft_type": "LORA",
      "r": JSONValue(rank),
      "rank_pattern": Self.object(rankPattern) { JSONValue($0) },
      "revision": .null,
      "target_modules": targetModules,
      "task_type": "CAUSAL_LM",
      "use_dora": .bool(false),
      "use_rslora": .bool(isRankStabilised),
    ]
  }

  private var targetModules: JSONValue {
    switch targets {
    case .names(let names): .array(names.map { .string($0) })
    case .expression(let text): .string(text)
    }
  }

  /// In the order that decides which of several counts.
  private static func object<Value>(_ patterns: ModulePatterns<Value>, _ json: (Value) -> JSONValue) -> JSONValue {
    var members = JSONObject()
    for entry in patterns.entries where members[entry.expression] == nil {
      members[entry.expression] = json(entry.value)
    }
    return .object(members)
  }

  /// PEFT declares alpha as a whole number.
  private static func number(_ value: Double) -> JSONValue {
    Int(exactly: value).map { JSONValue($0) } ?? .number(value)
  }
}
