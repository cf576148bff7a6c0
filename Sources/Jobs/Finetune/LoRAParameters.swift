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
