internal import CKernels

/// The instruction set that kernels run with; part of the system fingerprint. Raw values are the words of `--kernels`.
package enum KernelLevel: String, Sendable, CaseIterable, Comparable {
  case portable
  case avx2
  case avx512
  case avx512vnni
  case avx512bf16

  /// The highest level of this processor.
  package static let detected = KernelLevel(ck_detect_level())

  /// The levels that this processor runs, lowest first.
  package static var available: [KernelLevel] { allCases.filter { $0 <= detected } }

  package static func < (left: KernelLevel, right: KernelLevel) -> Bool {
    left.code.rawValue < right.code.rawValue
  }

  var code: ck_level {
    switch self {
    case .portable: CK_PORTABLE
    case .avx2: CK_AVX2
    case .avx512: CK_AVX512
    case .avx512vnni: CK_AVX512_VNNI
    case .avx512bf16: CK_AVX512_BF16
    }
  }

  private init(_ code: ck_level) {
    self = Self.allCases.last { $0.code == code } ?? .portable
  }
}
