import Foundation
import JSON
import Jobs
import Queue
import Telemetry

/// Writes what a job logged into event files of a run of its own, `DIRECTORY/job-ID`: one file for each attempt, each of
/// which voids what earlier files say about its steps. So the same job may be exported again into the same directory.
struct TensorBoardExport {
  let directory: String
  private let parameters: JSONValue?
  private let startedAt = Date().timeIntervalSince1970
  private var file: TensorBoardFile?
  private var attempt: Int?
  private var fileCount = 0

  init(of job: JobRecord, into directory: String) {
    self.directory = directory + "/job-\(job.id)"
    parameters = job.parameters
  }

  mutating func write(_ entries: [TrainingHistory.Entry]) throws(TensorBoardError) {
    for entry in entries {
      let file = try currentFile(for: entry)
      let scalars = entry.values.map {
        TensorBoardEvent.Scalar(tag: TensorBoardTag.tag(of: $0.name), value: Float($0.number))
      }
      try file.append([TensorBoardEvent(wallTime: entry.time, step: entry.step, .scalars(scalars))])
    }
    try file?.flush()
  }

  private mutating func currentFile(for entry: TrainingHistory.Entry) throws(TensorBoardError) -> TensorBoardFile {
    if let file, entry.attempt == attempt { return file }
    let isFirst = file == nil
    let next = try TensorBoardFile(
      directory: directory,
      host: ProcessInfo.processInfo.hostName,
      startedAt: startedAt,
      part: fileCount,
      restartStep: isFirst ? 0 : entry.step
    )
    if isFirst, let table = Self.table(of: parameters) {
      try next.append([TensorBoardEvent(wallTime: entry.time, step: 0, .text(tag: "args/text_summary", table))])
    }
    file = next
    attempt = entry.attempt
    fileCount += 1
    return next
  }

  /// The parameters in Markdown.
  private static func table(of parameters: JSONValue?) -> String? {
    guard let members = parameters?.object, !members.isEmpty else { return nil }
    let rows = members.map { name, value in
      "| \(name) | \((value.string ?? value.text).replacingOccurrences(of: "|", with: "\\|").onOneLine) |\n"
    }
    return "| parameter | value |\n| --- | --- |\n" + rows.joined()
  }
}
