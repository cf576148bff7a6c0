package import Checkpoints

/// Which modules get a low-rank adapter.
package enum LoRATargets: Sendable, Hashable {
  /// Names that a module's name is or ends with, behind a dot.
  case names([String])
  /// A regular expression for the whole name of a module.
  case expression(String)
  /// All linear layers, the head apart.
  case allLinear
}

/// Low-rank adaptation (Hu et al. 2021): y = W x + scale · B (A x), where W stays and A [rank, inputs], B [outputs, rank]
/// learn. Defaults are PEFT's.
package struct LoRAOptions: Sendable, Hashable {
  package var rank: Int
  package var alpha: Double
  /// The share of x that A does not see in a step of training.
  package var dropout: Double
  /// nil: those that PEFT has for the type of model.
  package var targets: LoRATargets?
  /// Whether the scale is alpha / √rank instead of alpha / rank (Kalajdzievski 2023).
  package var usesRankStabilisation: Bool
  /// Modules that are trained as a whole, and stored beside the adapter, by the ends of their names.
  package var savedModules: [String]
  /// Other ranks and alphas, by the ends of module names.
  package var rankPattern: ModulePatterns<Int>
  package var alphaPattern: ModulePatterns<Double>
  /// Which of a model's layers get one; nil: all.
  package var layers: LoRALayers?

  package init(
    rank: Int = 8,
    alpha: Double = 8,
    dropout: Double = 0,
    targets: LoRATargets? = nil,
    usesRankStabilisation: Bool = false,
    savedModules: [String] = [],
    rankPattern: ModulePatterns<Int> = [:],
    alphaPattern: ModulePatterns<Double> = [:],
    layers: LoRALayers? = nil
  ) {
    self.rank = rank
    self.alpha = alpha
    self.dropout = dropout
    self.targets = targets
    self.usesRankStabilisation = usesRankStabilisation
    self.savedModules = savedModules
    self.rankPattern = rankPattern
    self.alphaPattern = alphaPattern
    self.layers = layers
  }
}
