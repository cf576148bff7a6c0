import JSON
import Jobs
import Postgres
import Queue
import Testing

struct RefusalTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let call: String
    let code: String
    let param: String?
    var sqlState = "22023"
    var testDescription: String { call }

    init(_ call: String, _ code: String, _ param: String?, sqlState: String = "22023") {
      (self.call, self.code, self.param, self.sqlState) = (call, code, param, sqlState)
    }
  }

  static let secret = "Jane Doe has the PIN 4711"

  private static func generate(_ members: String) -> String {
    "quern.submit('generate', '{\"model\": \"stories\", \"prompt\": \"\(secret)\"\(members)}')"
  }

  static let cases = [
    Case("quern.submit('generat', '{}')", "unknown_kind", "kind"),
    Case("quern.submit(NULL, '{}')", "unknown_kind", "kind"),
    Case("quern.submit('generate', NULL)", "invalid_value", "parameters"),
    Case("quern.submit('generate', '[]')", "invalid_value", "parameters"),
    Case("quern.submit('generate', '{}')", "missing_parameter", "model"),
    Case("quern.submit('generate', '{\"model\": \"stories\"}')", "missing_parameter", "prompt"),
    Case(generate(", \"prompt_tokens\": [1]"), "invalid_value", "prompt"),
    Case(generate(", \"temprature\": 1"), "unknown_parameter", "temprature"),
    Case(generate(", \"\(secret)\": 1"), "unknown_parameter", nil),
    Case(generate(", \"temperature\": 2.5"), "invalid_value", "temperature"),
    Case(generate(", \"temperature\": \"\(secret)\""), "invalid_value", "temperature"),
    Case(generate(", \"max_tokens\": 0"), "invalid_value", "max_tokens"),
    Case(generate(", \"max_tokens\": 1.5"), "invalid_value", "max_tokens"),
    Case(generate(", \"max_tokens\": 1, \"max_new_tokens\": 1"), "invalid_value", "max_tokens"),
    Case(generate(", \"top_p\": 0"), "invalid_value", "top_p"),
    Case(generate(", \"top_k\": -1"), "invalid_value", "top_k"),
    Case(generate(", \"seed\": -1"), "invalid_value", "seed"),
    Case(generate(", \"stop\": [\"a\", \"b\", \"c\", \"d\", \"e\"]"), "invalid_value", "stop"),
    Case(generate(", \"stop\": [\"\(secret)\", 1]"), "invalid_value", "stop"),
    Case(generate(", \"logit_bias\": {\"x\": 1}"), "invalid_value", "logit_bias"),
    Case(generate(", \"logit_bias\": {\"5\": 101}"), "invalid_value", "logit_bias"),
    Case("quern.submit('generate', '{\"model\": \"storis\", \"prompt\": \"a\"}')", "model_not_found", "model"),
    Case("quern.submit('generate', '{\"model\": \"stories@7\", \"prompt\": \"a\"}')", "model_not_found", "model"),
    Case("quern.generate('stories', repeat('\(secret)', 300))", "context_length_exceeded", "prompt"),
    Case("quern.generate('stories', NULL)", "missing_parameter", "prompt"),
    Case("quern.generate('stories', '\(secret)', '{\"priority\": \"high\"}')", "invalid_value", "priority"),
    Case("quern.generate('stories', '\(secret)', '[]')", "invalid_value", "options"),
    Case("quern.chat('stories', NULL)", "missing_parameter", "messages"),
    Case("quern.chat('stories', '[]')", "invalid_value", "messages"),
    Case("quern.chat('stories', '[{\"role\": \"user\", \"content\": 5}]')", "invalid_value", "messages"),
    Case("quern.embed('stories', NULL)", "missing_parameter", "input"),
    Case("quern.embed('stories', repeat('\(secret)', 300))", "context_length_exceeded", "input"),
    Case(
      "quern.submit('embed', jsonb_build_object('model', 'stories', 'input', jsonb_build_array('a', repeat('\(secret)', 300))))",
      "context_length_exceeded",
      "input"
    ),
    Case(
      "quern.submit('score', jsonb_build_object('model', 'stories', 'prompt', repeat('\(secret)', 300), 'choices', '[\"a\"]'::jsonb))",
      "context_length_exceeded",
      "prompt"
    ),
    Case("quern.submit('sleep', '{\"seconds\": -1}')", "invalid_value", "seconds"),
    Case("quern.submit('sleep', '{\"seconds\": 0}', queue => '\(secret)')", "invalid_value", "queue"),
    Case("quern.submit('sleep', '{\"seconds\": 0}', max_attempts => 0)", "invalid_value", "max_attempts"),
    Case("quern.submit('sleep', '{\"seconds\": 0}', ttl => '-1 s')", "invalid_value", "ttl"),
    Case("quern.submit('sleep', '{\"seconds\": 0}', timeout => '0')", "invalid_value", "timeout"),
    Case("quern.submit('sleep', '{\"seconds\": 0}', run_at => 'infinity')", "invalid_value", "run_at"),
    Case("quern.submit('sleep', '{\"seconds\": 0}', metadata => '[]')", "invalid_value", "metadata"),
    Case("quern.submit('sleep', '{\"seconds\": 0}', idempotency_key => '')", "invalid_value", "idempotency_key"),
    Case(
      "quern.submit('sleep', '{\"seconds\": 0}', options => '{\"wieght\": 2}')",
      "unknown_parameter",
      "options.wieght"
    ),
    Case(
      "quern.submit('sleep', '{\"seconds\": 0}', options => '{\"weight\": 2}')",
      "invalid_value",
      "options.weight",
      sqlState: "0A000"
    ),
    Case("quern.submit('sleep', '{\"seconds\": 0}', after => '{1}')", "invalid_value", "after", sqlState: "0A000"),
    Case(
      "quern.submit('sleep', '{\"seconds\": 0}', concurrency_key => 'k')",
      "invalid_value",
      "concurrency_key",
      sqlState: "0A000"
    ),
    Case(
      "quern.submit_many('sleep', ARRAY['{\"seconds\": 0}', '{\"seconds\": -1}']::jsonb[])",
      "invalid_value",
      "seconds"
    ),
    Case("quern.cancel(4711)", "job_not_found", "id"),
    Case("quern.retry(4711)", "job_not_found", "id"),
    Case("quern.result(4711)", "job_not_found", "id"),
    Case("quern.result(NULL)", "job_not_found", "id"),
  ]

  @Test func `each wrong call is refused with its code, and no text repeats content`() async throws {
    try await QueueFixture.run { fixture in
      for wrong in Self.cases {
        let refusal = try await refusal(of: wrong.call, fixture)
        #expect(refusal?.code == wrong.code, "\(wrong.call)")
        #expect(refusal?.param == wrong.param, "\(wrong.call)")
        #expect(refusal?.sqlState == wrong.sqlState, "\(wrong.call)")
        #expect(refusal?.message.contains("Jane") == false, "\(wrong.call)")
      }
      #expect(try await fixture.number("SELECT count(*) FROM quern.job") == 0)
      #expect(try await fixture.number("SELECT count(*) FROM quern.event WHERE job IS NOT NULL") == 0)
    }
  }

  private func refusal(of call: String, _ fixture: QueueFixture) async throws -> QueueError.Refusal? {
    do {
      try await fixture.sql("SELECT \(call)")
      return nil
    } catch let error as PostgresError {
      return QueueError(error).refusal
    }
  }

  @Test func `what a model cannot do is refused before it waits for a worker`() async throws {
    try await QueueFixture.run { fixture in
      try await fixture.sql("SELECT quern.put_blob_chunk(sha256('x'), 0, 1, 'x')")
      try await fixture.sql(
        """
        SELECT quern.register_model(name, '{}',
          jsonb_build_array(jsonb_build_object('path', name, 'sha256', encode(sha256('x'), 'hex'), 'size', 1)), detail)
        FROM (VALUES ('encoder', jsonb '{"can_generate": false}'), ('plain', '{"has_chat_template": false}')) AS m(name, detail)
        """
      )
      for (call, param) in [
        ("quern.generate('encoder', 'a')", "model"),
        ("quern.chat('plain', '[{\"role\": \"user\", \"content\": \"a\"}]')", "messages"),
      ] {
        let refusal = try await refusal(of: call, fixture)
        #expect(refusal?.code == "invalid_value" && refusal?.param == param, "\(call)")
      }
      #expect(try await refusal(of: "quern.embed('encoder', 'a')", fixture) == nil)
      #expect(try await refusal(of: "quern.generate('plain', 'a')", fixture) == nil)
    }
  }

  @Test(arguments: [
    ("quern.submit('generat', '{}')", "did you mean \"generate\""),
    (
      "quern.submit('generate', '{\"model\": \"stories\", \"prompt\": \"a\", \"temprature\": 1}')",
      "did you mean \"temperature\""
    ),
    ("quern.submit('generate', '{\"model\": \"storis\", \"prompt\": \"a\"}')", "did you mean \"stories\""),
    ("quern.submit('generate', '{\"model\": \"stories@7\", \"prompt\": \"a\"}')", "stories@1"),
    ("quern.submit('generate', '{\"model\": \"stories\", \"prompt\": \"a\", \"temperature\": 3}')", "from 0 to 2"),
  ])
  func `a refusal ends with what to do`(call: String, advice: String) async throws {
    try await QueueFixture.run { fixture in
      let message = try await refusal(of: call, fixture)?.message
      #expect(message?.contains(advice) == true)
    }
  }
}
