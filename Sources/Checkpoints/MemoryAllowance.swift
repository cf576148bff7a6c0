internal import FoundationEssentials

/// How much memory this process may still take: of the machine, or of the control group that limits it more.
package struct MemoryAllowance: Sendable, Hashable {
  package let byteCount: Int
  /// What gave the number, for messages.
  package let source: String

  package init(byteCount: Int, source: String) {
    self.byteCount = byteCount
    self.source = source
  }

  /// nil where the system does not say.
  package static var current: MemoryAllowance? { current(readFile: contents) }

  package static func current(readFile: (String) -> String?) -> MemoryAllowance? {
    let groups = readFile("/proc/self/cgroup").map { controlGroups(membership: $0, readFile) } ?? []
    let allowances = groups + [machine(readFile), addressSpace(readFile)].compactMap { $0 }
    return allowances.min { $0.byteCount < $1.byteCount }
  }

  private static func machine(_ readFile: (String) -> String?) -> MemoryAllowance? {
    guard let available = readFile("/proc/meminfo").flatMap({ number(after: "MemAvailable:", in: $0) }) else {
      return nil
    }
    return MemoryAllowance(byteCount: bytes(kilobytes: available), source: "MemAvailable")
  }

  /// `ulimit -v` less what is mapped already.
  private static func addressSpace(_ readFile: (String) -> String?) -> MemoryAllowance? {
    guard let limit = readFile("/proc/self/limits").flatMap({ number(after: "Max address space ", in: $0) }),
      let mapped = readFile("/proc/self/status").flatMap({ number(after: "VmSize:", in: $0) })
    else { return nil }
    return MemoryAllowance(byteCount: max(0, limit - bytes(kilobytes: mapped)), source: "limit of the address space")
  }

  /// Of the memory control group of either version and its ancestors.
  private static func controlGroups(membership: String, _ readFile: (String) -> String?) -> [MemoryAllowance] {
    membership.split(separator: "\n").flatMap { line -> [MemoryAllowance] in
      let fields = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
      guard fields.count == 3 else { return [] }
      if fields[1].split(separator: ",").contains("memory") {
        return controlGroups(path: fields[2], files: .first, readFile)
      }
      return fields[0] == "0" ? controlGroups(path: fields[2], files: .second, readFile) : []
    }
  }

  private static func controlGroups(
    path: Substring,
    files: ControlGroupFiles,
    _ readFile: (String) -> String?
  ) -> [MemoryAllowance] {
    var parts = path.split(separator: "/").map(String.init)
    var allowances: [MemoryAllowance] = []
    while true {
      let directory = ([files.root] + parts).joined(separator: "/")
      if let allowance = controlGroup(directory, files, readFile) { allowances.append(allowance) }
      if parts.popLast() == nil { return allowances }
    }
  }

  /// Limit less use, where cached files do not count as use.
  private static func controlGroup(
    _ directory: String,
    _ files: ControlGroupFiles,
    _ readFile: (String) -> String?
  ) -> MemoryAllowance? {
    func integer(_ name: String) -> Int? {
      readFile(directory + "/" + name).flatMap { text in
        text.split(whereSeparator: \.isWhitespace).first.flatMap { Int($0) }
      }
    }
    guard let limit = integer(files.limit), let used = integer(files.use) else { return nil }
    let statistics = readFile(directory + "/memory.stat") ?? ""
    let cached = files.cached.reduce(0) { $0 + (number(after: $1, in: statistics) ?? 0) }
    return MemoryAllowance(byteCount: max(0, limit - max(0, used - cached)), source: directory + "/" + files.limit)
  }

  private static func bytes(kilobytes: Int) -> Int {
    let (bytes, isOverflown) = kilobytes.multipliedReportingOverflow(by: 1024)
    return isOverflown ? .max : bytes
  }

  /// The number of the line that starts with `label`.
  private static func number(after label: String, in text: String) -> Int? {
    guard let line = text.split(separator: "\n").first(where: { $0.hasPrefix(label) }) else { return nil }
    return line.dropFirst(label.count).split(whereSeparator: \.isWhitespace).first.flatMap { Int($0) }
  }

  private static func contents(_ path: String) -> String? {
    // A file that is missing or unreadable (no control groups) means no limit.
    try? String(contentsOfFile: path, encoding: .utf8)
  }
}

/// What the two versions of control groups call the same.
private struct ControlGroupFiles {
  let root: String
  let limit: String
  let use: String
  let cached: [String]

  static let first = ControlGroupFiles(
    root: "/sys/fs/cgroup/memory",
    limit: "memory.limit_in_bytes",
    use: "memory.usage_in_bytes",
    cached: ["total_inactive_file ", "total_active_file "]
  )
  static let second = ControlGroupFiles(
    root: "/sys/fs/cgroup",
    limit: "memory.max",
    use: "memory.current",
    cached: ["inactive_file ", "active_file "]
  )
}
