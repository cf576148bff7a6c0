import Foundation

/// The most memory that this process had at once, mapped files included.
enum PeakMemory {
  /// VmHWM in units of 2^20 bytes; nil where the system does not say.
  static var megabytes: Int? {
    // A system without /proc has no such line either.
    guard let status = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8),
      let line = status.split(separator: "\n").first(where: { $0.hasPrefix("VmHWM:") })
    else { return nil }
    return line.split(whereSeparator: \.isWhitespace).lazy.compactMap { Int($0) }.first.map { $0 / 1024 }
  }
}
