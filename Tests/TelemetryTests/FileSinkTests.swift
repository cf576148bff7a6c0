import Foundation
import JSON
import Privacy
import Telemetry
import Testing

struct FileSinkTests {
  private let directory: TemporaryDirectory
  private let path: String

  init() throws {
    directory = try TemporaryDirectory()
    path = directory.file("journal.jsonl")
  }

  private func entry(_ id: Int64, job: Int64 = 1, input: Redacted = "text") -> JournalEntry {
    JournalEntry(
      .jobSubmitted,
      message: "job \(job) submitted",
      fields: [.eventID(id), .instance("here"), .jobID(job), .kind(Identifier("generate")), .input(input)]
    )
  }

  @Test func `a line is what journalctl prints: upper-case names, values as strings`() throws {
    let sink = try FileSink(path: path, identifier: Identifier("quern-monitor"))
    try sink.write([entry(7, input: Redactor().redact("two\nlines of li@corp.io"))])
    let line = try JSONValue(parsing: directory.text("journal.jsonl").trimmingCharacters(in: .newlines))
    #expect(line["MESSAGE"] == "job 1 submitted")
    #expect(line["MESSAGE_ID"] == .string(MessageID.jobSubmitted.rawValue))
    #expect(line["PRIORITY"] == "6")
    #expect(line["SYSLOG_IDENTIFIER"] == "quern-monitor")
    #expect(line["QUERN_EVENT_ID"] == "7")
    #expect(line["QUERN_INPUT"] == "two\nlines of <EMAIL>")
    #expect(line["_PID"] == .string("\(ProcessInfo.processInfo.processIdentifier)"))
    #expect(line["__REALTIME_TIMESTAMP"]?.string.flatMap(Int.init) ?? 0 > 1_700_000_000_000_000)
    #expect(line.object?.allSatisfy { $0.value.string != nil } == true)
  }

  @Test func `files rotate by size and the oldest go`() throws {
    let sink = try FileSink(
      path: path,
      identifier: Identifier("q"),
      rotation: .init(maximumByteCount: 2000, keptFileCount: 2)
    )
    for id in 1...60 { try sink.write([entry(Int64(id))]) }
    try sink.synchronize()
    let names = try FileManager.default.contentsOfDirectory(atPath: directory.path).sorted()
    #expect(names == ["journal.jsonl", "journal.jsonl.1", "journal.jsonl.2"])
    let records = try FileReader(path: path).records(ofJob: 1, of: nil, after: nil)
    let ids = records.compactMap(\.eventID)
    #expect(ids.last == 60)
    #expect(ids == Array((ids.first ?? 0)...60))
  }

  @Test func `half a line of a crash is cut off`() throws {
    do {
      let sink = try FileSink(path: path, identifier: Identifier("q"))
      try sink.write([entry(1)])
    }
    let handle = try #require(FileHandle(forWritingAtPath: path))
    handle.seekToEndOfFile()
    handle.write(Data(#"{"MESSAGE":"to"#.utf8))
    try handle.close()
    let sink = try FileSink(path: path, identifier: Identifier("q"))
    try sink.write([entry(2)])
    #expect(try FileReader(path: path).records(ofJob: 1, of: nil, after: nil).compactMap(\.eventID) == [1, 2])
  }

  @Test func `a second writer is refused`() throws {
    let first = try FileSink(path: path, identifier: Identifier("q"))
    #expect(throws: JournalError.held(path: path)) { try FileSink(path: path, identifier: Identifier("q")) }
    try first.synchronize()
  }

  @Test func `a reader finds the event ids above the stored one, and entries behind a cursor`() throws {
    let sink = try FileSink(
      path: path,
      identifier: Identifier("q"),
      rotation: .init(maximumByteCount: 900, keptFileCount: 20)
    )
    for id in 1...20 { try sink.write([entry(Int64(id), job: Int64(id % 3))]) }
    let reader = FileReader(path: path)
    #expect(try reader.eventIDs(above: 17, since: 0, of: "here") == [18, 19, 20])
    let records = try reader.records(ofJob: 1, of: nil, after: nil)
    #expect(records.compactMap(\.eventID) == [1, 4, 7, 10, 13, 16, 19])
    #expect(try reader.records(ofJob: 1, of: nil, after: records[4].cursor).compactMap(\.eventID) == [16, 19])
    #expect(try FileReader(path: directory.file("none")).eventIDs(above: 0, since: 0, of: "here").isEmpty)
  }
}
