internal import Checkpoints
import Expressions

/// The modules of a checkpoint by their names, and which of them a wish names.
struct ModuleNames {
  /// Linear layers within blocks, in the order of the checkpoint's tensors.
  private let linears: [String]
  private let head: [String]
  private let all: [String]
  private let isTied: Bool
  private let missingPrefix: String

  init(_ checkpoint: CheckedCheckpoint, embeddings: [String]) {
    let matrices = checkpoint.architecture.tensors.filter { $0.shape.count == 2 }.map { Self.module(of: $0.name) }
    linears = matrices.filter { module in !embeddings.contains { AdapterConfiguration.matches(module, $0) } }
    head = checkpoint.architecture.headTensors.map { Self.module(of: $0.name) }
    var modules: [String] = []
    for tensor in checkpoint.tensors where modules.last != Self.module(of: tensor.name) {
      modules.append(Self.module(of: tensor.name))
    }
    all = modules
    isTied = head.isEmpty
    missingPrefix = checkpoint.missingPrefix
  }

  /// `h.0.attn.c_attn` of `h.0.attn.c_attn.weight`.
  static func module(of tensor: String) -> String {
    tensor.lastIndex(of: ".").map { String(tensor[..<$0]) } ?? tensor
  }

  /// Whether `part` is in `name` between dots or ends.
  static func contains(_ name: String, _ part: String) -> Bool { ("." + name + ".").contains("." + part + ".") }

  /// The modules that learn as a whole: whose names end with a wish, as PEFT has it, which asks for no dot before it.
  func saved(_ wishes: [String]) throws(TrainableModelError) -> Set<String> {
    var saved: Set<String> = []
    for wish in wishes {
      let modules = all.filter { fullName($0).hasSuffix(wish) }
      if isTied, wish == "lm_head" || modules.contains(where: isTiedEmbedding) { throw .tiedModule(wish) }
      guard !wish.isEmpty, !modules.isEmpty else { throw unknown(wish, "modules_to_save") }
      saved.formUnion(modules)
    }
    return saved
  }

  /// `wishes`, and the last words of what they name without a dot before them.
  func names(ofSaved modules: Set<String>, _ wishes: [String]) -> [String] {
    let others = modules.filter { module in !wishes.contains { matches(module, $0) } }
    return wishes + Set(others.compactMap { $0.split(separator: ".").last.map(String.init) }).sorted()
  }

  /// Positions are no part of the head.
  private func isTiedEmbedding(_ module: String) -> Bool {
    ["embed_tokens", "wte"].contains { AdapterConfiguration.matches(module, $0) }
  }

  /// Whether a name is `end`, or ends with it behind a dot.
  static func ends(_ name: String, with end: String) -> Bool { AdapterConfiguration.matches(name, end) }

  func targets(_ lora: LoRAOptions, modelType: String) throws(TrainableModelError) -> Set<String> {
    let targets = try targets(inAnyLayer: lora, modelType: modelType)
    guard let layers = lora.layers else { return targets }
    let known = Set(linears.compactMap { layers.number(in: fullName($0)) })
    if let stranger = layers.numbers.first(where: { !known.contains($0) }) {
      throw .noLayer(number: stranger, known: known.sorted())
    }
    let chosen = targets.filter { layers.contains(fullName($0)) }
    guard !chosen.isEmpty else { throw .noLayer(number: nil, known: known.sorted()) }
    return chosen
  }

  private func targets(
    inAnyLayer lora: LoRAOptions,
    modelType: String
  ) throws(TrainableModelError) -> Set<String> {
    switch lora.targets ?? Self.usualTargets[modelType].map({ .names($0) }) {
    case nil: throw .noTargets(modelType: modelType)
    case .allLinear: return Set(linears)
    case .names(let names):
      var targets: Set<String> = []
      for name in names {
        if isTied, name == "lm_head" { throw .tiedModule(name) }
        let modules = (linears + head).filter { matches($0, name) }
        guard !modules.isEmpty else { throw unknown(name, "target_modules") }
        targets.formUnion(modules)
      }
      return targets
    case .expression(let text): return try targets(text)
    }
  }

  private func targets(_ expression: String) throws(TrainableModelError) -> Set<String> {
    guard expression.utf8.count <= Self.maximumExpressionByteCount, let compiled = try? Expression(expression)
    else {
      throw .invalidExpression(expression, key: "target_modules")
    }
    let targets = (linears + head).filter { compiled.matchesWhole(fullName($0)) }
    guard !targets.isEmpty else { throw unknown(expression, "target_modules") }
    return Set(targets)
  }

  func checkFrozen(_ wishes: [String]) throws(TrainableModelError) {
    for wish in wishes where !all.contains(where: { Self.contains($0, wish) }) { throw unknown(wish, "frozen") }
  }

  private func matches(_ module: String, _ wish: String) -> Bool {
    AdapterConfiguration.matches(fullName(module), wish)
  }

  private func fullName(_ module: String) -> String { head.contains(module) ? module : missingPrefix + module }

  private func unknown(_ wish: String, _ key: String) -> TrainableModelError {
    let ends = Set((linears + head).compactMap { $0.split(separator: ".").last.map(String.init) })
    return .noModule(named: wish, key: key, known: ends.sorted())
  }

  private static let maximumExpressionByteCount = 1024

  /// PEFT's; for Phi-3, which PEFT has none for, the tensor that holds query and value.
  private static let usualTargets: [String: [String]] = [
    "gemma2": ["q_proj", "v_proj"], "gemma3_text": ["q_proj", "v_proj"], "gpt2": ["c_attn"],
    "llama": ["q_proj", "v_proj"], "mistral": ["q_proj", "v_proj"], "phi3": ["qkv_proj"],
    "qwen2": ["q_proj", "v_proj"], "qwen3": ["q_proj", "v_proj"],
  ]
}
