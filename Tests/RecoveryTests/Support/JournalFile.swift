import Foundation
import JSON
import Postgres
import Testing

/// The journal that a monitor without journald writes.
struct JournalFile {
  let path: String

  init(_ rig: Rig) { path = rig.journalPath }

  /// Whole lines, in order.
  var lines: [Substring] {
    let text = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
    return text.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
  }

  /// Events with their jobs, in the order of the file.
  func events() throws -> [(id: Int, job: Int?)] {
    try lines.compactMap { line in
      let entry = try JSONValue(parsing: String(line))
      guard let id = entry["QUERN_EVENT_ID"]?.string.flatMap({ Int($0) }) else { return nil }
      return (id, entry["QUERN_JOB_ID"]?.string.flatMap { Int($0) })
    }
  }

  /// Every event of the database is in the file exactly once, those of one job in order.
  func waitForAllEvents(_ rig: Rig) async throws {
    let expected = try await Set(rig.query("SELECT id FROM quern.event").map { try $0.decode(0, as: Int.self) })
    try await eventually("the journal has every event", every: .milliseconds(50)) {
      try Set(self.events().map(\.id)).isSuperset(of: expected)
    }
    let events = try self.events()
    #expect(Set(events.map(\.id)).count == events.count, "an event is there twice")
    var last: [Int: Int] = [:]
    for event in events {
      guard let job = event.job else { continue }
      #expect(event.id > last[job, default: 0], "job \(job) out of order")
      last[job] = event.id
    }
  }
}
