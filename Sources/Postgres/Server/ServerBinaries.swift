import FoundationEssentials
import Glibc

/// Where `initdb`, `pg_ctl` and `postgres` are.
package struct ServerBinaries: Sendable, Hashable {
  package let directory: String

  private static let versionsDirectory = "/usr/lib/postgresql"

  package init(directory: String) { self.directory = directory }

  /// Debian's place first, the newest version or the one that `dataDirectory` was made with; then `PATH`.
  package static func find(for dataDirectory: String) throws(PostgresError) -> ServerBinaries {
    let installed = installedVersions()
    if let needed = majorVersion(of: dataDirectory), let newest = installed.last {
      guard installed.contains(needed) else {
        throw .embeddedServer(.versionMismatch(directory: needed, server: newest))
      }
      return ServerBinaries(directory: "\(versionsDirectory)/\(needed)/bin")
    }
    let search = installed.last.map { ["\(versionsDirectory)/\($0)/bin"] } ?? searchPath()
    guard let directory = search.first(where: holdsServer) else { throw .embeddedServer(.binariesNotFound) }
    return ServerBinaries(directory: directory)
  }

  /// The content of `PG_VERSION`; nil when there is no cluster yet.
  private static func majorVersion(of dataDirectory: String) -> String? {
    guard let bytes = FileManager.default.contents(atPath: "\(dataDirectory)/PG_VERSION") else { return nil }
    return String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isWhitespace).first.map(String.init)
  }

  /// Oldest first.
  private static func installedVersions() -> [String] {
    // An absent directory holds no versions.
    let names = (try? FileManager.default.contentsOfDirectory(atPath: versionsDirectory)) ?? []
    return names.filter { Int($0) != nil && holdsServer("\(versionsDirectory)/\($0)/bin") }
      .sorted { Int($0) ?? 0 < Int($1) ?? 0 }
  }

  private static func searchPath() -> [String] {
    (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").map(String.init)
  }

  private static func holdsServer(_ directory: String) -> Bool {
    ["initdb", "pg_ctl", "postgres"].allSatisfy { unsafe access("\(directory)/\($0)", X_OK) == 0 }
  }
}
