internal import CKernels
internal import FoundationEssentials

/// How many processors this process may keep busy.
enum ProcessorAllowance {
  /// The affinity mask's count, lowered by `cpu.max` of the control group and of its ancestors.
  static var current: Int {
    let processors = ck_available_processors()
    guard let membership = contents("/proc/self/cgroup") else { return processors }
    return min(processors, limit(membership: membership, readFile: contents) ?? processors)
  }

  /// The lowest quota / period of version 2 control groups in whole processors, at least 1; nil without a limit.
  static func limit(membership: String, readFile: (String) -> String?) -> Int? {
    guard let line = membership.split(separator: "\n").first(where: { $0.hasPrefix("0::") }) else { return nil }
    var parts = line.dropFirst(3).split(separator: "/").map(String.init)
    var lowest: Int?
    while true {
      let path = (["/sys/fs/cgroup"] + parts + ["cpu.max"]).joined(separator: "/")
      if let limit = readFile(path).flatMap(processors) { lowest = min(lowest ?? limit, limit) }
      if parts.popLast() == nil { return lowest }
    }
  }

  /// `cpu.max` is "QUOTA PERIOD" in microseconds, or "max PERIOD".
  private static func processors(_ text: String) -> Int? {
    let words = text.split { $0 == " " || $0 == "\n" }
    guard words.count == 2, let quota = Int(words[0]), let period = Int(words[1]), period > 0 else { return nil }
    return max(1, quota / period)
  }

  private static func contents(_ path: String) -> String? {
    // A file that is missing or unreadable (no control groups) means no limit.
    try? String(contentsOfFile: path, encoding: .utf8)
  }
}
