import Foundation
import JSON
import Jobs
import Queue

/// A job as `quern show` prints it for people.
struct JobSheet {
  let job: JobRecord
  /// Rows of `quern.attempts`.
  let attempts: [JSONValue]

  var text: String {
    "job \(job.id)\n" + facts.map { name, value in "  \(name.padded(to: 12))\(value.onOneLine)\n" }.joined()
      + section("attempts", attemptTable)
      + section("prompt", job.parameters?["prompt"]?.string)
      + section("messages", messages)
      + section("text", choice?["text"]?.string ?? choice?["message"]?["content"]?.string)
  }

  private var facts: [(String, String)] {
    let rows: [(String, String?)] = [
      ("state", stateLine), ("kind", job.kind.rawValue), ("model", job.model),
      ("queue", "\(job.queue), priority \(job.priority)"), ("submitter", job.submitter), ("tenant", job.tenant),
      ("worker", job.worker), ("created", Self.time(job.createdAt)),
      ("run at", job.runAt == job.createdAt ? nil : Self.time(job.runAt)),
      ("started", job.startedAt.map(Self.time)), ("finished", job.finishedAt.map(finishLine)),
      ("training", Self.compact(job.training)), ("parameters", otherParameters), ("usage", Self.compact(job.usage)),
      ("finish", choice?["finish_reason"]?.string), ("result", otherResult), ("error", errorLine),
      ("metadata", Self.compact(job.metadata)),
    ]
    return rows.compactMap { name, value in value.map { (name, $0) } }
  }

  private var stateLine: String {
    let progress =
      job.state == .running || job.state == .paused ? job.progress.map { ", \(Int($0 * 100)) %" } ?? "" : ""
    let reason = job.reason.map { ": \($0)" } ?? ""
    return
      "\(job.state.rawValue)\(progress)\(reason) (attempt \(job.attempt), \(job.failures) of \(job.maxAttempts) failed)"
  }

  private func finishLine(_ date: Date) -> String {
    let took = job.startedAt.map { ", took \(Quantities.duration(seconds: date.timeIntervalSince($0)))" } ?? ""
    return Self.time(date) + took
  }

  private var errorLine: String? {
    guard let error = job.error, !error.isNull else { return nil }
    let code = error["code"]?.string ?? ""
    return error["message"]?.string.map { "\($0) (\(code))" } ?? code
  }

  /// A paragraph for each message.
  private var messages: String? {
    job.parameters?["messages"]?.array?.map { message in
      "\(message["role"]?.string ?? ""): \(message["content"]?.string ?? message["content"]?.text ?? "")"
    }.joined(separator: "\n")
  }

  private var choice: JSONValue? { job.result?["choices"]?.array?.first }

  /// What is not shown on its own.
  private var otherParameters: String? {
    guard var members = job.parameters?.object else { return nil }
    // Token ids are no text to show on its own.
    if members["prompt"]?.string != nil { members["prompt"] = nil }
    members["messages"] = nil
    members["model"] = nil
    return members.isEmpty ? nil : JSONValue.object(members).text
  }

  private var otherResult: String? { choice == nil ? Self.compact(job.result) : nil }

  private static func compact(_ value: JSONValue?) -> String? {
    guard let value, !value.isNull, value != .object([:]) else { return nil }
    return value.text
  }

  /// In the time zone of who looks.
  private static func time(_ date: Date) -> String {
    date.formatted(
      Date.ISO8601FormatStyle(dateTimeSeparator: .space, includingFractionalSeconds: true, timeZone: .current)
    )
  }

  private var attemptTable: String? {
    guard !attempts.isEmpty else { return nil }
    var table = Table(
      .init("ATTEMPT", .right),
      .init("OUTCOME"),
      .init("WORKER"),
      .init("STARTED"),
      .init("ENDED"),
      .init("ERROR")
    )
    for attempt in attempts {
      table.append(
        attempt["attempt"]?.integer.map(String.init) ?? "",
        attempt["outcome"]?.string ?? "",
        attempt["worker"]?.string ?? "",
        Self.clock(attempt["started_at"]),
        Self.clock(attempt["ended_at"]),
        attempt["error"]?["message"]?.string ?? attempt["error"]?["code"]?.string ?? ""
      )
    }
    return table.text(width: Console.columns.map { $0 - 2 })
  }

  private static func clock(_ value: JSONValue?) -> String {
    guard let text = value?.string else { return "" }
    // PostgreSQL writes microseconds; what cannot be read is shown as it is.
    guard
      let date = try? Date(
        text,
        strategy: .iso8601.year().month().day().time(includingFractionalSeconds: true).timeZone(separator: .omitted)
      )
    else { return text }
    return time(date)
  }

  private func section(_ title: String, _ body: String?) -> String {
    guard let body else { return "" }
    let lines = body.forTerminal.split(separator: "\n", omittingEmptySubsequences: false)
    let trimmed = lines.last?.isEmpty == true ? lines.dropLast() : lines[...]
    return "\n\(title)\n" + trimmed.map { "  \($0)\n" }.joined()
  }
}

extension String {
  func padded(to width: Int) -> String { self + String(repeating: " ", count: max(1, width - count)) }
}
