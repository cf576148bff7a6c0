import ArgumentParser
import Foundation
import JSON
import Launch
import Privacy
import Queue
import Telemetry

struct LogsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "logs",
    abstract: "Show the journal of a job, redacted as it was written.",
    discussion: """
      Reads run/journal.jsonl of QUERN_HOME when there is one, else the journal of systemd. Entries appear once the \
      monitor has written them.
      """
  )

  @Argument(help: "The job.")
  var id: JobID

  @Flag(name: .shortAndLong, help: "Go on with the entries to come, until the job is finished.")
  var follow = false

  @Flag(help: "Print the entries as JSON lines, as `journalctl -o json` does.")
  var json = false

  @Option(help: ArgumentHelp("A journal file of quern-monitor.", valueName: "file"))
  var journal: String?

  @OptionGroup var database: DatabaseOptions

  func run() async throws {
    let reader = try findReader()
    let instance = await findInstance()
    if follow {
      do {
        try await reader.follow(job: id.rawValue, of: instance) { record in
          show(record)
          if record.endsJob { throw JournalEnd() }
        }
      } catch is JournalEnd {}
      return
    }
    let records = try reader.records(ofJob: id.rawValue, of: instance, after: nil)
    if records.isEmpty {
      throw CommandFailure(
        "the journal has nothing about job \(id) yet; is the monitor running, and is this its machine?"
      )
    }
    records.forEach(show)
  }

  private func findReader() throws -> any JournalReader {
    let home = Home(environment: ProcessInfo.processInfo.environment)
    let path = journal ?? home.journal
    if FileManager.default.fileExists(atPath: path) { return FileReader(path: path) }
    if journal != nil {
      throw CommandFailure.usage("there is no journal file \(path); check the path given to --journal")
    }
    return JournaldReader(identifier: Identifier("quern-monitor"))
  }

  /// The database of the job. Where none answers, the journal may still tell of a job with this id.
  private func findInstance() async -> Identifier? {
    try? await database.withConnection { try await EventReader(name: "logs", $0).instance() }
  }

  private func show(_ record: JournalRecord) {
    Console.write((json ? record.json.text : JournalLine(record).text) + "\n")
  }
}

/// The last entry of a job was shown.
private struct JournalEnd: Error {}

extension JournalRecord {
  fileprivate var endsJob: Bool {
    self["QUERN_STATE"].flatMap(JobState.init(rawValue:))?.isFinal == true
  }
}

/// An entry of the journal for people.
struct JournalLine {
  let text: String

  init(_ record: JournalRecord) {
    // When it happened; the journal's own stamp is when it was written.
    let written = Date(timeIntervalSince1970: Double(record.realtime) / 1e6)
    let time = record["QUERN_TIME"] ?? written.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
    let indent = "\n" + String(repeating: " ", count: time.count + 2)
    let content = [("input", "QUERN_INPUT"), ("output", "QUERN_OUTPUT"), ("error", "QUERN_ERROR")].compactMap {
      name,
      field in
      record[field].map { indent + name.padded(to: 8) + $0.onOneLine }
    }
    text = "\(time)  \(record.message.onOneLine)" + content.joined()
  }
}
