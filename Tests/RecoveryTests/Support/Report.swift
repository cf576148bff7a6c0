import Foundation

/// Figures for the closing note; tests do not depend on them.
enum Report {
  static func say(_ line: String) { FileHandle.standardError.write(Data("· \(line)\n".utf8)) }
}

extension Double {
  func rounded(to digits: Int) -> Double {
    let factor = pow(10, Double(digits))
    return (self * factor).rounded() / factor
  }
}

extension Array where Element == Double {
  /// The value below which a share `fraction` of all lies.
  func percentile(_ fraction: Double) -> Double {
    isEmpty ? .nan : sorted()[Swift.min(count - 1, Int(Double(count) * fraction))]
  }
}
