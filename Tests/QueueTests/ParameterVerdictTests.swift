import JSON
import Jobs
import Postgres
import Queue
import Testing

/// What SQL answers to parameters, `ParameterCheck` answers where there is no database.
struct ParameterVerdictTests {
  struct Case: Sendable {
    let kind: String
    let members: JSONValue
    /// nil: accepted.
    let code: String?
    let param: String?

    init(_ kind: String, _ members: JSONValue, _ code: String? = nil, _ param: String? = nil) {
      (self.kind, self.members, self.code, self.param) = (kind, members, code, param)
    }
  }

  private static func prompt(_ more: JSONObject, _ code: String? = nil, _ param: String? = nil) -> Case {
    with(["model": "stories", "prompt": "a"], more, code, param)
  }

  private static func chat(_ more: JSONObject, _ code: String? = nil, _ param: String? = nil) -> Case {
    with(["model": "stories", "messages": [["role": "user", "content": "hi"]]], more, code, param)
  }

  private static func with(_ members: JSONObject, _ more: JSONObject, _ code: String?, _ param: String?) -> Case {
    var members = members
    for (name, value) in more { members[name] = value }
    return Case("generate", .object(members), code, param)
  }

  private static func invalid(_ name: String, _ value: JSONValue) -> Case {
    var members = JSONObject()
    members[name] = value
    return prompt(members, "invalid_value", name)
  }

  static let accepted: [Case] = [
    prompt([:]), prompt(["prompt": [1, 2, 3]]),
    prompt(["n": 4, "logprobs": 5, "echo": true, "min_p": 0.1, "min_tokens": 128, "return_token_ids": true]),
    prompt(["repetition_penalty": 1.3, "frequency_penalty": -2, "presence_penalty": 2, "user": "u"]),
    prompt(["best_of": 1, "stream": false, "suffix": nil, "stream_options": nil]),
    prompt(["response_format": ["type": "json_schema", "json_schema": ["name": "x", "schema": ["type": "object"]]]]),
    prompt(["response_format": ["type": "regex", "regex": "a+"]]), prompt(["response_format": ["type": "json_object"]]),
    prompt(["response_format": ["type": "text"], "ignore_eos": true]), prompt(["max_new_tokens": 5, "min_tokens": 5]),
    chat(["logprobs": true, "top_logprobs": 20]), chat(["logprobs": false]), chat(["add_generation_prompt": false]),
    chat(["tools": [["type": "function"]], "documents": [], "chat_template_kwargs": ["enable_thinking": false]]),
    chat(["messages": [["role": "user", "content": [["type": "text", "text": "a"]]], ["role": "assistant"]]]),
    prompt(["precision": "q4", "kv_precision": "q8"]), chat(["precision": "f32"]),
    Case("embed", ["model": "stories", "input": "a", "precision": "bf16"]),
    Case("score", ["model": "stories", "prompt": "a", "choices": ["b"], "precision": "q8", "kv_precision": "f32"]),
    Case("embed", ["model": "stories", "input": "a"]), Case("embed", ["model": "stories", "input": ["a", "b"]]),
    Case("embed", ["model": "stories", "input": [1, 2]]),
    Case("embed", ["model": "stories", "input": [[1], [2, 3]]]),
    Case("embed", ["model": "stories", "input": "a", "pooling": "cls", "normalize": false, "dimensions": 3]),
    Case("embed", ["model": "stories", "input": "a", "encoding_format": "base64"]),
    Case("score", ["model": "stories", "prompt": "a", "choices": ["b", [3]], "normalization": "bytes"]),
    Case("sleep", ["seconds": 1.5]),
  ]

  static let refused: [Case] = [
    invalid("min_p", 1.5), invalid("repetition_penalty", 0), invalid("frequency_penalty", 2.5),
    invalid("presence_penalty", -3), invalid("n", 0), invalid("n", 129), invalid("n", 1.5), invalid("logprobs", 6),
    invalid("logprobs", true), invalid("min_tokens", 129), invalid("min_tokens", -1), invalid("best_of", 2),
    invalid("suffix", "x"), invalid("stream", true), invalid("stream_options", ["include_usage": true]),
    invalid("user", 5), invalid("prompt", ["a", "b"]), invalid("prompt", []), invalid("stop", [""]),
    invalid("top_logprobs", 3), invalid("tools", []), invalid("add_generation_prompt", true),
    invalid("response_format", "json"), invalid("response_format", [:]), invalid("response_format", ["type": "xml"]),
    invalid("response_format", ["type": "json_schema"]), invalid("response_format", ["type": "regex"]),
    invalid("response_format", ["type": "json_schema", "json_schema": ["schema": "x"]]),
    invalid("precision", "int8"), invalid("precision", 8), invalid("precision", nil), invalid("kv_precision", "q4"),
    Case("embed", ["model": "stories", "input": "a", "kv_precision": "q8"], "unknown_parameter", "kv_precision"),
    Case("sleep", ["seconds": 1, "precision": "q8"], "unknown_parameter", "precision"),
    prompt(["n": 2, "temperature": 0], "invalid_value", "n"),
    prompt(["response_format": ["type": "json_object"], "ignore_eos": true], "invalid_value", "ignore_eos"),
    prompt(["messages": [["role": "user"]]], "invalid_value", "prompt"),
    prompt(["max_new_tokens": 1, "max_tokens": 1], "invalid_value", "max_tokens"),
    prompt(["temprature": 1], "unknown_parameter", "temprature"),
    Case("generate", ["prompt": "a"], "missing_parameter", "model"),
    Case("generate", ["model": "stories"], "missing_parameter", "prompt"),
    Case("generate", [], "invalid_value", "parameters"),
    chat(["echo": true], "invalid_value", "echo"), chat(["logprobs": 3], "invalid_value", "logprobs"),
    chat(["top_logprobs": 3], "invalid_value", "top_logprobs"),
    chat(["logprobs": true, "top_logprobs": 21], "invalid_value", "top_logprobs"),
    chat(["messages": []], "invalid_value", "messages"), chat(["messages": ["hi"]], "invalid_value", "messages"),
    chat(["messages": [["content": "hi"]]], "invalid_value", "messages"),
    chat(["messages": [["role": "user", "content": [["type": "image"]]]]], "invalid_value", "messages"),
    Case("embed", ["model": "stories"], "missing_parameter", "input"),
    Case("embed", ["model": "stories", "input": []], "invalid_value", "input"),
    Case("embed", ["model": "stories", "input": ["a", 1]], "invalid_value", "input"),
    Case("embed", ["model": "stories", "input": [-1]], "invalid_value", "input"),
    Case("embed", ["model": "stories", "input": "a", "dimensions": 0], "invalid_value", "dimensions"),
    Case("embed", ["model": "stories", "input": "a", "pooling": "max"], "invalid_value", "pooling"),
    Case("score", ["model": "stories", "prompt": "a"], "missing_parameter", "choices"),
    Case("score", ["model": "stories", "prompt": "a", "choices": []], "invalid_value", "choices"),
    Case("score", ["model": "stories", "prompt": "a", "choices": [""]], "invalid_value", "choices"),
    Case("sleep", ["seconds": -1], "invalid_value", "seconds"),
  ]

  @Test func `the database and Swift accept and refuse alike`() async throws {
    try await QueueFixture.run { fixture in
      for verdict in Self.accepted + Self.refused {
        let ours = Self.refusal(verdict)
        #expect(ours?.code == verdict.code && ours?.param == verdict.param, "Swift: \(verdict)")
        let theirs = try await Self.refusal(verdict, fixture)
        #expect(theirs?.code == verdict.code && theirs?.param == verdict.param, "SQL: \(verdict)")
      }
    }
  }

  private static func refusal(_ verdict: Case) -> ParameterRefusal? {
    do throws(ParameterRefusal) {
      switch verdict.kind {
      case "generate": _ = try ParameterCheck<GenerateParameters>().accepted(verdict.members)
      case "embed": _ = try ParameterCheck<EmbedParameters>().accepted(verdict.members)
      case "score": _ = try ParameterCheck<ScoreParameters>().accepted(verdict.members)
      default: _ = try ParameterCheck<SleepParameters>().accepted(verdict.members)
      }
      return nil
    } catch {
      return error
    }
  }

  private static func refusal(_ verdict: Case, _ fixture: QueueFixture) async throws -> QueueError.Refusal? {
    do throws(QueueError) {
      _ = try await fixture.queue.submit(
        Submission(kind: JobKind(rawValue: verdict.kind), parameters: verdict.members)
      )
      return nil
    } catch {
      guard let refusal = error.refusal else { throw error }
      return refusal
    }
  }
}
