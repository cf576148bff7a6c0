import Foundation

/// How numbers read best in tables: three figures and a unit.
enum Quantities {
  /// `0.31 s`, `12 s`, `3 min`, `2 h`, `5 d`.
  static func duration(seconds: Double) -> String {
    switch seconds {
    case ..<0.0095: String(format: "%.0f ms", max(0, seconds * 1000))
    case ..<9.995: String(format: "%.2f s", seconds)
    case ..<119.5: String(format: "%.0f s", seconds)
    case ..<7170: String(format: "%.0f min", seconds / 60)
    case ..<172_000: String(format: "%.0f h", seconds / 3600)
    default: String(format: "%.0f d", seconds / 86_400)
    }
  }

  /// `260 kB`, `1.10 MB`: powers of 1000.
  static func bytes(_ count: Int) -> String { scaled(count, units: ["B", "kB", "MB", "GB", "TB"], separator: " ") }

  /// `260k`, `7.24B`.
  static func count(_ count: Int) -> String { scaled(count, units: ["", "k", "M", "B", "T"], separator: "") }

  private static func scaled(_ count: Int, units: [String], separator: String) -> String {
    var value = Double(count)
    var unit = 0
    while value >= 999.5, unit < units.count - 1 {
      value /= 1000
      unit += 1
    }
    let digits = unit == 0 || value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2
    return String(format: "%.\(digits)f", value) + separator + units[unit]
  }
}
