import Foundation
import Glibc
import Synchronization

/// A running program whose output goes to a file.
final class ChildProcess: Sendable {
  enum End: Sendable, Hashable {
    case exited(Int32)
    case signalled(Int32)
  }

  let processID: pid_t
  let log: String
  private let known = Mutex<End?>(nil)

  init(_ program: String, _ arguments: [String], environment: [String: String], log: String) throws {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_addopen(&actions, 1, log, O_WRONLY | O_CREAT | O_APPEND, 0o600)
    posix_spawn_file_actions_adddup2(&actions, 1, 2)
    // The threads that we run on block signals, and a child would inherit that.
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var none = sigset_t()
    sigemptyset(&none)
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
    let words = Self.cStrings([program] + arguments)
    let variables = Self.cStrings(environment.map { "\($0.key)=\($0.value)" })
    defer { for text in words + variables { free(text) } }
    var pid: pid_t = 0
    let failure = posix_spawn(&pid, program, &actions, &attributes, words, variables)
    guard failure == 0 else { throw POSIXError(POSIXErrorCode(rawValue: failure) ?? .ECHILD) }
    processID = pid
    self.log = log
  }

  private static func cStrings(_ texts: [String]) -> [UnsafeMutablePointer<CChar>?] {
    texts.map { strdup($0) } + [nil]
  }

  /// How it ended; nil while it runs.
  var end: End? {
    known.withLock { end in
      var status: Int32 = 0
      if end == nil, waitpid(processID, &status, WNOHANG) == processID {
        let signal = status & 0x7F
        end = signal == 0 ? .exited(status >> 8 & 0xFF) : .signalled(signal)
      }
      return end
    }
  }

  func send(_ signal: Int32) {
    // A process that has been waited for is gone, and its id may be another's.
    if end == nil { kill(processID, signal) }
  }

  /// - Returns: nil when it has not ended after `limit`.
  func waitUntilEnded(within limit: Duration = .seconds(60)) async throws -> End? {
    let deadline = ContinuousClock.now + limit
    while end == nil, ContinuousClock.now < deadline { try await Task.sleep(for: .milliseconds(2)) }
    return end
  }

  /// What it wrote so far.
  var output: String { (try? String(contentsOfFile: log, encoding: .utf8)) ?? "" }
}
