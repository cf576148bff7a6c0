import Glibc

/// Ends a `poll` from another thread: a pair of sockets, one of which stays readable until drained.
final class Wakeup: Sendable {
  /// The end to poll.
  let descriptor: Int32
  private let writeEnd: Int32

  init() throws(PostgresError) {
    var ends: [Int32] = [-1, -1]
    let kind = SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue
    if unsafe socketpair(AF_UNIX, Int32(kind), 0, &ends) != 0 {
      throw .connection("no file descriptor left for a connection (errno \(errno))")
    }
    descriptor = ends[0]
    writeEnd = ends[1]
  }

  deinit {
    close(descriptor)
    close(writeEnd)
  }

  func signal() {
    var byte: UInt8 = 1
    // Fails only when the socket's buffer is full, and then the other end is readable already.
    _ = unsafe write(writeEnd, &byte, 1)
  }

  func drain() {
    unsafe withUnsafeTemporaryAllocation(byteCount: 64, alignment: 1) { buffer in
      // Until nothing is left to read.
      while unsafe read(descriptor, buffer.baseAddress, buffer.count) > 0 {}
    }
  }
}
