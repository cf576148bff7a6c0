import FoundationEssentials
import Glibc

/// Finds the processes of a cluster in `/proc`: its postmaster and backends work inside the data directory.
struct ServerProcess: Sendable {
  let dataDirectory: String

  private var pidFile: String { dataDirectory + "/postmaster.pid" }

  /// The postmaster that runs on this directory, whoever started it.
  var postmaster: pid_t? {
    guard let pid = recordedPID(in: pidFile), isOurs(pid) else { return nil }
    return pid
  }

  /// Whether any process of the cluster is left, as when a killed postmaster's backends still end.
  var isAnyAlive: Bool {
    // Without /proc nothing is known to be alive.
    let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
    return names.lazy.compactMap { pid_t($0) }.contains(where: isOurs)
  }

  /// Removes lock files whose number belongs to a stranger by now, or to a postmaster that is dead and not yet buried
  /// by its parent: PostgreSQL would take it for a server that runs.
  /// - Precondition: `isAnyAlive` is false and nobody else starts the cluster.
  func removeMisleadingLockFiles(socketDirectory: String) throws(PostgresError) {
    for path in [pidFile, socketDirectory + "/.s.PGSQL.5432.lock"] {
      guard let pid = recordedPID(in: path), kill(pid, 0) == 0 || errno == EPERM else { continue }
      if unsafe unlink(path) != 0 { throw .file(path) }
    }
  }

  private func recordedPID(in path: String) -> pid_t? {
    guard let bytes = FileManager.default.contents(atPath: path) else { return nil }
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
