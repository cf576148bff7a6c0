import FoundationEssentials
import JSON
import Jobs
import Postgres
import Queue
import Testing

struct SubmissionTests {
  @Test func `aliases are stored under their own name, and a model as the version of that moment`() async throws {
    try await QueueFixture.run { fixture in
      let parameters: JSONValue = ["model": "stories", "prompt": "a", "max_new_tokens": 3]
      let id = try await fixture.queue.submit(Submission(kind: .generate, parameters: parameters))
      try await fixture.registerModel(longestTokenBytes: 4)
      try await fixture.sql("UPDATE quern.model SET config = '{}' WHERE version = 1")
      try await fixture.registerModel(longestTokenBytes: 4)
      let job = try #require(await fixture.queue.show(id))
      #expect(job.parameters?.canonicalText == #"{"max_tokens":3,"model":"stories@1","prompt":"a"}"#)
      #expect(job.model == "stories@1" && job.state == .queued && job.maxAttempts == 5)
      #expect(try await fixture.number("SELECT max(version)::bigint FROM quern.model") == 2)
    }
  }

  @Test func `a generate call in SQL takes parameters and arguments in one object`() async throws {
    try await QueueFixture.run { fixture in
      let id = try await fixture.number(
        #"SELECT quern.generate('stories', 'a', '{"priority": 3, "seed": 1, "ttl": "1 hour", "metadata": {"a": 1}}')"#
      )
      let job = try #require(await fixture.queue.show(JobID(rawValue: Int64(id))))
      #expect(job.priority == 3 && job.metadata?["a"] == 1)
      #expect(job.parameters?["seed"] == 1 && job.parameters?["ttl"] == nil)
    }
  }

  @Test func `chat and embed calls in SQL are jobs of their kinds`() async throws {
    try await QueueFixture.run { fixture in
      let chat = try await fixture.number(
        #"SELECT quern.chat('stories', '[{"role": "user", "content": "hi"}]', '{"max_tokens": 3, "priority": 2}')"#
      )
      let asked = try #require(await fixture.queue.show(JobID(rawValue: Int64(chat))))
      #expect(asked.kind == .generate && asked.priority == 2 && asked.parameters?["max_tokens"] == 3)
      #expect(asked.parameters?["messages"]?.array?.first?["content"] == "hi")
      let embed = try await fixture.number(#"SELECT quern.embed('stories', 'hi', '{"dimensions": 3}')"#)
      let embedded = try #require(await fixture.queue.show(JobID(rawValue: Int64(embed))))
      #expect(embedded.kind == .embed && embedded.parameters?["dimensions"] == 3 && embedded.model == "stories@1")
    }
  }

  @Test(
    arguments: [
      (["choices": [["text": "hi"]]], "hi"), (["choices": [["message": ["content": "hello"]]]], "hello"),
    ] as [(JSONValue, String)]
  )
  func `the text of a job is that of its first answer`(result: JSONValue, text: String) async throws {
    try await QueueFixture.run { fixture in
      let id = try await fixture.submitSleep()
      let worker = try await fixture.worker()
      let job = try #require(try await worker.claimSleep().first)
      _ = try await worker.complete([JobCompletion(job.attemptID, result: result)])
      let row = try await fixture.client.query("SELECT quern.text(\(id.rawValue))").onlyRow
      #expect(try row.decode(0, as: String.self) == text)
    }
  }

  @Test func `a job and its event are there at commit and gone at rollback`() async throws {
    try await QueueFixture.run { fixture in
      let connection = try await fixture.connection()
      try await connection.execute(script: "BEGIN")
      let id: Int64 = try await connection.query(#"SELECT quern.submit('sleep', '{"seconds": 0}')"#).onlyRow.decode(0)
      #expect(try await fixture.queue.show(JobID(rawValue: id)) == nil)
      try await connection.execute(script: "ROLLBACK")
      #expect(try await fixture.number("SELECT count(*) FROM quern.event WHERE job IS NOT NULL") == 0)
      await connection.close()
    }
  }

  @Test func `a set is submitted in order, with an event each`() async throws {
    try await QueueFixture.run { fixture in
      let bodies = (0..<50).map { JSONValue.object(["seconds": JSONValue($0)]) }
      let ids = try await fixture.queue.submit(Submission(kind: .sleep, parameters: [:]), forEach: bodies)
      #expect(ids == ids.sorted() && ids.count == 50)
      #expect(try await fixture.queue.show(ids[17])?.parameters?["seconds"] == 17)
      #expect(try await fixture.number("SELECT count(*) FROM quern.event WHERE type = 'submitted'") == 50)
    }
  }

  @Test func `a job of the future is scheduled, and claimable once its time has come`() async throws {
    try await QueueFixture.run { fixture in
      let id = try await fixture.submitSleep { $0.runAt = Date(timeIntervalSinceNow: 3600) }
      let worker = try await fixture.worker()
      #expect(try await fixture.queue.state(of: id) == .scheduled)
      #expect(try await worker.claimSleep().isEmpty)
      try await fixture.makeDue()
      #expect(try await worker.claimSleep().map(\.id) == [id])
    }
  }

  @Test func `a job that did not start within its ttl expires, a running one does not`() async throws {
    try await QueueFixture.run { fixture in
      let running = try await fixture.submitSleep { $0.ttl = .seconds(60) }
      let worker = try await fixture.worker()
      let claimed = try await worker.claimSleep()
      let waiting = try await fixture.submitSleep { $0.ttl = .seconds(60) }
      try await fixture.sql("UPDATE quern.job SET expires_at = now() - interval '1 s'")
      #expect(try await worker.claimSleep(running: 1).isEmpty)
      #expect(try await fixture.queue.state(of: waiting) == .expired)
      #expect(try await fixture.queue.result(of: waiting)?["error"]?["code"] == "expired")
      #expect(try await worker.complete(claimed[0]))
      #expect(try await fixture.queue.state(of: running) == .succeeded)
    }
  }
}

struct IdempotencyTests {
  @Test func `the same key and body are the same job, another body is a conflict`() async throws {
    try await QueueFixture.run { fixture in
      let first = try await fixture.submitSleep { $0.idempotencyKey = "k" }
      #expect(try await fixture.submitSleep { $0.idempotencyKey = "k" } == first)
      let error = await #expect(throws: QueueError.self) {
        try await fixture.submitSleep {
          $0.idempotencyKey = "k"
          $0.parameters = ["seconds": 1]
        }
      }
      #expect(error?.refusal?.code == "idempotency_conflict")
      #expect(try await fixture.number("SELECT count(*) FROM quern.job") == 1)
    }
  }

  @Test(arguments: [true, false])
  func `a second session waits for the first one that takes the key`(commits: Bool) async throws {
    try await QueueFixture.run { fixture in
      let statement: PostgresQuery = #"SELECT quern.submit('sleep', '{"seconds": 0}', idempotency_key => 'k')"#
      let connection = try await fixture.connection()
      try await connection.execute(script: "BEGIN")
      let first: Int64 = try await connection.query(statement).onlyRow.decode(0)
      async let second: Int64 = fixture.client.query(statement).onlyRow.decode(0)
      while try await fixture.number("SELECT count(*) FROM pg_locks WHERE NOT granted AND locktype = 'transactionid'")
        == 0
      {
        await Task.yield()
      }
      try await connection.execute(script: commits ? "COMMIT" : "ROLLBACK")
      let other = try await second
      #expect((other == first) == commits)
      #expect(try await fixture.number("SELECT count(*) FROM quern.job") == 1)
      await connection.close()
    }
  }
}
