import Foundation
import JSON
import Subprocess
import Testing

/// How `quern up` takes the loss of its parts, and its own.
@Suite(.serialized, .timeLimit(.minutes(2)))  // Each has a PostgreSQL of its own; two cores are not many.
struct UpTests {
  @Test func `a worker that dies is started again`() async throws {
    let home = try LiveQuern.makeHome()
    defer { try? FileManager.default.removeItem(atPath: home) }
    let status = try await LiveQuern.run(home: home) { live in
      let worker = try #require(live.children(named: "quern-worker").first)
      kill(worker, SIGKILL)
      try await LiveQuern.eventually("a new worker") {
        live.children(named: "quern-worker").contains { $0 != worker }
      }
      #expect(live.log.contains("the worker was killed by signal 9"))
    }
    #expect(status == .exited(0))
  }

  @Test func `killed, it leaves nothing that runs for ever, and the next one recovers`() async throws {
    let home = try LiveQuern.makeHome()
    defer { try? FileManager.default.removeItem(atPath: home) }
    var id = ""
    var family: [pid_t] = []
    let killed = try await LiveQuern.run(home: home) { live in
      id = try await LiveQuern.quern("submit", "sleep", "--parameters", #"{"seconds": 0}"#, "--queue", "nobody").output
      family = live.children(named: "quern-worker") + live.children(named: "quern-monitor")
      kill(live.processID, SIGKILL)
    }
    #expect(killed == .signaled(SIGKILL))
    try FileManager.default.removeItem(atPath: home + "/up.log")
    try await LiveQuern.run(home: home) { _ in
      let shown = try await LiveQuern.quern("show", id.trimmingCharacters(in: .newlines), "--json")
      #expect(shown.json?["state"] == "queued", "\(shown)")
    }
    #expect(family.count == 2)
    try await LiveQuern.eventually("the children of the killed one end") {
      family.allSatisfy { kill($0, 0) != 0 }
    }
  }
}

extension LiveQuern {
  /// Child processes of `quern up`.
  func children(named name: String) -> [pid_t] {
    let path = "/proc/\(processID)/task"
    let threads = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
    let children = threads.flatMap { thread in
      ((try? String(contentsOfFile: "\(path)/\(thread)/children", encoding: .utf8)) ?? "").split(separator: " ")
    }
    return children.compactMap { pid_t($0) }.filter { pid in
      let link = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(pid)/exe")
      return link?.hasSuffix("/" + name) == true
    }
  }
}
