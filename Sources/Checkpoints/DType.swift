package import Tensors

/// The element types of the safetensors format, by their names in its header.
package enum DType: String, Sendable, Hashable, CaseIterable {
  case bool = "BOOL"
  case unsigned8 = "U8"
  case signed8 = "I8"
  case float8E5M2 = "F8_E5M2"
  case float8E4M3 = "F8_E4M3"
  case float8E8M0 = "F8_E8M0"
  case signed16 = "I16"
  case unsigned16 = "U16"
  case float16 = "F16"
  case bfloat16 = "BF16"
  case signed32 = "I32"
  case unsigned32 = "U32"
  case float32 = "F32"
  case signed64 = "I64"
  case unsigned64 = "U64"
  case float64 = "F64"
  case complex64 = "C64"

  package var byteCount: Int {
    switch self {
    case .bool, .unsigned8, .signed8, .float8E5M2, .float8E4M3, .float8E8M0: 1
    case .signed16, .unsigned16, .float16, .bfloat16: 2
    case .signed32, .unsigned32, .float32: 4
    case .signed64, .unsigned64, .float64, .complex64: 8
    }
  }

  /// The type as weights can be loaded from it; nil for the others.
  package var elementType: ElementType? {
    switch self {
    case .float32: .float32
    case .float16: .float16
    case .bfloat16: .bfloat16
    default: nil
    }
  }
}
