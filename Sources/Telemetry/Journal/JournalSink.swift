/// Where journal entries go: journald or a file.
package protocol JournalSink: Sendable {
  /// Writes the entries in their order. After a failure some of them may be written: the caller looks with a
  /// `JournalReader` before it writes them again.
  func write(_ entries: [JournalEntry]) throws(JournalError)

  /// Returns when a reader sees what was written and a restart of the writer cannot lose it.
  ///
  /// To be called before the position in the event table is stored.
  func synchronize() throws(JournalError)
}

/// Why the journal could not be written or read.
package enum JournalError: Error, Hashable, CustomStringConvertible {
  case system(operation: String, code: Int32, path: String)
  /// Another process writes this file.
  case held(path: String)
  /// journald accepted entries but did not show them within the time.
  case notVisible

  package var description: String {
    switch self {
    case .system(let operation, let code, let path):
      "\(operation) \(path): \(systemMessage(code))"
    case .held(let path):
      "\(path) is written by another process; stop that one first"
    case .notVisible:
      "journald takes entries but does not store them; look at its state with: systemctl status systemd-journald"
    }
  }
}
