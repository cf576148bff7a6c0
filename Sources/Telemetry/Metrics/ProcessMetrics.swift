import FoundationEssentials
import Glibc

/// The standard series of a process, and `quern_build_info`.
///
/// Reads only this process's own folder of /proc, which a sandbox with `ProcSubset=pid` leaves.
package enum ProcessMetrics {
  package static func register(in registry: MetricsRegistry, version: String, commit: String) {
    let build = registry.gauge(
      "quern_build_info",
      help: "Version and commit of this executable; always 1.",
      labels: [MetricLabel("version", limit: 1), MetricLabel("commit", limit: 1)]
    )
    build.set(1, version, commit)
    let start = registry.gauge("process_start_time_seconds", help: "Start of the process since 1970 in seconds.")
    if let time = startTime() { start.set(time) }
    let processor = registry.counter("process_cpu_seconds_total", help: "User and system time spent in seconds.")
    let memory = registry.gauge("process_resident_memory_bytes", help: "Resident memory in bytes.")
    let open = registry.gauge("process_open_fds", help: "Open file descriptors.")
    let limit = registry.gauge("process_max_fds", help: "Most file descriptors that may be open.")
    registry.onCollect {
      processor.assign([([], processorTime())])
      if let bytes = residentBytes() { memory.set(bytes) }
      if let count = openDescriptorCount() { open.set(count) }
      if let count = descriptorLimit() { limit.set(count) }
    }
  }

  private static func processorTime() -> Double { seconds(CLOCK_PROCESS_CPUTIME_ID) }

  private static func seconds(_ clock: clockid_t) -> Double {
    var time = timespec()
    unsafe clock_gettime(clock, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }

  /// The second number of statm counts resident pages.
  private static func residentBytes() -> Double? {
    let fields = words(of: "/proc/self/statm")
    guard fields.count > 1, let pages = Double(fields[1]) else { return nil }
    return pages * Double(sysconf(Int32(_SC_PAGESIZE)))
  }

  /// Field 22 of stat is the start in ticks since boot; the command in field 2 may hold spaces, its parenthesis ends it.
  private static func startTime() -> Double? {
    let stat = words(of: "/proc/self/stat")
    guard let command = stat.lastIndex(where: { $0.hasSuffix(")") }), command + 20 < stat.count,
      let ticks = Double(stat[command + 20])
    else { return nil }
    let boot = seconds(CLOCK_REALTIME) - seconds(CLOCK_BOOTTIME)
    return boot + ticks / Double(sysconf(Int32(_SC_CLK_TCK)))
  }

  /// Without the descriptor that counting itself opens.
  private static func openDescriptorCount() -> Double? {
    // Absent when the sandbox hides it; the series is then left out.
    (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")).map { Double($0.count - 1) }
  }

  private static func descriptorLimit() -> Double? {
    var limit = rlimit()
    guard unsafe getrlimit(__rlimit_resource_t(UInt32(RLIMIT_NOFILE.rawValue)), &limit) == 0 else { return nil }
    return limit.rlim_cur == .max ? .infinity : Double(limit.rlim_cur)
  }

  private static func words(of path: String) -> [Substring] {
    // As above: what is hidden is left out.
    (try? String(contentsOfFile: path, encoding: .utf8))?.split(whereSeparator: \.isWhitespace) ?? []
  }
}
