import FoundationEssentials
import Glibc

extension PostgresServer {
  /// How to reach the server that runs in a home; nil when none listens there.
  package static func configuration(ofHome home: String) -> PostgresConfiguration? {
    guard let resolved = unsafe realpath(home, nil) else { return nil }
    defer { unsafe free(resolved) }
    let socket = ServerDirectories(home: unsafe String(cString: resolved), user: nil).socket
    guard FileManager.default.fileExists(atPath: socket + "/.s.PGSQL.5432") else { return nil }
    return PostgresConfiguration(socketDirectory: socket, database: databaseName, user: userName)
  }
}
