import Checkpoints
import Models
import SharedTestData
import Tensors
import Testing

/// Wishes that cannot be granted are refused before any weight is read.
@Suite(.needsSharedData) struct TrainingRefusalTests {
  struct Wish: Sendable {
    let model: String
    var options: TrainableModelOptions
    let message: String

    init(_ model: String, _ message: String, _ change: (inout TrainableModelOptions) -> Void) {
      self.model = model
      self.message = message
      options = TrainableModelOptions(maximumRows: 8)
      change(&options)
    }
  }

  static let wishes = [
    Wish("bert", "predicts no tokens") { _ in },
    Wish("llama", "target_modules names 'c_attn'") { $0.lora = LoRAOptions(targets: .names(["c_attn"])) },
    Wish("llama", "down_proj, gate_proj, k_proj") { $0.lora = LoRAOptions(targets: .names(["query"])) },
    Wish("llama", "no regular expression") { $0.lora = LoRAOptions(targets: .expression("(q_proj")) },
    Wish("llama", "target_modules names 'q_proj'") { $0.lora = LoRAOptions(targets: .expression("q_proj")) },
    Wish("llama", "modules_to_save names 'wte'") { $0.lora = LoRAOptions(savedModules: ["wte"]) },
    Wish("llama", "one matrix") { $0.lora = LoRAOptions(savedModules: ["q_proj"]) },
    Wish("gpt2", "shares its weights") { $0.lora = LoRAOptions(savedModules: ["wte"]) },
    Wish("gpt2", "shares its weights") { $0.lora = LoRAOptions(targets: .names(["lm_head"])) },
    Wish("llama", "r is 0") { $0.lora = LoRAOptions(rank: 0) },
    Wish("llama", "lora_alpha is 0") { $0.lora = LoRAOptions(alpha: 0) },
    Wish("llama", "lora_dropout is 1") { $0.lora = LoRAOptions(dropout: 1) },
    Wish("llama", "rank_pattern has '(q_proj'") { $0.lora = LoRAOptions(rankPattern: ["(q_proj": 4]) },
    Wish("llama", "layers_to_transform has 9, which is the number of no layer; there are 0 to 1") {
      $0.lora = LoRAOptions(layers: LoRALayers([0, 9]))
    },
    Wish("llama", "correct that") { $0.lora = LoRAOptions(layers: LoRALayers([0], patterns: ["h"])) },
    Wish("llama", "frozen names 'h.0'") { $0.frozen = ["h.0"] },
    Wish("llama", "one matrix") { $0.frozen = ["k_proj"] },
    Wish("llama", "everything is frozen") { $0.frozen = ["model", "lm_head"] },
    Wish("llama", "precision is q8") { $0.precision = .int8 },
    Wish("llama", "tokens of a batch is 0") { $0.maximumRows = 0 },
  ]

  @Test(arguments: wishes)
  func `a wish that cannot be granted is refused with what to change`(wish: Wish) {
    let error = #expect(throws: TrainableModelError.self) {
      try TrainableModel.load(
        directory: SharedData.path + "/fixtures/models/" + wish.model,
        options: wish.options,
        seed: 0,
        pool: ThreadPool(threads: 1)
      )
    }
    #expect(error.map { "\($0)".contains(wish.message) } ?? false, "\(error.map { "\($0)" } ?? "")")
  }

  @Test func `an adapter of another model does not go on`() {
    let models = SharedData.path + "/fixtures/models/"
    #expect(throws: TrainableModelError.self) {
      try TrainableModel.load(
        directory: models + "llama",
        adapter: models + "gpt2/lora",
        options: TrainableModelOptions(lora: LoRAOptions(), maximumRows: 8),
        seed: 0,
        pool: ThreadPool(threads: 1)
      )
    }
  }
}
