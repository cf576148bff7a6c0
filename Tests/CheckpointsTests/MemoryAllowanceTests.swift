import Checkpoints
import Testing

struct MemoryAllowanceTests {
  private func allowance(_ files: [String: String]) -> MemoryAllowance? {
    MemoryAllowance.current { files[$0] }
  }

  @Test func `the machine's available memory counts where nothing limits it more`() {
    let files = ["/proc/meminfo": "MemTotal:  100 kB\nMemAvailable:   20 kB\n", "/proc/self/cgroup": "0::/\n"]
    #expect(allowance(files) == MemoryAllowance(byteCount: 20480, source: "MemAvailable"))
  }

  @Test func `a limit of any control group above counts, cached files are free`() {
    let files = [
      "/proc/meminfo": "MemAvailable: 1000000 kB\n", "/proc/self/cgroup": "0::/a/b\n",
      "/sys/fs/cgroup/a/b/memory.max": "max\n", "/sys/fs/cgroup/a/b/memory.current": "100\n",
      "/sys/fs/cgroup/a/memory.max": "5000\n", "/sys/fs/cgroup/a/memory.current": "4000\n",
      "/sys/fs/cgroup/a/memory.stat": "anon 1000\nactive_file 1000\ninactive_file 500\n",
    ]
    #expect(allowance(files) == MemoryAllowance(byteCount: 2500, source: "/sys/fs/cgroup/a/memory.max"))
  }

  @Test func `control groups of version 1 count too`() {
    let files = [
      "/proc/self/cgroup": "5:cpu,memory:/x\n0::/\n", "/sys/fs/cgroup/memory/x/memory.limit_in_bytes": "900",
      "/sys/fs/cgroup/memory/x/memory.usage_in_bytes": "1000",
      "/sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712",
      "/sys/fs/cgroup/memory/memory.usage_in_bytes": "1000",
    ]
    #expect(
      allowance(files)
        == MemoryAllowance(byteCount: 0, source: "/sys/fs/cgroup/memory/x/memory.limit_in_bytes")
    )
  }

  @Test func `a limited address space counts`() {
    let files = [
      "/proc/self/limits": "Max address space         100000               unlimited            bytes\n",
      "/proc/self/status": "VmPeak:  90 kB\nVmSize:\t 50 kB\n",
    ]
    #expect(allowance(files) == MemoryAllowance(byteCount: 48800, source: "limit of the address space"))
  }

  @Test func `a system that says nothing limits nothing`() {
    #expect(allowance([:]) == nil)
    #expect(allowance(["/proc/self/limits": "Max address space unlimited unlimited bytes\n"]) == nil)
  }
}
