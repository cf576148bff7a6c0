/// A low-rank adapter that is trained instead of the weights; names and defaults of PEFT's LoraConfig.
package struct LoRAParameters: Codable, Sendable, Hashable {
  /// Which modules get one.
  package enum Targets: Sendable, Hashable {
    /// Names that a module's name is or ends with.
    case names([String])
    /// A regular expression for the whole name.
    case expression(String)
    /// All linear layers, the head apart.
    case allLinear
  }

  package var rank: Int
  package var alpha = 8.0
  package var dropout = 0.0
  /// nil: those that PEFT has for the type of model.
  package var targets: Targets?
  /// Scales by alpha / √rank instead of alpha / rank.
  package var usesRankStabilisation = false
  /// Modules that learn as a whole beside it.
  package var savedModules: [String] = []
  /// Other ranks and alphas, by expressions for the ends of names; of several that match the first of the alphabet.
  package var rankPattern: [String: Int] = [:]
  package var alphaPattern: [String: Double] = [:]
  /// The layers that get one; nil: all.
  package var layers: [Int]?
  /// What stands before a layer's number; empty: whatever it is.
  package var layersPattern: [String] = []

  package init(rank: Int = 8) { self.rank = rank }
}

extension LoRAParameters {
  private enum CodingKeys: String, CodingKey {
    case rank = "r"
    case alpha = "lora_alpha"
    case dropout = "lora_dropout"
    case targets = "target_modules"
    case usesRankStabilisation = "use_rslora"
    case savedModules = "modules_to_save"
    case rankPattern = "rank_pattern"
    case alphaPattern = "alpha_pattern"
    case layers = "layers_to_transform"
    case layersPattern = "layers_pattern"
  }

  /// nil without a rank: it is what chooses LoRA.
  init?(ifPresentIn decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    guard try container.decodeIfPresent(Int.self, forKey: .rank) != nil else { return nil }
    try self.init(from: decoder)
  }

  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    rank = try container.decode(Int.self, forKey: .rank)
    alpha = try container.value(.alpha, or: alpha)
    dropout = try container.value(.dropout, or: dropout)
    targets = try container.decodeIfPresent(Targets.self, forKey: .targets)
    usesRankStabilisation = try container.value(.usesRankStabilisation, or: usesRankStabilisation)
    savedModules = try container.value(.savedModules, or: savedModules)
    rankPattern = try container.value(.rankPattern, or: rankPattern)
    alphaPattern = try container.value(.alphaPattern, or: alphaPattern)
    layers = try container.oneOrSeveral(.layers)
    // [] is PEFT's word for all of them.
    if layers?.isEmpty == true { layers = nil }
    layersPattern = try container.oneOrSeveral(.layersPattern) ?? layersPattern
  }
}

extension KeyedDecodingContainer {
  /// A value, or a list of them.
  fileprivate func oneOrSeveral<Value: Decodable>(_ key: Key) throws -> [Value]? {
    guard contains(key), try !decodeNil(forKey: key) else { return nil }
    // A list fails as a value without cost; its own error is the one to show.
    if let value = try? decode(Value.self, forKey: key) { return [value] }
    return try decode([Value].self, forKey: key)
  }
}

extension LoRAParameters.Targets: Codable {
  private static let allLinearWord = "all-linear"

  package init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    // An array fails as a string without cost; its own error is the one to show.
    if let text = try? container.decode(String.self) {
      self = text == Self.allLinearWord ? .allLinear : .expression(text)
    } else {
      self = .names(try container.decode([String].self))
    }
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .names(let names): try container.encode(names)
    case .expression(let text): try container.encode(text)
    case .allLinear: try container.encode(Self.allLinearWord)
    }
  }
}
