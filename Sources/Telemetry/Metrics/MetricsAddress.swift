import FlyingSocks
import Glibc

/// Where metrics are served: `HOST:PORT`, `[::1]:PORT` or `unix:PATH`.
package enum MetricsAddress: Sendable, Hashable, CustomStringConvertible {
  case tcp(host: String, port: UInt16)
  case unix(path: String)

  /// Nil when the text is neither form.
  package init?(_ text: String) {
    if text.hasPrefix("unix:"), text.utf8.count > 5 {
      self = .unix(path: String(text.dropFirst(5)))
      return
    }
    guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]) else { return nil }
    var host = String(text[..<colon])
    if host.hasPrefix("["), host.hasSuffix("]") { host = String(host.dropFirst().dropLast()) }
    if host == "localhost" { host = "127.0.0.1" }
    guard Self.isAddress(host) else { return nil }
    self = .tcp(host: host, port: port)
  }

  package var description: String {
    switch self {
    case .tcp(let host, let port): host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
    case .unix(let path): "unix:\(path)"
    }
  }

  private static func isAddress(_ host: String) -> Bool {
    var bytes = in6_addr()
    return unsafe inet_pton(AF_INET, host, &bytes) == 1 || inet_pton(AF_INET6, host, &bytes) == 1
  }

  /// A listening socket at the address; a UNIX socket admits its owner and group, the group of its folder's scraper.
  func listen() throws -> Socket {
    switch self {
    case .tcp(let host, let port) where host.contains(":"):
      return try listen(at: sockaddr_in6.inet6(ip6: host, port: port))
    case .tcp(let host, let port):
      return try listen(at: sockaddr_in.inet(ip4: host, port: port))
    case .unix(let path):
      try removeStaleSocket(path)
      return try listen(at: sockaddr_un.unix(path: path)) {
        guard unsafe chmod(path, 0o660) == 0 else {
          throw JournalError.system(operation: "chmod", code: errno, path: path)
        }
      }
    }
  }

  private func listen<A: SocketAddress>(at address: A, whenBound: () throws -> Void = {}) throws -> Socket {
    let socket = try Socket(domain: Int32(A.family))
    do {
      try socket.setValue(true, for: .localAddressReuse)
      try socket.bind(to: address)
      try whenBound()
      try socket.listen()
    } catch {
      try? socket.close()  // The first error is the one to tell.
      throw error
    }
    return socket
  }

  /// As `description`, with the port that the system chose for port 0.
  func description(boundTo socket: Socket) -> String {
    // An address that cannot be read back is described as it was asked for.
    switch try? socket.sockname() {
    case .ip4(let host, let port): "\(host):\(port)"
    case .ip6(let host, let port): "[\(host)]:\(port)"
    case .unix, nil: description
    }
  }

  /// A socket that a dead process left behind; one that answers is in use, and listening there then fails.
  private func removeStaleSocket(_ path: String) throws {
    guard isSocket(path) else { return }
    let probe = try Socket(domain: AF_UNIX)
    defer { try? probe.close() }  // The probe has done its work; nothing depends on its end.
    do {
      try probe.connect(to: sockaddr_un.unix(path: path))
    } catch {
      unsafe unlink(path)
      return
    }
    throw JournalError.held(path: path)
  }

  func removeSocket() {
    if case .unix(let path) = self { unsafe unlink(path) }
  }

  private func isSocket(_ path: String) -> Bool {
    var status = stat()
    return unsafe lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFSOCK
  }
}
