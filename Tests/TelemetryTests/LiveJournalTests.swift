import Foundation
import Logging
import Privacy
import Telemetry
import Testing

/// Against a real journald; the container's tests run these inside.
@Suite(
  .enabled(if: ProcessInfo.processInfo.environment["QUERN_LIVE_JOURNAL"] != nil, "runs inside the container"),
  .serialized
)
struct LiveJournalTests {
  private let identifier: Identifier = "quern-live"

  @Test func `entries come back whole, and only those above the stored id`() throws {
    let long = Redactor().redact(String(repeating: "line of text\n", count: 40_000))
    let sink = JournaldSink(identifier: identifier)
    let entries = (1...500).map { number in
      JournalEntry(
        .jobSubmitted,
        message: "job \(number) submitted",
        fields: [
          .eventID(8_000_000_000_000_000_000 + Int64(number)), .instance("here"), .jobID(5),
          .input(number == 1 ? long : "short"),
        ]
      )
    }
    try sink.write(entries)
    try sink.synchronize()
    let reader = JournaldReader(identifier: identifier)
    #expect(
      try reader.eventIDs(above: 8_000_000_000_000_000_498, since: 0, of: "here") == [
        8_000_000_000_000_000_499, 8_000_000_000_000_000_500,
      ]
    )
    let records = try reader.records(ofJob: 5, of: nil, after: nil)
    #expect(records.compactMap(\.eventID) == entries.indices.map { 8_000_000_000_000_000_001 + Int64($0) })
    #expect(records.first?["QUERN_INPUT"] == long.description)
    #expect(try reader.records(ofJob: 5, of: nil, after: records[497].cursor).count == 2)
  }

  @Test func `a failure is an entry of the catalog`() throws {
    let sink = JournaldSink(identifier: identifier)
    try sink.write([
      JournalEntry(
        .jobFailed,
        priority: .warning,
        message: "job 7 failed",
        fields: [
          .eventID(9_000_000_000_000_000_001), .jobID(7), .errorCode("internal_error"),
          .error(Redactor().redact("mail to li@corp.io")),
        ]
      )
    ])
    try sink.synchronize()
    let record = try #require(try JournaldReader(identifier: identifier).records(ofJob: 7, of: nil, after: nil).first)
    #expect(record["QUERN_ERROR"] == "mail to <EMAIL>")
    #expect(record["PRIORITY"] == "4")
  }

  @Test func `log records become entries with fields`() throws {
    let handler = JournaldLogHandler(label: "test", identifier: identifier, level: .info, counters: nil)
    handler.log(
      event: LogEvent(
        level: .error,
        message: "cannot connect",
        error: nil,
        metadata: ["job.id": "11", "prompt": "a b"],
        source: nil,
        file: "f.swift",
        function: "f()",
        line: 3
      )
    )
    try JournaldSink(identifier: identifier).synchronize()
    let record = try #require(try JournaldReader(identifier: identifier).records(ofJob: 11, of: nil, after: nil).first)
    #expect(record.message == "cannot connect")
    #expect(record["PRIORITY"] == "3" && record["CODE_LINE"] == "3" && record["QUERN_PROMPT"] == "[withheld: 3 bytes]")
  }
}
