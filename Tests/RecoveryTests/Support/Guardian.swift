import Foundation
import Glibc
import Synchronization

/// Kills the children of tests when the test process is gone, however it ends: it reads our end of a socket.
final class Guardian: Sendable {
  private let descriptor: Int32
  private let children = Mutex<Set<pid_t>>([])

  static let shared = Guardian()

  private static let script = """
    trap '' INT TERM HUP; while read -r line; do children=$line; done
    [ -z "$children" ] || kill -KILL $children
    """

  private init() {
    var ends: [Int32] = [-1, -1]
    socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0, &ends)
    descriptor = ends[0]
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, ends[1], 0)
    posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0)
    posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
    let words: [String] = ["sh", "-c", Self.script]
    let arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
    defer { for argument in arguments { free(argument) } }
    posix_spawn(nil, "/bin/sh", &actions, nil, arguments, environ)
    close(ends[1])
  }

  func add(_ child: ChildProcess) { report { $0.insert(child.processID) } }

  func remove(_ child: ChildProcess) { report { $0.remove(child.processID) } }

  private func report(_ change: (inout Set<pid_t>) -> Void) {
    children.withLock { children in
      change(&children)
      let line = Array((children.map(String.init).joined(separator: " ") + "\n").utf8)
      _ = write(descriptor, line, line.count)
    }
  }
}
