internal import Checkpoints
internal import JSON
internal import Tensors

/// Settings that several architectures share.
extension ConfigurationReader {
  private enum CodingKeys: String, CodingKey, CaseIterable {
    case quantization = "quantization_config"
    case expertCount = "num_experts"
    case localExpertCount = "num_local_experts"
    case routedExpertCount = "n_routed_experts"
    case seesAhead = "use_bidirectional_attention"
  }

  private static let expertKeys = [
    CodingKeys.expertCount, CodingKeys.localExpertCount, CodingKeys.routedExpertCount,
  ]

  /// Refuses what would change the numbers of any architecture and no architecture here has.
  func refuseForeignSettings() throws(CheckpointError) {
    if let quantization = try optionalReader(CodingKeys.quantization) {
      let method = quantization.object["quant_method"]?.string ?? "unnamed"
      throw unsupported(CodingKeys.quantization, method, supported: "none: weights in F32, F16 or BF16")
    }
    for key in Self.expertKeys {
      if let count = try optionalInteger(key, in: 0...1 << 20), count > 1 {
        throw unsupported(key, "\(count)", supported: "models without experts")
      }
    }
    if try flag(CodingKeys.seesAhead, default: false) {
      throw unsupported(CodingKeys.seesAhead, "true", supported: "false")
    }
  }

  /// An activation by the name that transformers gives it.
  func activation(_ key: some CodingKey, default standard: String) throws(CheckpointError) -> Activation {
    switch try optionalString(key) ?? standard {
    case "silu", "swish": .silu
    case "gelu": .geluErf
    case "gelu_new", "gelu_pytorch_tanh", "gelu_fast": .geluTanh
    case "relu": .relu
    case let other: throw unsupported(key, other, supported: "silu, gelu, gelu_new, gelu_pytorch_tanh, relu")
    }
  }
}
