import Foundation
import Testing

/// The real executables against a real PostgreSQL, with real signals: one test at a time, for they measure times.
@Suite(.serialized) enum RecoveryTests {
  /// `make proof` sets it: full size instead of the short forms of `make test`.
  static let isProof = ProcessInfo.processInfo.environment["QUERN_PROOF"] != nil

  /// What a promise of the design may be exceeded by where other tests share the processors.
  static let tolerance: Duration = isProof ? .zero : .seconds(5)
}
