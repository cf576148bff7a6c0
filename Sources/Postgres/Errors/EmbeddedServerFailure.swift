/// Why the embedded server does not run; the descriptions say what to do.
package enum EmbeddedServerFailure: Sendable, Hashable {
  case binariesNotFound
  case heldBy(pid: Int32)
  /// An ancestor of the home directory that the server's user may not enter.
  case unreachable(directory: String, user: String)
  /// A directory that must be private to the server's user is not.
  case notPrivate(directory: String)
  case socketPathTooLong(String)
  case noUnprivilegedUser
  /// A system call on a path failed.
  case file(path: String, reason: String)
  /// A program of PostgreSQL failed; `output` is its own diagnosis.
  case command(name: String, output: String)
  /// The data directory was made by another major version.
  case versionMismatch(directory: String, server: String)
  case stopped
}

extension EmbeddedServerFailure: CustomStringConvertible {
  package var description: String {
    switch self {
    case .binariesNotFound:
      "no PostgreSQL server programs found in /usr/lib/postgresql or PATH: install postgresql or give --database"
    case .heldBy(let pid): "another process uses this home: held by pid \(pid)"
    case .unreachable(let directory, let user):
      "PostgreSQL runs as user \(user), who may not enter \(directory): choose a home elsewhere, such as /var/lib/quern"
    case .notPrivate(let directory): "\(directory) must belong to the server's user and be closed to others: remove it"
    case .socketPathTooLong(let path): "the socket path \(path) has more than 107 bytes: choose a shorter home"
    case .noUnprivilegedUser: "PostgreSQL refuses to run as root, and there is neither a user postgres nor nobody"
    case .file(let path, let reason): "\(path): \(reason)"
    case .command(let name, let output): "\(name) failed: \(output)"
    case .versionMismatch(let directory, let server):
      "the data directory was made by PostgreSQL \(directory), the programs are of \(server): install version \(directory)"
    case .stopped: "the embedded PostgreSQL stopped unexpectedly: see its log"
    }
  }
}
