import JSON
import Jobs
import Postgres
import PostgresTestSupport
import Queue
import Testing

struct RightsTests {
  @Test func `a submitter sees and controls its own jobs, another's look like none`() async throws {
    try await QueueFixture.run { fixture in
      let alice = try await fixture.session("quern_submitter")
      let bob = try await fixture.session("quern_submitter")
      let id = try await JobQueue(alice).submit(Submission(kind: .sleep, parameters: ["seconds": 0]))
      #expect(try await JobQueue(alice).jobs().map(\.id) == [id])
      #expect(try await JobQueue(bob).jobs().isEmpty)
      #expect(try await bob.query("SELECT FROM quern.events").isEmpty)
      #expect(try await alice.query("SELECT FROM quern.events").count == 1)
      let others = JobQueue(bob)
      let adjust = { (id: JobID) async throws(QueueError) -> JobState in try await others.adjust(id, ["seconds": 1]) }
      for call in [others.cancel, others.retry, others.state(of:), others.pause, others.resume, adjust]
        as [(JobID) async throws(QueueError) -> JobState]
      {
        let error = await #expect(throws: QueueError.self) { try await call(id) }
        #expect(error?.refusal?.code == "job_not_found")
      }
      let error = await #expect(throws: QueueError.self) { try await others.result(of: id) }
      #expect(error?.refusal?.code == "job_not_found")
      #expect(try await JobQueue(alice).cancel(id) == .cancelled)
      await alice.close()
      await bob.close()
    }
  }

  @Test func `an operator sees and controls all jobs without their content`() async throws {
    try await QueueFixture.run { fixture in
      let id = try await fixture.submitSleep { $0.metadata = ["a": 1] }
      let session = try await fixture.session("quern_operator")
      let job = try #require(await JobQueue(session).show(id))
      #expect(job.parameters == nil && job.metadata == nil && job.submitter != "")
      let error = await #expect(throws: QueueError.self) { try await JobQueue(session).result(of: id) }
      #expect(error?.refusal?.code == "permission_denied" && error?.refusal?.sqlState == "42501")
      #expect(try await JobQueue(session).cancel(id) == .cancelled)
      await session.close()
    }
  }

  @Test func `checkpoints, adjustments and messages are its submitter's; an operator sees that there are some`()
    async throws
  {
    try await QueueFixture.runTraining { fixture in
      let alice = try await fixture.session("quern_submitter")
      let id = try await JobQueue(alice).submit(Submission(kind: .train, parameters: ["steps": 10]))
      _ = try await JobQueue(alice).adjust(id, ["learning_rate": 0.5])
      let worker = try await fixture.trainer()
      let attempt = try #require(await worker.claimTraining()).attemptID
      #expect(try await worker.storeCheckpoint("private", step: 1, of: attempt))
      #expect(try await worker.record([JobNote("sample", message: "Once upon a time")], of: attempt))
      let own = try await alice.query("SELECT detail, files, size FROM quern.checkpoints").onlyRow
      #expect(try own.decode("detail", as: JSONValue.self) == ["text": "private"])
      #expect(try own.decode("size", as: Int.self) == 7)
      #expect(try await alice.query("SELECT FROM quern.events WHERE data ? 'message'").count == 1)
      let operators = try await fixture.session("quern_operator")
      let seen = try await operators.query("SELECT detail, files, size FROM quern.checkpoints").onlyRow
      #expect(try seen.decode("detail", as: JSONValue?.self) == nil && seen.decode("files", as: JSONValue?.self) == nil)
      #expect(try seen.decode("size", as: Int.self) == 7)
      let changes = try await operators.query("SELECT changes FROM quern.adjustments").onlyRow
      #expect(try changes.decode(0, as: JSONValue?.self) == nil)
      #expect(try await operators.query("SELECT FROM quern.events WHERE data ? 'message'").isEmpty)
      #expect(try await JobQueue(operators).pause(id) == .running)
      let bob = try await fixture.session("quern_submitter")
      for view in ["checkpoints", "adjustments", "events"] {
        #expect(try await bob.query("SELECT FROM quern.\(unescaped: view)").isEmpty)
      }
      for session in [alice, operators, bob] { await session.close() }
    }
  }

  @Test(arguments: [
    ("quern_submitter", "SELECT FROM quern.job"), ("quern_submitter", "SELECT quern.sweep()"),
    ("quern_submitter", "SELECT * FROM quern.claim('w', '{}', 0)"),
    ("quern_submitter", "SELECT quern.refuse('a', 'b', 'c')"),
    ("quern_submitter", "SELECT quern.finish('{1}', '{1}', NULL, 'failed', 'failed')"),
    ("quern_submitter", "SELECT * FROM quern.metrics"),
    ("quern_submitter", "UPDATE quern.parameter SET required = false"),
    ("quern_submitter", "SELECT FROM quern.checkpoint_chunk"),
    ("quern_submitter", "SELECT quern.get_checkpoint_chunk('w', 1, 1, '', 0)"),
    ("quern_operator", "SELECT FROM quern.checkpoint_chunk"),
    ("quern_operator", "SELECT quern.get_checkpoint_chunk('w', 1, 1, '', 0)"),
    ("quern_operator", "SELECT * FROM quern.latest_checkpoint('w', 1, 1)"),
    ("quern_worker", "SELECT FROM quern.checkpoints"), ("quern_worker", "SELECT quern.pause(1)"),
    ("quern_monitor", "SELECT quern.resume(1)"), ("quern_monitor", "SELECT FROM quern.adjustments"),
    ("quern_worker", #"SELECT quern.submit('sleep', '{"seconds": 0}')"#), ("quern_worker", "SELECT FROM quern.jobs"),
    ("quern_monitor", "SELECT * FROM quern.claim('w', '{}', 0)"),
    ("quern_operator", "SELECT * FROM quern.read_events('x')"),
    ("quern_operator", #"SELECT quern.submit('sleep', '{"seconds": 0}')"#),
    ("quern_submitter", "SELECT FROM quern.model"), ("quern_submitter", "SELECT quern.get_blob_chunk('', 0)"),
    ("quern_submitter", "SELECT quern.put_made_chunk('w', 1, 1, '', 0, 0, '')"),
    ("quern_submitter", "SELECT quern.new_version('a', NULL, '{}', '[]', '{}', 'b', 'shared')"),
    ("quern_submitter", "SELECT FROM quern.checkpoint_manifest"),
    ("quern_operator", "SELECT quern.set_model('stories', '{}')"),
    ("quern_monitor", "SELECT quern.model_chunk('a', 'b', 0)"),
  ])
  func `what a role may not do is refused`(group: String, statement: String) async throws {
    try await QueueFixture.run { fixture in
      let session = try await fixture.session(group)
      let error = await #expect(throws: PostgresError.self) {
        try await session.query(PostgresQuery(unescaped: statement))
      }
      #expect(error?.sqlState == "42501")
      await session.close()
    }
  }

  @Test func `nothing in the schema is open to everybody`() async throws {
    try await QueueFixture.run { fixture in
      let open = """
        SELECT count(*) FROM pg_proc AS p
        WHERE p.pronamespace = 'quern'::regnamespace AND has_function_privilege('public', p.oid, 'EXECUTE')
        """
      let openCount = try await fixture.number(open)
      #expect(openCount == 0)
      let careless = """
        SELECT count(*) FROM pg_proc AS p
        WHERE p.pronamespace = 'quern'::regnamespace AND p.prosecdef
          AND NOT coalesce('search_path=quern, pg_temp' = ANY (p.proconfig), false)
        """
      let carelessCount = try await fixture.number(careless)
      #expect(carelessCount == 0)
    }
  }

  @Test func `what users call is described`() async throws {
    try await QueueFixture.run { fixture in
      let silent = """
        SELECT count(*) FROM pg_proc AS p
        WHERE p.pronamespace = 'quern'::regnamespace AND obj_description(p.oid, 'pg_proc') IS NULL
          AND p.prorettype <> 'trigger'::regtype
          AND (has_function_privilege('quern_submitter', p.oid, 'EXECUTE') OR has_function_privilege('quern_worker', p.oid, 'EXECUTE')
            OR has_function_privilege('quern_monitor', p.oid, 'EXECUTE') OR has_function_privilege('quern_admin', p.oid, 'EXECUTE'))
        """
      let silentCount = try await fixture.number(silent)
      #expect(silentCount == 0)
    }
  }
}
