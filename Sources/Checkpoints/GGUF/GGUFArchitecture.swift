/// The architectures of GGUF files that are translated, by `general.architecture`, with their tensors' names in
/// Hugging Face checkpoints.
enum GGUFArchitecture: String, CaseIterable, Sendable {
  /// Mistral too.
  case llama
  case qwen2
  case qwen3
  case gemma2
  case gemma3
  case phi3
  case gpt2

  /// Tensors that exist once, without `.weight` and `.bias`.
  private var modules: [String: String] {
    switch self {
    case .gpt2:
      [
        "token_embd": "transformer.wte", "position_embd": "transformer.wpe", "output_norm": "transformer.ln_f",
        "output": "lm_head",
      ]
    default: ["token_embd": "model.embed_tokens", "output_norm": "model.norm", "output": "lm_head"]
    }
  }

  private var layerPrefix: String { self == .gpt2 ? "transformer.h." : "model.layers." }

  /// Tensors of a layer, after `blk.N.`.
  private var layerModules: [String: String] {
    switch self {
    case .llama, .qwen2, .qwen3: Self.attention.merging(Self.feedForward) { $1 }
    case .gemma2, .gemma3: Self.attention.merging(Self.gemmaFeedForward) { $1 }
    case .phi3: Self.fused
    case .gpt2: Self.conv1D
    }
  }

  private static let attention = [
    "attn_norm": "input_layernorm", "attn_q": "self_attn.q_proj", "attn_k": "self_attn.k_proj",
    "attn_v": "self_attn.v_proj", "attn_output": "self_attn.o_proj", "attn_q_norm": "self_attn.q_norm",
    "attn_k_norm": "self_attn.k_norm",
  ]

  private static let feedForward = [
    "ffn_norm": "post_attention_layernorm", "ffn_gate": "mlp.gate_proj", "ffn_up": "mlp.up_proj",
    "ffn_down": "mlp.down_proj",
  ]

  private static let gemmaFeedForward = [
    "post_attention_norm": "post_attention_layernorm", "ffn_norm": "pre_feedforward_layernorm",
    "ffn_gate": "mlp.gate_proj", "ffn_up": "mlp.up_proj", "ffn_down": "mlp.down_proj",
    "post_ffw_norm": "post_feedforward_layernorm",
  ]

  private static let fused = [
    "attn_norm": "input_layernorm", "attn_qkv": "self_attn.qkv_proj", "attn_output": "self_attn.o_proj",
    "ffn_norm": "post_attention_layernorm", "ffn_up": "mlp.gate_up_proj", "ffn_down": "mlp.down_proj",
  ]

  private static let conv1D = [
    "attn_norm": "ln_1", "attn_qkv": "attn.c_attn", "attn_output": "attn.c_proj", "ffn_norm": "ln_2",
    "ffn_up": "mlp.c_fc", "ffn_down": "mlp.c_proj",
  ]

  /// Tensors that the configuration takes its rotary factors from.
  static let ropeFactors = "rope_freqs.weight"
  static let longRopeFactors = "rope_factors_long.weight"
  static let shortRopeFactors = "rope_factors_short.weight"

  /// nil: no tensor of the checkpoint.
  func name(of tensor: String) -> GGUFTensorName? {
    let parts = tensor.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    guard let kind = parts.last, ["weight", "bias"].contains(kind) else { return nil }
    if parts.count == 2, let module = modules[parts[0]] {
      return GGUFTensorName(stored: parts[0], kind: kind, name: module + "." + kind)
    }
    // The number as it is written: 01 would be the tensor of 1 again.
    guard parts.count == 4, parts[0] == "blk", let layer = Int(parts[1]), String(layer) == parts[1],
      let module = layerModules[parts[2]]
    else { return nil }
    return GGUFTensorName(stored: parts[2], kind: kind, name: "\(layerPrefix)\(layer).\(module).\(kind)")
  }

  func transform(_ name: GGUFTensorName, headCount: Int, keyValueHeadCount: Int) -> GGUFTransform {
    switch (self, name.stored) {
    case (.llama, "attn_q"): .interleavedHeads(count: headCount)
    case (.llama, "attn_k"): .interleavedHeads(count: keyValueHeadCount)
    case (.gemma2, _) where name.stored.hasSuffix("_norm"), (.gemma3, _) where name.stored.hasSuffix("_norm"): .plusOne
    case (.gpt2, _) where name.kind == "weight" && Self.transposed.contains(name.stored): .transposed
    default: .none
    }
  }

  /// Hugging Face's Conv1D keeps its weights [depth, columns].
  private static let transposed: Set<String> = ["attn_qkv", "attn_output", "ffn_up", "ffn_down"]
}

/// A tensor's names on both sides.
struct GGUFTensorName {
  /// The module in the GGUF file, without layer.
  let stored: String
  /// `weight` or `bias`.
  let kind: String
  /// In a Hugging Face checkpoint.
  let name: String
}
