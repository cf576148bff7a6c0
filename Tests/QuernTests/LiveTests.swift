import Foundation
import JSON
import Testing

/// The commands against one embedded Quern: PostgreSQL, worker and monitor.
@Suite(.live, .timeLimit(.minutes(1)))
struct LiveTests {
  var quern: Program { get throws { try LiveQuern.quern } }

  /// Nobody works on this queue: its jobs stay where they are.
  static let idle = ["--queue", "nobody"]

  /// Submits a job that no worker takes.
  func submitIdle() async throws -> String {
    let outcome = try await quern.run(["submit", "sleep", "--parameters", #"{"seconds": 0}"#] + Self.idle)
    #expect(outcome.exitCode == 0, "\(outcome)")
    return outcome.output.trimmingCharacters(in: .newlines)
  }

  // MARK: - Jobs

  @Test func `submit --wait prints the result`() async throws {
    let outcome = try await quern("submit", "sleep", "--parameters", #"{"seconds": 0.01}"#, "--wait")
    #expect(outcome.exitCode == 0, "\(outcome)")
    #expect(outcome.json?["seconds"]?.double ?? 0 >= 0.01)
  }

  @Test func `generate --wait prints the text, and with --json the body`() async throws {
    let arguments = ["generate", "stories", "Once upon a time", "--temperature", "0", "--max-tokens", "12", "--wait"]
    let text = try await quern.run(arguments)
    #expect(text.exitCode == 0, "\(text)")
    #expect(text.output.hasPrefix(", there was a little girl named Lily"), "\(text)")
    let body = try await quern.run(arguments + ["--json"])
    #expect(body.json?["choices"]?.array?.first?["text"]?.string.map { $0 + "\n" } == text.output)
    #expect(body.json?["model"] == "stories@1")
  }

  @Test func `a prompt comes from standard input`() async throws {
    let outcome = try await quern(
      "generate",
      "stories",
      "-",
      "--max-tokens",
      "1",
      "--json",
      input: "Once upon a time\n"
    )
    let id = try #require(outcome.json?["id"]?.integer)
    let shown = try await quern("show", "\(id)", "--json")
    #expect(shown.json?["parameters"]?["prompt"] == "Once upon a time")
  }

  @Test(arguments: [
    (["submit", "slep"], #"did you mean "sleep"?"#),
    (["submit", "sleep", "--parameters", #"{"second": 1}"#], #"did you mean "seconds"?"#),
    (["submit", "sleep"], #"needs the parameter "seconds""#),
    (["submit", "sleep", "--parameters", #"{"seconds": -1}"#], "from 0 to 86400"),
    (["submit", "generate", "--parameters", #"{"model": "stories"}"#], "prompt"),
    (["generate", "storys", "a"], #"did you mean "stories"?"#),
    (["generate", "stories", "a", "--temperature", "3"], "from 0 to 2"),
    (["generate", "stories", "a", "--max-attempts", "0"], "max_attempts"),
    (["submit", "sleep", "--parameters", #"{"seconds": 1}"#, "--run-at", "whenever"], "whenever"),
  ])
  func `a refused submission exits 2 and says what would do`(arguments: [String], said: String) async throws {
    let outcome = try await quern.run(arguments)
    #expect(outcome.exitCode == 2, "\(outcome)")
    #expect(outcome.complaint?.contains(said) == true, "\(outcome)")
  }

  @Test func `a prompt that cannot fit is refused`() async throws {
    let outcome = try await quern("generate", "stories", "-", input: String(repeating: "a", count: 100_000))
    #expect(outcome.exitCode == 2)
    #expect(outcome.complaint?.contains("context") == true, "\(outcome)")
  }

  @Test func `cancel and retry change the state once`() async throws {
    let id = try await submitIdle()
    let retryTooEarly = try await quern("retry", id)
    #expect(retryTooEarly.exitCode == 1)
    #expect(retryTooEarly.complaint?.contains("is queued") == true, "\(retryTooEarly)")
    #expect(try await quern("cancel", id).output == "\(id) cancelled\n")
    let again = try await quern("cancel", id)
    #expect(again.exitCode == 1)
    #expect(again.complaint?.contains("is cancelled already") == true, "\(again)")
    #expect(try await quern("wait", id).exitCode == 4)
    #expect(try await quern("retry", id, "--json").json?["state"] == "queued")
  }

  @Test func `pause and resume change the state, adjust says what cannot be`() async throws {
    let id = try await submitIdle()
    #expect(try await quern("pause", id).output == "\(id) paused\n")
    let again = try await quern("pause", id)
    #expect(again.exitCode == 1)
    #expect(again.complaint?.contains("is paused") == true, "\(again)")
    #expect(try await quern("resume", id, "--json").json?["state"] == "queued")
    let adjusted = try await quern("adjust", id, "seconds=2")
    #expect(adjusted.exitCode == 1)
    #expect(adjusted.complaint?.contains("nothing of a job of kind") == true, "\(adjusted)")
    _ = try await quern("cancel", id)
  }

  @Test(arguments: ["show", "cancel", "pause", "resume", "retry", "wait"])
  func `an unknown job is an error`(command: String) async throws {
    let outcome = try await quern(command, "987654321")
    #expect(outcome.exitCode == 1, "\(outcome)")
    #expect(outcome.complaint?.contains("987654321") == true, "\(outcome)")
  }

  @Test func `waiting ends after its timeout`() async throws {
    let id = try await submitIdle()
    let outcome = try await quern("wait", id, "--timeout", "100ms")
    #expect(outcome.exitCode == 5, "\(outcome)")
    #expect(outcome.complaint?.contains("--timeout") == true)
  }

  @Test func `waiting for several lists each`() async throws {
    let cancelled = try await submitIdle()
    _ = try await quern("cancel", cancelled)
    let done = try await quern("submit", "sleep", "--parameters", #"{"seconds": 0}"#)
    let id = done.output.trimmingCharacters(in: .newlines)
    let outcome = try await quern("wait", cancelled, id)
    #expect(outcome.exitCode == 4, "\(outcome)")
    #expect(Set(outcome.output.split(separator: "\n")) == ["\(cancelled) cancelled", "\(id) succeeded"])
  }

  @Test func `jobs are listed by filters, with content as JSON`() async throws {
    let id = try await submitIdle()
    let table = try await quern.run(["jobs"] + Self.idle)
    #expect(table.output.split(separator: "\n").first?.hasPrefix("ID") == true || table.output.contains(" ID  KIND"))
    #expect(table.output.contains("no live worker offers kind sleep in queue nobody"))
    let json = try await quern.run(["jobs", "--state", "queued", "--kind", "sleep", "--json"] + Self.idle)
    let listed = try #require(json.json?.array?.first { $0["id"]?.integer == Int(id) })
    #expect(listed["parameters"]?["seconds"] == 0)
    let none = try await quern("jobs", "--queue", "nowhere")
    #expect(none.exitCode == 0)
    #expect(none.output.isEmpty)
  }

  @Test func `show tells the whole story`() async throws {
    let submitted = try await quern(
      "generate",
      "stories",
      "Once upon a time",
      "--max-tokens",
      "4",
      "--metadata",
      #"{"ticket": 7}"#,
      "--json",
      "--wait"
    )
    #expect(submitted.exitCode == 0, "\(submitted)")
    let id = try #require(submitted.json?["id"]?.string?.dropFirst("cmpl-".count))
    let sheet = try await quern("show", String(id))
    for words in ["succeeded", "stories@1", #"{"ticket":7}"#, "Once upon a time", "attempts"] {
      #expect(sheet.output.contains(words), "\(words) is missing in \(sheet)")
    }
    let json = try await quern("show", String(id), "--json")
    #expect(json.json?["attempts"]?.array?.first?["outcome"] == "succeeded")
  }

  @Test func `the same idempotency key is the same job`() async throws {
    let arguments = ["submit", "sleep", "--parameters", #"{"seconds": 0}"#, "--idempotency-key", "once"] + Self.idle
    let first = try await quern.run(arguments)
    let second = try await quern.run(arguments)
    #expect(first.exitCode == 0)
    #expect(first.output == second.output)
  }

  @Test func `logs show the job redacted`() async throws {
    let outcome = try await quern(
      "generate",
      "stories",
      "Write to li.wei@example.org",
      "--max-tokens",
      "2",
      "--json",
      "--wait"
    )
    let id = try #require(outcome.json?["id"]?.string?.dropFirst("cmpl-".count))
    let logs = try await quern("logs", String(id), "--follow")
    #expect(logs.exitCode == 0, "\(logs)")
    #expect(logs.output.contains("<EMAIL>"), "\(logs)")
    #expect(!logs.output.contains("li.wei@example.org"))
  }

  // MARK: - Models

  @Test func `models are listed, shown and exported as they came in`() async throws {
    let list = try await quern("model", "list", "--json")
    #expect(list.json?.array?.first?["model"] == "stories@1")
    let shown = try await quern("model", "show", "stories")
    #expect(shown.output.contains("model.safetensors"), "\(shown)")
    let directory = try LiveQuern.makeHome() + "/exported"
    defer { try? FileManager.default.removeItem(atPath: (directory as NSString).deletingLastPathComponent) }
    let exported = try await quern("model", "export", "stories@1", directory)
    #expect(exported.exitCode == 0, "\(exported)")
    for name in ["config.json", "model.safetensors", "tokenizer.json"] {
      #expect(
        FileManager.default.contentsEqual(atPath: "\(directory)/\(name)", andPath: "\(Program.stories)/\(name)"),
        "\(name)"
      )
    }
    let again = try await quern("model", "export", "stories", directory)
    #expect(again.exitCode == 2)
    #expect(again.complaint?.contains("exists already") == true, "\(again)")
  }

  @Test func `importing the same files again is the same version`() async throws {
    let outcome = try await quern("model", "import", Program.stories, "--name", "stories", "--json")
    #expect(outcome.json?["model"] == "stories@1", "\(outcome)")
  }

  @Test func `a precision is the job's, else the model's, and gives what the engine alone gives`() async throws {
    let imported = try await quern(
      "model",
      "import",
      Program.stories,
      "--name",
      "stories-rounded",
      "--precision",
      "q8",
      "--json"
    )
    #expect(imported.json?["model"] == "stories-rounded@1", "\(imported)")
    let options = ["--temperature", "0", "--max-tokens", "40", "--wait", "--json"]
    let own = try await quern.run(["generate", "stories-rounded", "Once upon a time"] + options)
    let asked = try await quern.run(["generate", "stories", "Once upon a time", "--precision", "q8"] + options)
    let exact = try await quern.run(
      ["generate", "stories-rounded", "Once upon a time", "--precision", "f32"] + options
    )
    let alone = try await quern(
      "model",
      "generate",
      Program.stories,
      "--prompt",
      "Once upon a time",
      "--options",
      #"{"temperature": 0, "max_tokens": 40}"#,
      "--precision",
      "q8",
      "--json"
    )
    for outcome in [own, asked, exact, alone] { #expect(outcome.exitCode == 0, "\(outcome)") }
    func text(_ outcome: Program.Outcome) -> String? { outcome.json?["choices"]?.array?.first?["text"]?.string }
    #expect(text(own) != nil && text(own) == text(asked) && text(own) == text(alone))
    let fingerprint = try #require(own.json?["system_fingerprint"])
    #expect(asked.json?["system_fingerprint"] == fingerprint && exact.json?["system_fingerprint"] != fingerprint)
  }

  @Test func `the precision of a model is listed and shown`() async throws {
    _ = try await quern("model", "import", Program.stories, "--name", "stories-halved", "--precision", "bf16")
    let list = try await quern("model", "list", "--json")
    let listed = list.json?.array?.first { $0["name"] == "stories-halved" }
    #expect(listed?["precision"] == "bf16", "\(list)")
    #expect(try await quern("model", "show", "stories-halved", "--json").json?["precision"] == "bf16")
    #expect(try await quern("model", "show", "stories-halved").output.contains(/precision +bf16/))
  }

  @Test func `embed takes a precision`() async throws {
    let exact = try await quern("embed", "stories", "Once upon a time", "--wait", "--json")
    let rounded = try await quern("embed", "stories", "Once upon a time", "--precision", "q8", "--wait", "--json")
    #expect(rounded.exitCode == 0, "\(rounded)")
    #expect(rounded.json?["system_fingerprint"] != exact.json?["system_fingerprint"])
  }

  @Test func `a damaged model is refused and nothing is stored`() async throws {
    let directory = try LiveQuern.makeHome()
    defer { try? FileManager.default.removeItem(atPath: directory) }
    for name in ["config.json", "tokenizer.json", "tokenizer_config.json"] {
      try FileManager.default.copyItem(atPath: "\(Program.stories)/\(name)", toPath: "\(directory)/\(name)")
    }
    let weights = try Data(contentsOf: URL(filePath: Program.stories + "/model.safetensors"))
    try weights.prefix(weights.count / 2).write(to: URL(filePath: directory + "/model.safetensors"))
    let outcome = try await quern("model", "import", directory, "--name", "damaged")
    #expect(outcome.exitCode == 1, "\(outcome)")
    #expect(outcome.complaint?.contains("model.safetensors") == true, "\(outcome)")
    let shown = try await quern("model", "show", "damaged")
    #expect(shown.exitCode != 0)
  }

  // MARK: - The house

  @Test func `psql runs on the database in use`() async throws {
    let outcome = try await quern("psql", "-X", "-A", "-t", "-c", "SELECT current_database()")
    #expect(outcome.output == "quern\n", "\(outcome)")
    let failed = try await quern("psql", "-X", "-c", "nonsense")
    #expect(failed.exitCode == 1)
  }

  @Test func `the database is at the version of the program`() async throws {
    let check = try await quern("migrate", "--check")
    #expect(check.exitCode == 0, "\(check)")
    #expect(try await quern("migrate", "--json").json?["applied"] == [])
  }

  @Test func `a second up on the same home says who holds it`() async throws {
    let live = try #require(LiveQuern.current)
    let outcome = try await quern("up")
    #expect(outcome.exitCode == 1)
    #expect(outcome.complaint?.contains("pid \(live.processID)") == true, "\(outcome)")
  }
}
