internal import JSON

/// `adapter_config.json` of a LoRA adapter as PEFT writes it; what would change the result and is not supported is
/// refused by its key.
package struct AdapterConfiguration: Sendable {
  package static let fileName = "adapter_config.json"

  package let rank: Int
  package let alpha: Double
  /// The scale is alpha / √rank instead of alpha / rank (Kalajdzievski 2023).
  package let isRankStabilised: Bool
  /// The adapted weights are stored [inputs, outputs], as GPT-2's.
  let isFanInFanOut: Bool
  /// Names that the adapted modules end with; nil where an expression or "all-linear" chose them: then those are it that
  /// the file has tensors for.
  package let targetModules: [String]?
  /// Modules that are replaced as a whole.
  package let savedModules: [String]
  let savesBiases: Bool
  /// Other ranks and scales, by the ends of module names.
  package let rankPattern: ModulePatterns<Int>
  package let alphaPattern: ModulePatterns<Double>
  /// Whether every module with a target's name has an adapter.
  package let isComplete: Bool
  /// The file as it stands.
  let object: JSONObject

  private static let maximumRank = 1 << 14

  init(path: String) throws(CheckpointError) {
    object = try readJSONObject(path)
    let reader = Reader(object: object, path: path)
    try reader.expect("peft_type", "LORA", in: ["LORA"])
    for key in ["use_dora", "use_qalora", "use_bdlora", "lora_bias"] { try reader.refuse(key) }
    for key in ["layer_replication", "target_parameters", "trainable_token_indices", "alora_invocation_tokens"] {
      try reader.refuse(key)
    }
    try reader.expect("bias", "none", in: ["none", "all", "lora_only"])
    rank = try reader.integer("r", in: 1...Self.maximumRank)
    alpha = try reader.number("lora_alpha")
    isRankStabilised = try reader.flag("use_rslora")
    isFanInFanOut = try reader.flag("fan_in_fan_out")
    targetModules = try reader.names("target_modules")
    savedModules = try reader.names("modules_to_save") ?? []
    savesBiases = reader.object["bias"]?.string ?? "none" != "none"
    rankPattern = ModulePatterns(
      try reader.pattern("rank_pattern").entries.map { .init(expression: $0.expression, value: Int($0.value)) }
    )
    alphaPattern = try reader.pattern("alpha_pattern")
    isComplete = ["exclude_modules", "layers_to_transform", "layers_pattern"].allSatisfy {
      reader.object[$0]?.isNull ?? true
    }
    guard rankPattern.values.allSatisfy({ (1...Self.maximumRank).contains($0) }) else {
      throw reader.invalid("rank_pattern", "holds a rank that is not within 1...\(Self.maximumRank)")
    }
  }

  func rank(of module: String) -> Int { rankPattern.value(of: module) ?? rank }

  func scale(of module: String) -> Float {
    let alpha = alphaPattern.value(of: module) ?? alpha, rank = Double(rank(of: module))
    return Float(alpha / (isRankStabilised ? rank.squareRoot() : rank))
  }

  /// Whether a module's name is `end`, or ends with it behind a dot.
  package static func matches(_ module: String, _ end: String) -> Bool { module == end || module.hasSuffix("." + end) }
}

/// Reads values of adapter_config.json: wrong types are refused with their key.
private struct Reader {
  let object: JSONObject
  let path: String

  func integer(_ key: String, in range: ClosedRange<Int>) throws(CheckpointError) -> Int {
    guard let value = object[key] else { throw CheckpointError(path: path, .missingKey(key)) }
    guard let number = value.integer, range.contains(number) else { throw invalid(key, "is not within \(range)") }
    return number
  }

  func number(_ key: String) throws(CheckpointError) -> Double {
    guard let value = object[key] else { throw CheckpointError(path: path, .missingKey(key)) }
    guard let number = value.double, number.magnitude <= 1e6 else { throw invalid(key, "is no number up to a million") }
    return number
  }

  func flag(_ key: String) throws(CheckpointError) -> Bool {
    guard let value = object[key], !value.isNull else { return false }
    guard let flag = value.bool else { throw invalid(key, "is \(value.typeName), not true or false") }
    return flag
  }

  /// A list of names; nil for a string, which is an expression or "all-linear", and without any.
  func names(_ key: String) throws(CheckpointError) -> [String]? {
    guard let value = object[key], !value.isNull, value.string == nil else { return nil }
    let names = (value.array ?? []).compactMap(\.string)
    guard let array = value.array, names.count == array.count, !names.contains("") else {
      throw invalid(key, "is \(value.typeName), not a list of names or an expression")
    }
    return names
  }

  /// Numbers by expressions for the ends of module names, in their order.
  func pattern(_ key: String) throws(CheckpointError) -> ModulePatterns<Double> {
    guard let value = object[key], !value.isNull else { return ModulePatterns() }
    guard let members = value.object else { throw invalid(key, "is \(value.typeName), not an object") }
    var entries: [ModulePatterns<Double>.Entry] = []
    for (expression, value) in members {
      guard let number = value.double, number.magnitude <= 1e6 else { throw invalid(key, "holds what is no number") }
      entries.append(.init(expression: expression, value: number))
    }
    let patterns = ModulePatterns(entries)
    if let expression = patterns.invalidExpression {
      throw invalid(key, "holds '\(expression.prefix(80))', which is no regular expression for names of modules")
    }
    return patterns
  }

  func expect(_ key: String, _ standard: String, in supported: [String]) throws(CheckpointError) {
    let value = object[key] ?? .string(standard)
    guard let name = value.string, supported.contains(name) else {
      let list = supported.joined(separator: ", ")
      throw CheckpointError(path: path, .unsupported(key: key, value: String(value.text.prefix(40)), supported: list))
    }
  }

  /// A key that may be there, but not say anything.
  func refuse(_ key: String) throws(CheckpointError) {
    guard let value = object[key], !value.isNull, value.bool != false, value.array?.isEmpty != true else { return }
    throw CheckpointError(path: path, .unsupported(key: key, value: String(value.text.prefix(40)), supported: "none"))
  }

  func invalid(_ key: String, _ problem: String) -> CheckpointError {
    CheckpointError(path: path, .invalidValue(key: key, problem: problem))
  }
}
