/// How weights are kept and multiplied.
package enum WeightPrecision: String, Codable, Sendable, CaseIterable {
  case float32 = "f32"
  case bfloat16 = "bf16"
  case int8 = "q8"
  /// The layers; embedding and head are q8.
  case int4 = "q4"
}

/// How the keys and values of the context are kept.
package enum ContextPrecision: String, Codable, Sendable, CaseIterable {
  case float32 = "f32"
  case bfloat16 = "bf16"
  case int8 = "q8"
}
