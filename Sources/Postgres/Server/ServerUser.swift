import Glibc

/// The unprivileged account that PostgreSQL runs as when we are root, which it refuses to be.
struct ServerUser: Sendable, Hashable {
  let name: String
  let userID: uid_t
  let groupID: gid_t

  /// Nil when we are not root: then it runs as ourselves.
  static func required() throws(PostgresError) -> ServerUser? {
    if geteuid() != 0 { return nil }
    guard let user = named("postgres") ?? named("nobody") else { throw .embeddedServer(.noUnprivilegedUser) }
    return user
  }

  private static func named(_ name: String) -> ServerUser? {
    guard let entry = unsafe getpwnam(name) else { return nil }
    return unsafe ServerUser(name: name, userID: entry.pointee.pw_uid, groupID: entry.pointee.pw_gid)
  }
}
