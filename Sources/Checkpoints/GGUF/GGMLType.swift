internal import Tensors

/// The element types of GGUF tensors that can be read, by their numbers in the file.
package enum GGMLType: UInt32, Sendable, Hashable, CaseIterable {
  case float32 = 0
  case float16 = 1
  case q40 = 2
  case q41 = 3
  case q50 = 6
  case q51 = 7
  case q80 = 8
  case q4K = 12
  case q5K = 13
  case q6K = 14
  case bfloat16 = 30

  /// Elements that share their scales; a row is a whole number of blocks.
  package var blockElementCount: Int {
    switch self {
    case .float32, .float16, .bfloat16: 1
    case .q40, .q41, .q50, .q51, .q80: 32
    case .q4K, .q5K, .q6K: 256
    }
  }

  package var blockByteCount: Int {
    switch self {
    case .float32: 4
    case .float16, .bfloat16: 2
    case .q40: 18
    case .q41: 20
    case .q50: 22
    case .q51: 24
    case .q80: 34
    case .q4K: 144
    case .q5K: 176
    case .q6K: 210
    }
  }

  /// The name that llama.cpp prints.
  package var name: String { Self.name(of: rawValue) }

  /// The type whose bytes can be taken as they stand; nil for the quantised ones.
  var storedType: DType? {
    switch self {
    case .float32: .float32
    case .float16: .float16
    case .bfloat16: .bfloat16
    default: nil
    }
  }

  /// Also of the types that exist but cannot be read here.
  static func name(of number: UInt32) -> String { names[number] ?? "number \(number)" }

  static var supported: String { allCases.map(\.name).joined(separator: ", ") }

  private static let names: [UInt32: String] = [
    0: "F32", 1: "F16", 2: "Q4_0", 3: "Q4_1", 4: "Q4_2", 5: "Q4_3", 6: "Q5_0", 7: "Q5_1", 8: "Q8_0", 9: "Q8_1",
    10: "Q2_K", 11: "Q3_K", 12: "Q4_K", 13: "Q5_K", 14: "Q6_K", 15: "Q8_K", 16: "IQ2_XXS", 17: "IQ2_XS",
    18: "IQ3_XXS", 19: "IQ1_S", 20: "IQ4_NL", 21: "IQ3_S", 22: "IQ2_S", 23: "IQ4_XS", 24: "I8", 25: "I16", 26: "I32",
    27: "I64", 28: "F64", 29: "IQ1_M", 30: "BF16", 31: "Q4_0_4_4", 32: "Q4_0_4_8", 33: "Q4_0_8_8", 34: "TQ1_0",
    35: "TQ2_0", 36: "IQ4_NL_4_4", 37: "IQ4_NL_4_8", 38: "IQ4_NL_8_8", 39: "MXFP4", 40: "NVFP4",
  ]
}
