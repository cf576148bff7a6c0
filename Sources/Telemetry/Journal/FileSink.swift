import Glibc
import JSON
package import Privacy
import Synchronization

/// Writes entries to a file, one JSON line each, where there is no journald; keeps a number of older files.
///
/// `run/journal.jsonl` is the newest, `journal.jsonl.1` the one before it. One process writes at a time: the file is locked.
package final class FileSink: JournalSink {
  package struct Rotation: Sendable {
    /// Bytes after which the next batch begins a new file.
    package var maximumByteCount: Int
    /// Files beside the newest.
    package var keptFileCount: Int

    package init(maximumByteCount: Int = 64 << 20, keptFileCount: Int = 8) {
      self.maximumByteCount = maximumByteCount
      self.keptFileCount = keptFileCount
    }
  }

  private let path: String
  private let identifier: Identifier
  private let rotation: Rotation
  private let stamp: JournalStamp
  private let state: Mutex<JournalFile>

  package init(path: String, identifier: Identifier, rotation: Rotation = Rotation()) throws(JournalError) {
    self.path = path
    self.identifier = identifier
    self.rotation = rotation
    stamp = JournalStamp()
    state = try Mutex(JournalFile.opening(path))
  }

  package func write(_ entries: [JournalEntry]) throws(JournalError) {
    try state.withLock { file throws(JournalError) in
      if file.byteCount >= rotation.maximumByteCount { try rotate(&file) }
      var lines: [UInt8] = []
      for entry in entries {
        lines.append(contentsOf: stamp.record(entry.wireFields(identifier: identifier)).json.text.utf8)
        lines.append(UInt8(ascii: "\n"))
      }
      try file.append(lines)
    }
  }

  package func synchronize() throws(JournalError) {
    try state.withLock { file throws(JournalError) in try file.synchronize() }
  }

  private func rotate(_ file: inout JournalFile) throws(JournalError) {
    try file.synchronize()
    for number in stride(from: rotation.keptFileCount - 1, through: 1, by: -1) {
      try move("\(path).\(number)", to: "\(path).\(number + 1)")
    }
    if rotation.keptFileCount > 0 {
      try move(path, to: "\(path).1")
    } else {
      unsafe unlink(path)
    }
    file = try JournalFile.opening(path)
  }

  private func move(_ source: String, to destination: String) throws(JournalError) {
    if unsafe rename(source, destination) != 0, errno != ENOENT {
      throw .system(operation: "rename", code: errno, path: source)
    }
  }
}

/// The open, locked file.
private struct JournalFile: ~Copyable {
  private let descriptor: Int32
  private let path: String
  private(set) var byteCount: Int

  private init(descriptor: Int32, path: String) {
    self.descriptor = descriptor
    self.path = path
    byteCount = Int(lseek(descriptor, 0, SEEK_END))
  }

  static func opening(_ path: String) throws(JournalError) -> JournalFile {
    let descriptor = unsafe open(path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0o640)
    guard descriptor >= 0 else { throw .system(operation: "open", code: errno, path: path) }
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      let code = errno
      close(descriptor)
      throw code == EWOULDBLOCK ? .held(path: path) : .system(operation: "lock", code: code, path: path)
    }
    var file = JournalFile(descriptor: descriptor, path: path)
    try file.cutTornLine()
    return file
  }

  /// Unlocks before it closes: a child that was forked just now still shares the open file until its exec.
  deinit {
    flock(descriptor, LOCK_UN)
    close(descriptor)
  }

  /// A crash in the middle of a write leaves half a line, which would join the next one.
  private mutating func cutTornLine() throws(JournalError) {
    var length = byteCount
    var buffer = [UInt8](repeating: 0, count: 4096)
    while length > 0 {
      let size = min(buffer.count, length)
      let count = unsafe pread(descriptor, &buffer, size, off_t(length - size))
      guard count == size else { throw .system(operation: "read", code: errno, path: path) }
      if let newline = buffer[..<size].lastIndex(of: UInt8(ascii: "\n")) {
        length -= size - newline - 1
        break
      }
      length -= size
    }
    guard length < byteCount else { return }
    guard ftruncate(descriptor, off_t(length)) == 0 else {
      throw .system(operation: "truncate", code: errno, path: path)
    }
    byteCount = length
  }

  mutating func append(_ bytes: [UInt8]) throws(JournalError) {
    var written = 0
    while written < bytes.count {
      let count = unsafe bytes[written...].withUnsafeBytes { rest in
        retryingInterrupts { unsafe Glibc.write(descriptor, rest.baseAddress, rest.count) }
      }
      guard count > 0 else { throw .system(operation: "write", code: errno, path: path) }
      written += count
    }
    byteCount += bytes.count
  }

  func synchronize() throws(JournalError) {
    guard fdatasync(descriptor) == 0 else { throw .system(operation: "sync", code: errno, path: path) }
  }
}
