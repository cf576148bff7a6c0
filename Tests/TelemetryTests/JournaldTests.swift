import Foundation
import Privacy
import Telemetry
import Testing

/// What needs a running journald is tested in the container; here, what happens without one.
struct JournaldTests {
  @Test(.enabled(if: !FileManager.default.fileExists(atPath: "/run/systemd/journal/socket"), "journald runs here"))
  func `without journald writing is not an error and synchronising says so`() throws {
    let sink = JournaldSink(identifier: Identifier("quern-test"), visibilityDeadline: .milliseconds(50))
    // libsystemd drops entries silently where no journald ever ran: synchronize is what tells.
    try sink.write([JournalEntry(.otherEvent, message: "nothing", fields: [.eventID(1)])])
    #expect(throws: JournalError.self) { try sink.synchronize() }
  }
}
