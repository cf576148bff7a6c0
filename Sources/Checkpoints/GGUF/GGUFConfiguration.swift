internal import JSON

/// Makes `config.json` out of a GGUF file's metadata; keys and defaults are llama.cpp's.
///
/// Ranges are not looked at here: the configuration is read like any other one.
struct GGUFConfiguration {
  let file: GGUFFile
  let architecture: GGUFArchitecture

  func json() throws(CheckpointError) -> JSONObject {
    var object: JSONObject
    switch architecture {
    case .gpt2: object = try gpt2()
    case .gemma2, .gemma3: object = try gemma()
    case .phi3: object = try phi3()
    case .qwen2: object = try decoder("qwen2")
    case .qwen3: object = try decoder("qwen3")
    case .llama: object = try llama()
    }
    try addSpecialTokens(to: &object)
    return object
  }

  func headCounts() throws(CheckpointError) -> (query: Int, keyValue: Int) {
    let query = try required("attention.head_count")
    return (query, try uniform("attention.head_count_kv") ?? query)
  }

  // MARK: - Architectures

  private func llama() throws(CheckpointError) -> JSONObject {
    if let experts = try integer("expert_count"), experts > 0 {
      throw unsupported("expert_count", "\(experts)", supported: "0")
    }
    let window = try integer("attention.sliding_window") ?? 0
    var object = try decoder(window > 0 ? "mistral" : "llama")
    if window > 0 { object["sliding_window"] = JSONValue(window) }
    object["attention_bias"] = .bool(has("blk.0.attn_q.bias"))
    object["mlp_bias"] = .bool(has("blk.0.ffn_gate.bias"))
    return object
  }

  private func gemma() throws(CheckpointError) -> JSONObject {
    let isThird = architecture == .gemma3
    var object = try decoder(isThird ? "gemma3_text" : "gemma2")
    object["hidden_act"] = nil
    object["hidden_activation"] = "gelu_pytorch_tanh"
    object["query_pre_attn_scalar"] = try queryScalar(largestLayerCount: isThird ? 62 : 46)
    let window = try integer("attention.sliding_window") ?? (isThird ? 0 : 4096)
    if window > 0 { object["sliding_window"] = JSONValue(window) }
    object["layer_types"] = .array(
      try windowedLayers(hasWindow: window > 0, period: isThird ? 6 : 2).map { isWindowed in
        isWindowed ? "sliding_attention" : "full_attention"
      }
    )
    let attentionCap = try number("attn_logit_softcapping") ?? (isThird ? 0 : 50)
    let finalCap = try number("final_logit_softcapping") ?? (isThird ? 0 : 30)
    object["attn_logit_softcapping"] = attentionCap > 0 ? .number(attentionCap) : .null
    object["final_logit_softcapping"] = finalCap > 0 ? .number(finalCap) : .null
    if isThird { object["rope_local_base_freq"] = .number(try number("rope.freq_base_swa") ?? 10_000) }
    return object
  }

  private func phi3() throws(CheckpointError) -> JSONObject {
    var object = try decoder("phi3")
    let window = try integer("attention.sliding_window") ?? 0
    object["sliding_window"] = window > 0 ? JSONValue(window) : .null
    if let original = try integer("rope.scaling.original_context_length") {
      object["original_max_position_embeddings"] = JSONValue(original)
    }
    let size = try headSize()
    if let rotated = try integer("rope.dimension_count"), rotated != size, size > 0 {
      object["partial_rotary_factor"] = .number(Double(rotated) / Double(size))
    }
    return object
  }

  private func gpt2() throws(CheckpointError) -> JSONObject {
    [
      "model_type": "gpt2",
      "vocab_size": JSONValue(try vocabularySize()),
      "n_embd": JSONValue(try required("embedding_length")),
      "n_layer": JSONValue(try required("block_count")),
      "n_head": JSONValue(try required("attention.head_count")),
      "n_inner": JSONValue(try required("feed_forward_length")),
      "n_positions": JSONValue(try required("context_length")),
      "layer_norm_epsilon": .number(try number("attention.layer_norm_epsilon") ?? 1e-5),
      "activation_function": "gelu_new",
      "tie_word_embeddings": .bool(!has("output.weight")),
    ]
  }

  /// What the architectures with rotary positions and RMS norms share.
  private func decoder(_ modelType: String) throws(CheckpointError) -> JSONObject {
    let heads = try headCounts(), size = try headSize()
    if let rotated = try integer("rope.dimension_count"), rotated != size, architecture != .phi3 {
      throw unsupported("rope.dimension_count", "\(rotated)", supported: "\(size), the size of a head")
    }
    return [
      "model_type": .string(modelType),
      "vocab_size": JSONValue(try vocabularySize()),
      "hidden_size": JSONValue(try required("embedding_length")),
      "intermediate_size": JSONValue(try required("feed_forward_length")),
      "num_hidden_layers": JSONValue(try required("block_count")),
      "num_attention_heads": JSONValue(heads.query),
      "num_key_value_heads": JSONValue(heads.keyValue),
      "head_dim": JSONValue(size),
      "max_position_embeddings": JSONValue(try required("context_length")),
      "rms_norm_eps": .number(try number("attention.layer_norm_rms_epsilon") ?? 1e-5),
      "rope_theta": .number(try ropeTheta()),
      "rope_scaling": try ropeScaling(headSize: size),
      "tie_word_embeddings": .bool(!has("output.weight")),
      "hidden_act": "silu",
    ]
  }

  // MARK: - Values

  func ropeTheta() throws(CheckpointError) -> Double {
    try number("rope.freq_base") ?? 10_000
  }

  private func headSize() throws(CheckpointError) -> Int {
    if let size = try uniform("attention.key_length") {
      if let values = try uniform("attention.value_length"), values != size {
        throw unsupported("attention.value_length", "\(values)", supported: "\(size), the length of a key")
      }
      return size
    }
    let hidden = try required("embedding_length"), heads = try required("attention.head_count")
    guard heads > 0, hidden % heads == 0 else {
      throw unsupported("attention.head_count", "\(heads)", supported: "a divisor of \(hidden)")
    }
    return hidden / heads
  }

  /// The square of 1 / the factor of the scores; llama.cpp tells the largest models by their number of layers.
  private func queryScalar(largestLayerCount: Int) throws(CheckpointError) -> JSONValue {
    if let scale = try number("attention.scale"), scale > 0 { return .number((1 / (scale * scale)).rounded()) }
    let heads = try required("attention.head_count")
    let isLargest = try required("block_count") == largestLayerCount && heads > 0
    return JSONValue(isLargest ? try required("embedding_length") / heads : try headSize())
  }

  /// Of each layer whether it sees a window alone: all but every `period`-th, unless the file says which.
  private func windowedLayers(hasWindow: Bool, period: Int) throws(CheckpointError) -> [Bool] {
    let count = try required("block_count")
    guard (0...Self.maximumLayerCount).contains(count) else {
      throw unsupported("block_count", "\(count)", supported: "up to \(Self.maximumLayerCount)")
    }
    let key = qualified("attention.sliding_window_pattern")
    guard hasWindow else { return Array(repeating: false, count: count) }
    if case .array = file.metadata[key] {
      let pattern = try file.metadata.integers(key) ?? []
      guard pattern.count == count else {
        throw CheckpointError(
          path: file.path,
          .invalidGGUF(what: key, problem: "has \(pattern.count) elements for \(count) layers")
        )
      }
      return pattern.map { $0 != 0 }
    }
    let period = max(1, try integer("attention.sliding_window_pattern") ?? period)
    return (0..<count).map { ($0 + 1) % period != 0 }
  }

  private static let maximumLayerCount = 4096

  /// The rows of the embedding: metadata may name more tokens than there are, or fewer.
  private func vocabularySize() throws(CheckpointError) -> Int {
    guard let embedding = file.tensors.first(where: { $0.name == "token_embd.weight" }), embedding.shape.count == 2
    else { throw CheckpointError(path: file.path, .missingTensor("token_embd.weight")) }
    return embedding.shape[0]
  }

  /// The ids that end a text are two in chat models: end of text and end of turn.
  private func addSpecialTokens(to object: inout JSONObject) throws(CheckpointError) {
    if let bos = try file.metadata.integer("tokenizer.ggml.bos_token_id") { object["bos_token_id"] = JSONValue(bos) }
    var ends: [Int] = []
    for key in ["eos_token_id", "eot_token_id", "eom_token_id"] {
      if let id = try file.metadata.integer("tokenizer.ggml." + key), !ends.contains(id) { ends.append(id) }
    }
    if !ends.isEmpty {
      object["eos_token_id"] = ends.count == 1 ? JSONValue(ends[0]) : .array(ends.map { JSONValue($0) })
    }
  }

  // MARK: - Keys

  func qualified(_ key: String) -> String { architecture.rawValue + "." + key }

  func has(_ tensor: String) -> Bool { file.tensors.contains { $0.name == tensor } }

  func integer(_ key: String) throws(CheckpointError) -> Int? { try file.metadata.integer(qualified(key)) }

  func number(_ key: String) throws(CheckpointError) -> Double? { try file.metadata.number(qualified(key)) }

  private func required(_ key: String) throws(CheckpointError) -> Int {
    guard let value = try uniform(key) else { throw CheckpointError(path: file.path, .missingKey(qualified(key))) }
    return value
  }

  /// An integer, or an array that has the same one for each layer.
  private func uniform(_ key: String) throws(CheckpointError) -> Int? {
    guard case .array = file.metadata[qualified(key)] else { return try integer(key) }
    let values = try file.metadata.integers(qualified(key)) ?? []
    guard let first = values.first, values.allSatisfy({ $0 == first }) else {
      throw unsupported(key, "different from layer to layer", supported: "one value for all")
    }
    return first
  }

  func unsupported(_ key: String, _ value: String, supported: String) -> CheckpointError {
    CheckpointError(path: file.path, .unsupported(key: qualified(key), value: value, supported: supported))
  }
}
