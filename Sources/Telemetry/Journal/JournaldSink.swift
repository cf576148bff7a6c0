import CSystemd
import Glibc
package import Privacy

/// Sends entries to journald with its native protocol: a value may have any length and hold line ends.
package struct JournaldSink: JournalSink {
  private let identifier: Identifier
  private let visibilityDeadline: Duration

  package init(identifier: Identifier, visibilityDeadline: Duration = .seconds(10)) {
    self.identifier = identifier
    self.visibilityDeadline = visibilityDeadline
  }

  package func write(_ entries: [JournalEntry]) throws(JournalError) {
    for entry in entries {
      try sendToJournald(entry.wireFields(identifier: identifier))
    }
  }

  /// Entries wait in journald's socket in order; when one of ours written last is visible, those before it are too.
  package func synchronize() throws(JournalError) {
    let mark = "\(UInt64.random(in: .min ... .max))"
    try sendToJournald([
      ("MESSAGE", "journal mark"), ("PRIORITY", "7"), ("SYSLOG_IDENTIFIER", identifier.description),
      ("QUERN_MARK", mark),
    ])
    let end = ContinuousClock.now + visibilityDeadline
    let journal = try JournaldHandle()
    while ContinuousClock.now < end {
      if try journal.contains("QUERN_MARK=\(mark)") { return }
      journal.wait(.milliseconds(100))
    }
    throw .notVisible
  }
}

/// One entry for journald; fields without the location that the C macro would add.
func sendToJournald(_ fields: [(name: String, value: String)]) throws(JournalError) {
  let buffers = fields.map { Array("\($0.name)=\($0.value)".utf8) }
  let flat = buffers.flatMap { $0 }
  let result = unsafe flat.withUnsafeBufferPointer { bytes -> Int32 in
    guard let base = unsafe UnsafeMutableRawPointer(mutating: bytes.baseAddress) else { return 0 }
    var offset = 0
    let vectors = unsafe buffers.map { buffer in
      defer { offset += buffer.count }
      return unsafe iovec(iov_base: base + offset, iov_len: buffer.count)
    }
    return unsafe vectors.withUnsafeBufferPointer { unsafe sd_journal_sendv($0.baseAddress, Int32($0.count)) }
  }
  if result < 0 { throw .system(operation: "write", code: -result, path: "the journal") }
}

extension JournaldSink {
  /// Whether journald listens on this host.
  package static var isAvailable: Bool { unsafe access("/run/systemd/journal/socket", W_OK) == 0 }
}
