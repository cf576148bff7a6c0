package import JSON
import Privacy

/// An entry as it was read back, or as it goes to a file: what `journalctl -o json` prints as one line.
package struct JournalRecord: Sendable, Hashable {
  /// Microseconds since 1970 when the entry was written.
  package let realtime: UInt64
  /// Where it stands in its journal; ordered only within one.
  package let cursor: String
  /// Field names and values; no name twice, as our entries have none.
  package let fields: JSONObject

  package subscript(name: String) -> String? { fields[name]?.string }
  package var eventID: Int64? { self[JournalField.eventIDName].flatMap { Int64($0) } }
  package var jobID: Int64? { self[JournalField.jobIDName].flatMap { Int64($0) } }

  /// - Parameter instance: nil for any.
  func isOf(_ instance: Identifier?) -> Bool {
    instance == nil || self[JournalField.instanceName] == instance?.description
  }

  package var message: String { self["MESSAGE"] ?? "" }

  init(realtime: UInt64, cursor: String, fields: some Sequence<(name: String, value: String)>) {
    self.realtime = realtime
    self.cursor = cursor
    var members = JSONObject()
    for (name, value) in fields { members[name] = .string(value) }
    self.fields = members
  }

  /// Nil for a line that is no entry of a journal.
  init?(line: some Collection<UInt8>) {
    // A torn or foreign line is skipped by the reader; nothing else can be done with it.
    guard let json = try? JSONValue(parsing: Array(line)), let members = json.object,
      let realtime = json["__REALTIME_TIMESTAMP"]?.string.flatMap({ UInt64($0) })
    else { return nil }
    self.realtime = realtime
    cursor = json["__CURSOR"]?.string ?? ""
    var fields = JSONObject()
    for (name, value) in members where !name.hasPrefix("__") { fields[name] = value }
    self.fields = fields
  }

  /// Every value a string, addresses first, as `journalctl -o json` prints.
  package var json: JSONValue {
    var members: JSONObject = ["__CURSOR": .string(cursor), "__REALTIME_TIMESTAMP": .string("\(realtime)")]
    for (name, value) in fields { members[name] = value }
    return .object(members)
  }
}
