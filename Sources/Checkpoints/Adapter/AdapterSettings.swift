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
  package var rankPattern: [String: Int]
  package var alphaPattern: [String: Double]

  package init(
    baseModel: String?,
    rank: Int,
    alpha: Double,
    dropout: Double,
    targets: Targets,
    isRankStabilised: Bool,
    isFanInFanOut: Bool,
    savedModules: [String],
    rankPattern: [String: Int],
    alphaPattern: [String: Double]
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
  }

  var json: JSONValue {
    [
      "alpha_pattern": Self.object(alphaPattern.mapValues(Self.number)),
      "auto_mapping": .null,
      "base_model_name_or_path": baseModel.map { .string($0) } ?? .null,
      "bias": "none",
      "fan_in_fan_out": .bool(isFanInFanOut),
      "inference_mode": .bool(true),
      "init_lora_weights": .bool(true),
      "layers_pattern": .null,
      "layers_to_transform": .null,
      "lora_alpha": Self.number(alpha),
      "lora_dropout": .number(dropout),
      "modules_to_save": savedModules.isEmpty ? .null : .array(savedModules.map { .string($0) }),
      "peft_type": "LORA",
      "r": JSONValue(rank),
      "rank_pattern": Self.object(rankPattern.mapValues { JSONValue($0) }),
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

  private static func object(_ members: [String: JSONValue]) -> JSONValue {
    .object(JSONObject(uniqueKeysWithValues: members.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }))
  }

  /// PEFT declares alpha as a whole number.
  private static func number(_ value: Double) -> JSONValue {
    Int(exactly: value).map { JSONValue($0) } ?? .number(value)
  }
}
