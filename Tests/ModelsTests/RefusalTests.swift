import Checkpoints
import Foundation
import JSON
import Models
import SharedTestData
import Testing

/// Directories whose parts do not fit together are refused with the name of what is wrong.
@Suite(.needsSharedData) struct RefusalTests {
  static let source = SharedData.path + "/models/stories260K"

  static let modelTypes =
    "bert, gemma2, gemma3_text, gpt2, llama, mistral, phi3, qwen2, qwen3, roberta, xlm-roberta"

  /// A copy of stories260K with changed configuration and weights.
  private func reason(
    configuration change: (inout JSONObject) -> Void = { _ in },
    weights: (inout [SafetensorsFile.Content]) -> Void = { _ in }
  ) throws -> CheckpointError.Reason? {
    let directory = FileManager.default.temporaryDirectory.appending(path: "quern-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    // What stays behind in the temporary directory harms nobody.
    defer { try? FileManager.default.removeItem(atPath: directory) }
    try FileManager.default.copyItem(atPath: Self.source + "/tokenizer.json", toPath: directory + "/tokenizer.json")
    var object = try #require(try SharedData.json("models/stories260K/config.json").object)
    change(&object)
    try JSONValue.object(object).text.write(toFile: directory + "/config.json", atomically: true, encoding: .utf8)
    let file = try SafetensorsFile(path: Self.source + "/model.safetensors")
    var contents = file.entries.map { entry in
      let bytes = file.withBytes(of: entry) { $0.withUnsafeBytes { Array($0) } }
      return SafetensorsFile.Content(name: entry.name, dtype: entry.dtype, shape: entry.shape, bytes: bytes)
    }
    weights(&contents)
    try SafetensorsFile.write(to: directory + "/model.safetensors", contents)
    do throws(CheckpointError) {
      _ = try ModelDescription.validate(directory: directory)
      return nil
    } catch {
      return error.reason
    }
  }

  @Test func `the untouched copy is accepted`() throws {
    #expect(try reason() == nil)
    let description = try ModelDescription.validate(directory: Self.source)
    #expect(description.architecture == "llama")
    #expect(description.parameterCount == 260_032)
    #expect(description.configuration.maxPositionCount == 512)
    #expect(description.configuration.bosTokenID == 1)
    #expect(description.configuration.eosTokenIDs == [2])
    #expect(
      description.files.map(\.path) == ["config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json"]
    )
  }

  /// As sentence-transformers and `AutoModel` store a decoder.
  @Test func `names without the model's prefix are taken, then also without a head`() throws {
    func strip(_ contents: inout [SafetensorsFile.Content]) {
      contents = contents.map { content in
        let name = content.name.hasPrefix("model.") ? String(content.name.dropFirst(6)) : content.name
        return SafetensorsFile.Content(name: name, dtype: content.dtype, shape: content.shape, bytes: content.bytes)
      }
    }
    #expect(try reason(weights: strip) == nil)
    #expect(try reason(configuration: { $0["tie_word_embeddings"] = false }, weights: strip) == nil)
    #expect(
      try reason(weights: { contents in
        strip(&contents)
        contents.removeAll { $0.name == "norm.weight" }
      }) == .missingTensor("norm.weight")
    )
  }

  @Test func `a missing tensor is named`() throws {
    let name = "model.layers.3.mlp.up_proj.weight"
    #expect(try reason(weights: { $0.removeAll { $0.name == name } }) == .missingTensor(name))
  }

  @Test func `an unknown tensor is named, rotary tables and a repeated head are let pass`() throws {
    let extra = SafetensorsFile.Content(name: "model.layers.5.mlp.up_proj.weight", shape: [1], values: [0])
    #expect(try reason(weights: { $0.append(extra) }) == .unexpectedTensor(extra.name))
    #expect(
      try reason(weights: { contents in
        contents.append(.init(name: "model.layers.0.self_attn.rotary_emb.inv_freq", shape: [4], values: [1, 1, 1, 1]))
        contents.append(.init(name: "lm_head.weight", shape: [1], values: [0]))
      }) == nil
    )
  }

  @Test func `a tensor of another shape or dtype is named`() throws {
    let norm = "model.norm.weight"
    #expect(
      try reason(weights: { contents in
        contents.removeAll { $0.name == norm }
        contents.append(.init(name: norm, shape: [8, 8], values: Array(repeating: 0, count: 64)))
      }) == .shapeMismatch(tensor: norm, expected: [64], actual: [8, 8])
    )
    #expect(
      try reason(weights: { contents in
        contents.removeAll { $0.name == norm }
        contents.append(.init(name: norm, dtype: .float64, shape: [64], bytes: Array(repeating: 0, count: 512)))
      }) == .unsupportedDType(tensor: norm, dtype: "F64")
    )
  }

  @Test(
    arguments: [
      ("num_hidden_layers", 6, .missingTensor("model.layers.5.self_attn.q_proj.weight")),
      (
        "vocab_size", 513, .shapeMismatch(tensor: "model.embed_tokens.weight", expected: [513, 64], actual: [512, 64])
      ),
      ("num_key_value_heads", 3, .invalidValue(key: "num_key_value_heads", problem: "is 3, no divisor of 8 heads")),
      ("num_attention_heads", 0, .invalidValue(key: "num_attention_heads", problem: "is 0, not within 1...4096")),
      ("hidden_size", "64", .invalidValue(key: "hidden_size", problem: "is string, not a whole number")),
      ("hidden_size", nil, .missingKey("hidden_size")),
      (
        "hidden_act", "relu2",
        .unsupported(key: "hidden_act", value: "relu2", supported: "silu, gelu, gelu_new, gelu_pytorch_tanh, relu")
      ),
      (
        "rope_scaling", ["rope_type": "dynamic", "factor": 4],
        .unsupported(key: "rope_type", value: "dynamic", supported: "default, linear, llama3, yarn, longrope")
      ),
      (
        "rope_parameters", ["rope_type": "default", "partial_rotary_factor": 0.5],
        .unsupported(key: "partial_rotary_factor", value: "0.5", supported: "1")
      ),
      ("rope_scaling", ["rope_type": "longrope", "long_factor": [1]], .missingKey("short_factor")),
      (
        "rope_scaling", ["rope_type": "longrope", "short_factor": [1, 1, 1]],
        .invalidValue(key: "short_factor", problem: "has 3 numbers, not 4")
      ),
      (
        "quantization_config", ["quant_method": "gptq"],
        .unsupported(key: "quantization_config", value: "gptq", supported: "none: weights in F32, F16 or BF16")
      ),
      ("num_experts", 8, .unsupported(key: "num_experts", value: "8", supported: "models without experts")),
      ("rope_scaling", ["type": "linear"], .missingKey("factor")),
      ("model_type", "mamba", .unsupported(key: "model_type", value: "mamba", supported: Self.modelTypes)),
      ("model_type", nil, .missingKey("model_type")),
      ("eos_token_id", 512, .invalidValue(key: "eos_token_id", problem: "holds 512, which is no token id below 512")),
      ("tie_word_embeddings", false, .missingTensor("lm_head.weight")),
      ("head_dim", 7, .invalidValue(key: "head_dim", problem: "makes 7 of 7 dimensions turn, which do not pair")),
    ] as [(String, JSONValue?, CheckpointError.Reason)]
  )
  func `a configuration that cannot be is refused by its key`(
    key: String,
    value: JSONValue?,
    expected: CheckpointError.Reason
  ) throws {
    #expect(try reason(configuration: { $0[key] = value }) == expected)
  }
}
