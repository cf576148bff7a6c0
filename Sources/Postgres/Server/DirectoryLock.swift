import FoundationEssentials
import Glibc

/// Holds a directory for one process, by `flock` on a file with the holder's process id. Ends with the process at the
/// latest.
final class DirectoryLock: Sendable {
  private let descriptor: Int32

  /// - Throws: `heldBy` when another process has it.
  init(path: String) throws(PostgresError) {
    descriptor = unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    if descriptor < 0 { throw .file(path) }
    if flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
      let holder = FileManager.default.contents(atPath: path).map { String(decoding: $0, as: UTF8.self) } ?? ""
      close(descriptor)
      throw .embeddedServer(.heldBy(pid: Int32(holder.split(whereSeparator: \.isWhitespace).first ?? "") ?? 0))
    }
    let text = Array("\(getpid())\n".utf8)
    guard ftruncate(descriptor, 0) == 0, unsafe write(descriptor, text, text.count) == text.count else {
      let error = PostgresError.file(path)
      close(descriptor)
      throw error
    }
  }

  /// Unlocks before it closes: a child that was forked just now still shares the open file until its exec.
  deinit {
    flock(descriptor, LOCK_UN)
    close(descriptor)
  }
}

extension PostgresError {
  /// A system call on `path` failed just now.
  static func file(_ path: String) -> PostgresError {
    .embeddedServer(.file(path: path, reason: unsafe String(cString: strerror(errno))))
  }
}
