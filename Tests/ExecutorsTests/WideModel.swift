import Checkpoints
import Executors
import Foundation
import JSON
import SharedTestData
import Tensors

/// A model with the vocabulary of Qwen2 and no knowledge: what it says is chance.
enum WideModel {
  private static let vocabularySize = 151_936
  private static let width = 32

  static func with(_ body: (LoadedModel) async throws -> Void) async throws {
    let directory = FileManager.default.temporaryDirectory.appending(path: "quern-wide-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: directory) }
    let path = directory.path(percentEncoded: false)
    for file in ["vocab.json", "merges.txt", "tokenizer_config.json"] {
      try FileManager.default.copyItem(atPath: "\(SharedData.path)/tokenizers/qwen2/\(file)", toPath: "\(path)/\(file)")
    }
    try Data(configuration.text.utf8).write(to: directory.appending(path: "config.json"))
    try SafetensorsFile.write(to: "\(path)/model.safetensors", tensors)
    try await body(
      try await LoadedModel.load(directory: path, content: "weights", pool: ThreadPool(threads: 2))
    )
  }

  private static let configuration: JSONValue = [
    "model_type": "qwen2", "vocab_size": JSONValue(vocabularySize), "hidden_size": JSONValue(width),
    "intermediate_size": 64, "num_hidden_layers": 1, "num_attention_heads": 2, "num_key_value_heads": 1,
    "max_position_embeddings": 1024, "rms_norm_eps": 1e-6, "rope_theta": 10000, "tie_word_embeddings": true,
    "hidden_act": "silu", "eos_token_id": 151_643,
  ]

  private static var tensors: [SafetensorsFile.Content] {
    let layer = "model.layers.0."
    let shapes: [(String, [Int])] = [
      ("model.embed_tokens.weight", [vocabularySize, width]), ("model.norm.weight", [width]),
      (layer + "input_layernorm.weight", [width]), (layer + "post_attention_layernorm.weight", [width]),
      (layer + "self_attn.q_proj.weight", [32, width]), (layer + "self_attn.q_proj.bias", [32]),
      (layer + "self_attn.k_proj.weight", [16, width]), (layer + "self_attn.k_proj.bias", [16]),
      (layer + "self_attn.v_proj.weight", [16, width]), (layer + "self_attn.v_proj.bias", [16]),
      (layer + "self_attn.o_proj.weight", [width, 32]), (layer + "mlp.gate_proj.weight", [64, width]),
      (layer + "mlp.up_proj.weight", [64, width]), (layer + "mlp.down_proj.weight", [width, 64]),
    ]
    var state: UInt64 = 1
    return shapes.map { name, shape in
      let values = (0..<shape.reduce(1, *)).map { _ -> Float in
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Float(Int32(truncatingIfNeeded: state >> 32)) / Float(Int32.max) * 0.3
      }
      return SafetensorsFile.Content(name: name, shape: shape, values: values)
    }
  }
}
