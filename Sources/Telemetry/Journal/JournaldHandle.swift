import CSystemd
import Glibc

/// An open journal (`sd_journal`): matches, position, the fields of the entry at the position.
///
/// Not for several threads at once, as the C library says; each reading opens its own.
@safe
final class JournaldHandle {
  private let journal: OpaquePointer

  init() throws(JournalError) {
    var pointer: OpaquePointer?
    // No root journal of other machines, all users that we may read.
    let result = unsafe sd_journal_open(&pointer, Int32(SD_JOURNAL_LOCAL_ONLY))
    guard result >= 0, let pointer = unsafe pointer else {
      throw .system(operation: "open", code: -result, path: "the journal")
    }
    unsafe journal = unsafe pointer
    // Values as long as they are; the default cuts them at 64 KiB.
    unsafe sd_journal_set_data_threshold(pointer, 0)
  }

  deinit { unsafe sd_journal_close(journal) }

  /// Restricts reading to entries with this `FIELD=value`; several of different fields must all hold.
  func match(_ field: String) throws(JournalError) {
    let bytes = Array(field.utf8)
    try check("match", unsafe sd_journal_add_match(journal, bytes, bytes.count))
  }

  func seekToEnd() throws(JournalError) { try check("seek", unsafe sd_journal_seek_tail(journal)) }
  func seekToStart() throws(JournalError) { try check("seek", unsafe sd_journal_seek_head(journal)) }

  /// Moves one entry on; false at the end.
  func next() throws(JournalError) -> Bool { try check("read", unsafe sd_journal_next(journal)) > 0 }
  func previous() throws(JournalError) -> Bool { try check("read", unsafe sd_journal_previous(journal)) > 0 }

  /// Waits for a change, at most `duration`, and makes new entries readable.
  func wait(_ duration: Duration) {
    let (seconds, attoseconds) = duration.components
    _ = unsafe sd_journal_wait(journal, UInt64(seconds) * 1_000_000 + UInt64(attoseconds / 1_000_000_000_000))
  }

  /// Microseconds since 1970 at which journald received the entry.
  func realtime() throws(JournalError) -> UInt64 {
    var time: UInt64 = 0
    try check("read", unsafe sd_journal_get_realtime_usec(journal, &time))
    return time
  }

  func cursor() throws(JournalError) -> String {
    var text: UnsafeMutablePointer<CChar>?
    try check("read", unsafe sd_journal_get_cursor(journal, &text))
    defer { unsafe free(text) }
    return unsafe text.map { unsafe String(cString: $0) } ?? ""
  }

  /// The value of a field; nil when the entry has none.
  func value(of name: String) throws(JournalError) -> String? {
    var data: UnsafeRawPointer?
    var length = 0
    let result = unsafe sd_journal_get_data(journal, name, &data, &length)
    if result == -ENOENT { return nil }
    try check("read", result)
    return unsafe Self.text(data, length).map { String($0.dropFirst(name.utf8.count + 1)) }
  }

  /// All fields of the entry, in no particular order.
  func fields() throws(JournalError) -> [(name: String, value: String)] {
    unsafe sd_journal_restart_data(journal)
    var fields: [(name: String, value: String)] = []
    while true {
      var data: UnsafeRawPointer?
      var length = 0
      guard try check("read", unsafe sd_journal_enumerate_available_data(journal, &data, &length)) > 0 else {
        return fields
      }
      guard let text = unsafe Self.text(data, length), let split = text.firstIndex(of: "=") else { continue }
      fields.append((String(text[..<split]), String(text[text.index(after: split)...])))
    }
  }

  /// Whether an entry with `FIELD=value` is there.
  func contains(_ field: String) throws(JournalError) -> Bool {
    unsafe sd_journal_flush_matches(journal)
    try match(field)
    try seekToEnd()
    return try previous()
  }

  private static func text(_ data: UnsafeRawPointer?, _ length: Int) -> String? {
    guard let data = unsafe data else { return nil }
    return unsafe String(decoding: UnsafeRawBufferPointer(start: data, count: length), as: UTF8.self)
  }

  @discardableResult
  private func check(_ operation: String, _ result: Int32) throws(JournalError) -> Int32 {
    if result < 0 { throw .system(operation: operation, code: -result, path: "the journal") }
    return result
  }
}
