import Foundation
import Glibc
import JSON
import Jobs
import Postgres
import PostgresTestSupport
import Queue
import Testing

extension RecoveryTests {
  @Suite struct `Personal data` {
    /// What must be in no file, metric or process but the database.
    private static let planted = [
      "wei.zhang1987@mail.example.com", "11010519491231002X", "13812345678", "4111111111111111", "203.0.113.77",
      "s3cretPassw0rd", "sk-proj-Zq8vT3mN5xK2wL9rB7yH4dF6gJ1pC0sA",
    ]

    private static let prompt = """
      Mail wei.zhang1987@mail.example.com or 13812345678, card 4111111111111111, from 203.0.113.77, \
      https://wei:s3cretPassw0rd@db.example.com/a, key sk-proj-Zq8vT3mN5xK2wL9rB7yH4dF6gJ1pC0sA. 身份证11010519491231002X
      """

    @Test func `stays in the database, whatever becomes of the job`() async throws {
      let home = "/tmp/quern-recovery-home-\(getpid())"
      try FileManager.default.createDirectory(atPath: home, withIntermediateDirectories: true)
      defer { for path in [home, home + ".log"] { try? FileManager.default.removeItem(atPath: path) } }
      let up = try Self.start(home)
      defer { Guardian.shared.remove(up) }
      try await eventually("quern is up") { up.output.contains("is up in") || up.end != nil }
      let configuration = try #require(PostgresServer.configuration(ofHome: home), "\(up.output)")
      try await withClient(configuration) { client in
        try await Self.importModels(home, configuration)
        let submitted = try await Self.plant(client)
        try await Self.refuse(client)
        try await Self.runThroughEverything(client, submitted)
        let last: Int = try await client.query("SELECT max(id) FROM quern.event").onlyRow.decode(0)
        try await eventually("the journal is complete") {
          Self.text("\(home)/run/journal.jsonl").contains("\"\(last)\"")
        }
        try Self.search(home, up)
      }
      up.send(SIGTERM)
      #expect(try await up.waitUntilEnded() == .exited(0))
      try Self.search(home, up)
    }

    private static func start(_ home: String) throws -> ChildProcess {
      let up = try ChildProcess(
        "\(Rig.executables)/quern",
        ["up", "--home", home, "--journal", "\(home)/run/journal.jsonl"],
        environment: ["PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"],
        log: home + ".log"
      )
      Guardian.shared.add(up)
      return up
    }

    private static func importModels(_ home: String, _ configuration: PostgresConfiguration) async throws {
      let folder = home + ".models"
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
      defer { try? FileManager.default.removeItem(atPath: folder) }
      for (name, path) in ["stories": Models.stories, "endless": try Models.makeEndless(in: folder)] {
        let child = try ChildProcess(
          "\(Rig.executables)/quern",
          ["model", "import", path, "--name", name],
          environment: ["PATH": "/usr/bin:/bin", "QUERN_HOME": home],
          log: folder + "/log"
        )
        #expect(try await child.waitUntilEnded() == .exited(0), "\(child.output)")
      }
    }
  }
}

extension RecoveryTests.`Personal data` {
  private struct Planted {
    let succeeding: JobID
    let failing: JobID
    let interrupted: JobID
  }

  private static func submission(_ change: (inout Submission) -> Void) -> Submission {
    var submission = Submission(
      kind: .generate,
      parameters: ["model": "stories", "prompt": .string(prompt), "max_tokens": 20, "stop": [.string(planted[0])]]
    )
    submission.metadata = ["customer": .string(planted[0]), "note": .string(prompt)]
    change(&submission)
    return submission
  }

  private static func plant(_ client: PostgresClient) async throws -> Planted {
    let queue = JobQueue(client)
    let succeeding = try await queue.submit(submission { $0.idempotencyKey = planted[0] })
    // Shorter in SQL's eyes than in the tokenizer's.
    let failing = try await queue.submit(
      submission {
        $0.parameters = ["model": "stories", "prompt": .string(prompt + String(repeating: " 7", count: 600))]
      }
    )
    let interrupted = try await queue.submit(
      submission {
        $0.parameters = [
          "model": "endless", "prompt": .string(prompt), "max_tokens": 90_000, "ignore_eos": true, "temperature": 0,
        ]
      }
    )
    return Planted(succeeding: succeeding, failing: failing, interrupted: interrupted)
  }

  /// Each is refused, and PostgreSQL may write the refusal to its log.
  private static func refuse(_ client: PostgresClient) async throws {
    let queue = JobQueue(client)
    let email = JSONValue.string(planted[0])
    let wrong = [
      submission { $0.parameters = ["model": email, "prompt": .string(prompt)] },
      submission { $0.parameters = ["model": "stories", "prompt": email, "temperature": .string(planted[1])] },
      submission { $0.parameters = ["model": "stories", "prompt": email, "max_tokens": 4_111_111_111_111_111] },
      submission { $0.parameters = ["model": "stories", "prompt": email, "logit_bias": [planted[2]: email]] },
      submission { $0.parameters = ["model": "stories", planted[0]: email] },
      submission { $0.parameters = .string(prompt) },
      submission { $0.kind = JobKind(rawValue: planted[0]) },
      submission { $0.queue = planted[0] },
      submission { $0.options = [planted[6]: email] },
      submission { $0.tenant = String(repeating: prompt, count: 5) },
      submission {
        $0.idempotencyKey = planted[0]; $0.parameters = ["model": "stories", "prompt": email]
      },
    ]
    for submission in wrong {
      await #expect(throws: QueueError.self) { try await queue.submit(submission) }
      await #expect(throws: QueueError.self) { try await queue.submit(submission, forEach: [submission.parameters]) }
    }
    for name in ["run_at", "priority", "timeout", "ttl", "max_attempts", "after", "metadata"] {
      await #expect(throws: PostgresError.self) {
        try await client.query("SELECT quern.generate('stories', \(prompt), \(JSONValue.object([name: email])))")
      }
    }
  }

  /// Success, failure, a retry of it, a worker killed in the middle, a cancel.
  private static func runThroughEverything(_ client: PostgresClient, _ jobs: Planted) async throws {
    let queue = JobQueue(client)
    #expect(try await queue.wait(for: jobs.succeeding, within: .seconds(30)) == .succeeded)
    #expect(try await queue.wait(for: jobs.failing, within: .seconds(30)) == .failed)
    #expect(try await queue.show(jobs.failing)?.error?["code"] == "context_length_exceeded")
    _ = try await queue.retry(jobs.failing)
    #expect(try await queue.wait(for: jobs.failing, within: .seconds(30)) == .failed)
    try await eventually("the long job runs") { try await queue.state(of: jobs.interrupted) == .running }
    let row = try await client.query("SELECT id, pid FROM quern.worker WHERE state = 'live'").onlyRow
    kill(try row.decode("pid", as: Int32.self), SIGKILL)
    let id: String = try row.decode("id")
    // Its lease is not what is looked at here.
    _ = try await client.query(
      """
      UPDATE quern.worker SET lease = '1 microsecond', lease_until = now() - interval '1 year' WHERE id = \(id)
      """
    )
    try await eventually("it runs again") {
      let job = try await queue.show(jobs.interrupted)
      return job?.attempt == 2 && job?.state == .running
    }
    #expect(try await queue.cancel(jobs.interrupted) == .cancelled)
  }
}

extension RecoveryTests.`Personal data` {
  /// Arguments and environments of all that works in the home or was told of it; other people's processes may hold
  /// anything.
  private static func processes(of home: String) -> [String: Data] {
    var parts: [String: Data] = [:]
    let all = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
    for process in all where process.allSatisfy(\.isNumber) {
      let place = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(process)/cwd")
      let found = ["cmdline", "environ"].map { part in
        ("/proc/\(process)/\(part)", FileManager.default.contents(atPath: "/proc/\(process)/\(part)") ?? Data())
      }
      let isOurs = place?.hasPrefix(home) == true || found.contains { $0.1.range(of: Data(home.utf8)) != nil }
      if isOurs { for (path, bytes) in found { parts[path] = bytes } }
    }
    return parts
  }

  private static func search(_ home: String, _ up: ChildProcess) throws {
    var places = ["quern up's output": Data(up.output.utf8)]
    for name in ["monitor", "worker"] {
      places["metrics of the \(name)"] = Data((Scrape.text("\(home)/run/\(name).sock") ?? "").utf8)
    }
    let files = FileManager.default.enumerator(atPath: home)?.compactMap { $0 as? String } ?? []
    // The cluster's own files are the database; its log is not.
    for file in files where !file.hasPrefix("postgres/") || file.contains("/log/") || file.hasSuffix(".log") {
      places[file] = FileManager.default.contents(atPath: "\(home)/\(file)")
    }
    places.merge(processes(of: home)) { first, _ in first }
    let found = places.flatMap { place, bytes in
      planted.filter { bytes.range(of: Data($0.utf8)) != nil }.map { "\($0) is in \(place)" }
    }
    #expect(found.isEmpty)
    let journal = text("\(home)/run/journal.jsonl")
    #expect(journal.contains("<EMAIL>") && journal.contains("QUERN_INPUT") && journal.contains("QUERN_OUTPUT"))
    #expect(places.keys.contains { $0.hasPrefix("postgres/") }, "PostgreSQL's log is not where it was")
    #expect(up.end != nil || places.keys.count { $0.hasPrefix("/proc/") } >= 8, "the processes are not where they were")
    let metrics = places["metrics of the monitor"].map { String(decoding: $0, as: UTF8.self) } ?? ""
    #expect(up.end != nil || metrics.contains("quern_redactions_total"))
  }

  private static func text(_ path: String) -> String {
    String(decoding: FileManager.default.contents(atPath: path) ?? Data(), as: UTF8.self)
  }
}
