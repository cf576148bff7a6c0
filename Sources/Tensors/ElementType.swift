internal import CKernels

/// The stored element types that convert to f32 exactly.
package enum ElementType: Sendable, Hashable, CaseIterable {
  case float32
  case float16
  case bfloat16

  package var byteCount: Int { self == .float32 ? 4 : 2 }

  var code: ck_element {
    switch self {
    case .float32: CK_F32
    case .float16: CK_F16
    case .bfloat16: CK_BF16
    }
  }
}
