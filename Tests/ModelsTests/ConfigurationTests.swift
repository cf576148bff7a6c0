import Checkpoints
import JSON
import Models
import SharedTestData
import Testing

/// Configurations alone: an accepted one is refused only for its missing weights.
struct ConfigurationTests {
  static let decoder: JSONObject = [
    "vocab_size": 50, "hidden_size": 12, "intermediate_size": 20, "num_hidden_layers": 3, "num_attention_heads": 2,
    "num_key_value_heads": 1, "head_dim": 6, "max_position_embeddings": 64,
  ]
  static let encoder: JSONObject = [
    "vocab_size": 50, "hidden_size": 12, "intermediate_size": 20, "num_hidden_layers": 3, "num_attention_heads": 2,
    "max_position_embeddings": 64,
  ]
  static let gpt2: JSONObject = ["vocab_size": 50, "n_embd": 12, "n_layer": 3, "n_head": 2, "n_positions": 64]

  private func reason(_ type: String, _ changes: JSONObject) throws -> CheckpointError.Reason? {
    var configuration =
      type == "gpt2" ? Self.gpt2 : type.hasSuffix("bert") || type.hasSuffix("berta") ? Self.encoder : Self.decoder
    configuration["model_type"] = .string(type)
    for (key, value) in changes { configuration[key] = value }
    return try reason(configuration)
  }

  private func reason(_ configuration: JSONObject) throws -> CheckpointError.Reason? {
    try withModel(configuration) { directory in
      do throws(CheckpointError) {
        _ = try ModelDescription.validate(directory: directory)
        return nil
      } catch {
        return error.reason
      }
    }
  }

  static let firstTensors: [(String, String)] = [
    ("bert", "bert.embeddings.word_embeddings.weight"), ("gemma2", "model.embed_tokens.weight"),
    ("gemma3_text", "model.embed_tokens.weight"), ("gpt2", "transformer.wte.weight"),
    ("llama", "model.embed_tokens.weight"),
    ("mistral", "model.embed_tokens.weight"), ("phi3", "model.embed_tokens.weight"),
    ("qwen2", "model.embed_tokens.weight"),
    ("qwen3", "model.embed_tokens.weight"), ("roberta", "roberta.embeddings.word_embeddings.weight"),
    ("xlm-roberta", "roberta.embeddings.word_embeddings.weight"),
  ]

  @Test(arguments: firstTensors)
  func `the keys that a model has to have are enough`(type: String, tensor: String) throws {
    #expect(try reason(type, [:]) == .missingTensor(tensor))
  }

  static let accepted: [(String, JSONObject)] = [
    ("mistral", ["sliding_window": nil]), ("mistral", ["sliding_window": 7]),
    ("qwen2", ["use_sliding_window": true, "max_window_layers": 0]),
    ("qwen3", ["use_sliding_window": true, "layer_types": ["full_attention", "full_attention", "sliding_attention"]]),
    ("gemma2", ["attn_logit_softcapping": nil, "final_logit_softcapping": nil]),
    ("gemma3_text", ["rope_parameters": ["full_attention": ["rope_type": "linear", "factor": 8]]]),
    ("gemma3_text", ["rope_scaling": ["rope_type": "linear", "factor": 8], "rope_local_base_freq": 10_000]),
    ("phi3", ["partial_rotary_factor": 0.67]), ("gpt2", ["tie_word_embeddings": false]),
    ("llama", ["rope_scaling": ["rope_type": "yarn", "factor": 4, "original_max_position_embeddings": 32]]),
    ("llama", ["rope_scaling": ["type": "linear", "factor": 2]]), ("llama", ["rope_scaling": ["rope_type": "default"]]),
    ("phi3", ["rope_scaling": ["type": "su", "short_factor": [1, 1, 1], "long_factor": [2, 3, 4]]]),
    ("phi3", ["rope_scaling": ["type": "yarn", "short_factor": [1, 1, 1], "long_factor": [2, 3, 4]]]),
    ("bert", ["hidden_act": "gelu_new", "position_embedding_type": "absolute"]),
  ]

  @Test(arguments: accepted)
  func `a setting that the architecture has is accepted`(type: String, changes: JSONObject) throws {
    guard case .missingTensor = try reason(type, changes) else {
      Issue.record("\(type) with \(changes) is refused: \(String(describing: try reason(type, changes)))")
      return
    }
  }

  @Test(
    .needsSharedData,
    arguments: [
      ("tokenizers/qwen2/config.json", "model.embed_tokens.weight"),
      ("tokenizers/bert-uncased/minilm_config.json", "bert.embeddings.word_embeddings.weight"),
    ]
  )
  func `a published configuration is accepted`(file: String, tensor: String) throws {
    let configuration = try #require(try SharedData.json(file).object)
    #expect(try reason(configuration) == .missingTensor(tensor))
  }

  static let refused: [(String, JSONObject, CheckpointError.Reason)] = [
    (
      "gemma2", ["layer_types": ["full_attention"]],
      .invalidValue(key: "layer_types", problem: "has 1 entries for 3 layers")
    ),
    (
      "gemma3_text", ["layer_types": ["full_attention", "chunked_attention", "full_attention"]],
      .unsupported(key: "layer_types", value: "chunked_attention", supported: "full_attention, sliding_attention")
    ),
    ("gemma2", ["sliding_window": nil], .missingKey("sliding_window")),
    (
      "gemma3_text", ["use_bidirectional_attention": true],
      .unsupported(key: "use_bidirectional_attention", value: "true", supported: "false")
    ),
    (
      "bert", ["position_embedding_type": "relative_key"],
      .unsupported(key: "position_embedding_type", value: "relative_key", supported: "absolute")
    ),
    ("bert", ["is_decoder": true], .unsupported(key: "is_decoder", value: "true", supported: "false")),
    (
      "bert", ["num_attention_heads": 5],
      .invalidValue(key: "hidden_size", problem: "is 12, not 5 heads of at most 512")
    ),
    (
      "roberta", ["pad_token_id": 63],
      .invalidValue(key: "max_position_embeddings", problem: "is 64, too few for a first position")
    ),
    (
      "gpt2", ["add_cross_attention": true],
      .unsupported(key: "add_cross_attention", value: "true", supported: "false")
    ),
    ("gpt2", ["n_positions": nil], .missingKey("n_positions")),
    (
      "phi3", ["partial_rotary_factor": 0.5],
      .invalidValue(key: "partial_rotary_factor", problem: "makes 3 of 6 dimensions turn, which do not pair")
    ),
    (
      "phi3", ["rope_scaling": ["rope_type": "longrope", "short_factor": [1, 1, 1], "long_factor": [1, 0, 1]]],
      .invalidValue(key: "long_factor", problem: "holds something else than numbers within 1e-06...1000000.0")
    ),
    ("mixtral", [:], .unsupported(key: "model_type", value: "mixtral", supported: RefusalTests.modelTypes)),
    ("distilbert", [:], .unsupported(key: "model_type", value: "distilbert", supported: RefusalTests.modelTypes)),
    (
      "llama", ["num_local_experts": 4],
      .unsupported(key: "num_local_experts", value: "4", supported: "models without experts")
    ),
    (
      "qwen3", ["layer_types": 3, "use_sliding_window": true],
      .invalidValue(key: "layer_types", problem: "is integer, not a list")
    ),
  ]

  @Test(arguments: refused)
  func `a setting that the architecture does not have is refused by its name`(
    type: String,
    changes: JSONObject,
    expected: CheckpointError.Reason
  ) throws {
    #expect(try reason(type, changes) == expected)
  }
}
