internal import CKernels

/// How weights are stored and multiplied. Raw values are the words of `--precision` and of job parameters.
///
/// Weights that share a scale are neighbours along the depth of a matrix.
package enum Precision: String, Sendable, Hashable, CaseIterable {
  /// 4 bytes a weight.
  case float32 = "f32"
  /// 2 bytes a weight; the same bits as f32 for a bf16 checkpoint, except on processors that multiply bf16 themselves.
  case bfloat16 = "bf16"
  /// 8.5 bits a weight: 8, and a scale for each 32 of them. Activations are rounded to 8 bits too.
  case int8 = "q8"
  /// 4.5 bits a weight: one of 16 levels, and a scale for each 32 of them. Activations as in q8.
  case int4 = "q4"

  var code: ck_format {
    switch self {
    case .float32: CK_FORMAT_F32
    case .bfloat16: CK_FORMAT_BF16
    case .int8: CK_FORMAT_Q8
    case .int4: CK_FORMAT_Q4
    }
  }
}
