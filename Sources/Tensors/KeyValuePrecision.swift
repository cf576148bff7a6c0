internal import CKernels

/// How a cache stores keys and values; everything else stays f32. Raw values are the words of the command line.
package enum KeyValuePrecision: String, Sendable, CaseIterable {
  case float32 = "f32"
  /// Rounded to nearest even.
  case bfloat16 = "bf16"
  /// 8-bit integers with one f32 scale per position and head.
  case int8 = "q8"

  var format: ck_kv_format {
    switch self {
    case .float32: CK_KV_F32
    case .bfloat16: CK_KV_BF16
    case .int8: CK_KV_Q8
    }
  }
}
