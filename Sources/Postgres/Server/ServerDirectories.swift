import FoundationEssentials
import Glibc

/// The files of an embedded server below its home: `postgres` (the cluster), `run/lock`, `run/postgres` (the socket).
struct ServerDirectories: Sendable {
  let home: String
  let user: ServerUser?

  var run: String { home + "/run" }
  var data: String { home + "/postgres" }
  /// Becomes `data` when it is complete, so that an interrupted `initdb` leaves nothing to repair.
  var unfinishedData: String { home + "/postgres.new" }
  var lock: String { run + "/lock" }

  /// `sun_path` holds 108 bytes with its NUL; the socket is `<directory>/.s.PGSQL.5432`.
  private static let longestSocketDirectory = 107 - "/.s.PGSQL.5432".utf8.count

  /// Private to the server's user. Below the home, unless that makes the path of the socket too long.
  var socket: String {
    let usual = run + "/postgres"
    if usual.utf8.count <= Self.longestSocketDirectory { return usual }
    return "/tmp/quern-\(geteuid())-\(shortHash(of: home))"
  }

  /// - Throws: when the server's user could not use them.
  func create() throws(PostgresError) {
    try make(home, mode: 0o711)
    try make(run, mode: 0o711)
    try checkReachable()
    try makePrivate(socket)
  }

  /// Creates a directory that only the server's user may enter, or refuses one that is not so: in `/tmp` it may be
  /// somebody else's.
  func makePrivate(_ path: String) throws(PostgresError) {
    if unsafe mkdir(path, 0o700) == 0 {
      if let user, unsafe chown(path, user.userID, user.groupID) != 0 { throw .file(path) }
    } else if errno != EEXIST {
      throw .file(path)
    }
    var status = stat()
    if unsafe lstat(path, &status) != 0 { throw .file(path) }
    let isDirectory = status.st_mode & S_IFMT == S_IFDIR
    guard isDirectory, status.st_mode & 0o077 == 0, status.st_uid == user?.userID ?? geteuid() else {
      throw .embeddedServer(.notPrivate(directory: path))
    }
  }

  /// One outside the home is nobody's once the server is gone; it stays when something is in it.
  func removeSocketDirectory() {
    if !socket.hasPrefix(home + "/") { unsafe rmdir(socket) }
  }

  private func make(_ path: String, mode: mode_t) throws(PostgresError) {
    do {
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    } catch {
      throw .embeddedServer(.file(path: path, reason: "cannot be created"))
    }
    // As root the server's user must pass through; a home of our own may stay closed.
    guard user != nil else { return }
    var status = stat()
    if unsafe stat(path, &status) != 0 { throw .file(path) }
    if unsafe chmod(path, status.st_mode & 0o7777 | mode & 0o111) != 0 { throw .file(path) }
  }

  /// PostgreSQL must be able to enter every directory above its cluster.
  private func checkReachable() throws(PostgresError) {
    guard let user else { return }
    var path = home
    while path != "/", !path.isEmpty {
      path = String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)])
      var status = stat()
      let directory = path.isEmpty ? "/" : path
      if unsafe stat(directory, &status) != 0 { throw .file(directory) }
      let needed: mode_t = status.st_uid == user.userID ? 0o100 : status.st_gid == user.groupID ? 0o010 : 0o001
      if status.st_mode & needed == 0 { throw .embeddedServer(.unreachable(directory: directory, user: user.name)) }
    }
  }
}

/// FNV-1a in base 36: names a directory, protects nothing.
private func shortHash(of text: String) -> String {
  let hash = text.utf8.reduce(UInt64(0xcbf2_9ce4_8422_2325)) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
  return String(hash, radix: 36)
}
