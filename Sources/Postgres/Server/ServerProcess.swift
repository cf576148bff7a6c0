import FoundationEssentials
import Glibc

/// Finds the processes of a cluster in `/proc`: its postmaster and backends work inside the data directory.
struct ServerProcess: Sendable {
  let dataDirectory: String

  private var pidFile: String { dataDirectory + "/postmaster.pid" }

  /// The postmaster that runs on this directory, whoever started it.
  var postmaster: pid_t? {
    guard let pid = recordedPID, isOurs(pid) else { return nil }
    return pid
  }

  /// Whether any process of the cluster is left, as when a killed postmaster's backends still end.
  var isAnyAlive: Bool {
    // Without /proc nothing is known to be alive.
    let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
    return names.lazy.compactMap { pid_t($0) }.contains(where: isOurs)
  }

  /// Removes a pid file whose number belongs to a stranger by now: PostgreSQL would take that for its postmaster.
  /// - Precondition: `isAnyAlive` is false and nobody else starts the cluster.
  func removeMisleadingPIDFile() throws(PostgresError) {
    guard let pid = recordedPID, kill(pid, 0) == 0 || errno == EPERM else { return }
    if unsafe unlink(pidFile) != 0 { throw .file(pidFile) }
  }

  private var recordedPID: pid_t? {
    guard let bytes = FileManager.default.contents(atPath: pidFile) else { return nil }
    return String(decoding: bytes, as: UTF8.self).split(separator: "\n").first.flatMap { pid_t($0) }
  }

  private func isOurs(_ pid: pid_t) -> Bool {
    guard let name = FileManager.default.contents(atPath: "/proc/\(pid)/comm"),
      String(decoding: name, as: UTF8.self) == "postgres\n",
      // A process that ended meanwhile, or that is not ours to look at, is none of this cluster.
      let place = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(pid)/cwd")
    else { return false }
    return place == dataDirectory
  }
}
