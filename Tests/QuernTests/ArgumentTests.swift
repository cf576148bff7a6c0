import Testing

/// What a wrong command line is told, without any database.
struct ArgumentTests {
  let quern = Program()

  @Test(arguments: [["--version"], ["--help"], ["model", "--help"], ["help", "submit"]])
  func `help and version are no failures`(arguments: [String]) async throws {
    let outcome = try await quern.run(arguments)
    #expect(outcome.exitCode == 0, "\(outcome)")
    #expect(!outcome.output.isEmpty)
    #expect(outcome.errors.isEmpty)
  }

  @Test(arguments: [
    (["nonsense"], "nonsense"),
    (["submit"], "quern submit --help"),
    (["submit", "sleep", "--parameters", "{"], "--parameters is not JSON"),
    (["submit", "sleep", "--parameters", "@/nonexistent"], "/nonexistent"),
    (["submit", "sleep", "--ttl", "soon"], "'soon'"),
    (["submit", "sleep", "--run-at", "+soon"], "'soon'"),
    (["generate", "m", "p", "--max-tokens", "many"], "many"),
    (["generate", "m", "p", "--precision", "int8"], "'f32', 'bf16', 'q8' or 'q4'"),
    (["chat", "m", "hi", "--kv-precision", "q4"], "'f32', 'bf16' or 'q8'"),
    (["embed", "m", "a", "--precision", "int8"], "q8"),
    (["model", "import", ".", "--name", "m", "--precision", "int8"], "'f32', 'bf16', 'q8' or 'q4'"),
    (["generate", "m", "p", "-n", "several"], "several"), (["chat", "m"], "--messages"),
    (["chat", "m", "hi", "--messages", "[]"], "--messages"), (["embed", "m"], "input"),
    (["jobs", "--state", "asleep"], "asleep"),
    (["jobs", "--limit", "0"], "--limit"),
    (["show", "seven"], "seven"),
    (["wait", "1", "--timeout", "a while"], "a while"),
    (["cancel"], "quern cancel --help"), (["pause"], "quern pause --help"), (["resume"], "quern resume --help"),
    (["adjust", "1"], "key=value"), (["adjust", "1", "learning_rate"], "learning_rate"),
    (["adjust", "1", "a=1", "a=2"], "a is given twice"),
    (["redact", "--json", "--jsonl"], "not both"),
    (["model", "generate", "."], "--prompt or --tokens"),
    (["model", "logits", "demo", "--tokens", "1", "--threads", "0"], "--threads"),
    (["model", "import", "."], "--name"),
  ])
  func `a wrong command line exits 2 with one line`(arguments: [String], said: String) async throws {
    let outcome = try await quern.run(arguments)
    #expect(outcome.exitCode == 2, "\(outcome)")
    #expect(outcome.complaint?.contains(said) == true, "\(outcome)")
    #expect(outcome.output.isEmpty)
  }

  @Test(arguments: [
    "postgresql://quern:hunter22@127.0.0.1:1/quern", "host=127.0.0.1 port=1 password=hunter22",
  ])
  func `a password in the arguments is refused and not repeated`(url: String) async throws {
    let outcome = try await quern("jobs", "--database", url)
    #expect(outcome.exitCode == 2)
    #expect(outcome.complaint?.contains("QUERN_DATABASE_URL_FILE") == true, "\(outcome)")
    #expect(!outcome.errors.contains("hunter22"))
  }

  @Test func `a URL in the wrong place keeps its password`() async throws {
    let outcome = try await quern("show", "postgresql://quern:hunter22@127.0.0.1/quern")
    #expect(outcome.exitCode == 2)
    #expect(outcome.complaint != nil)
    #expect(!outcome.errors.contains("hunter22"))
  }

  @Test(arguments: [
    ["jobs"], ["submit", "sleep"], ["wait", "1"], ["model", "list"], ["migrate"], ["cancel", "1"],
  ])
  func `a database that is away is one line and exit 1`(arguments: [String]) async throws {
    let outcome = try await quern.run(arguments + ["--database", "postgresql://quern@127.0.0.1:1/quern"])
    #expect(outcome.exitCode == 1, "\(outcome)")
    #expect(outcome.complaint?.contains("127.0.0.1") == true, "\(outcome)")
  }

  @Test func `without any database the way to one is shown`() async throws {
    let outcome = try await quern("jobs")
    #expect(outcome.exitCode == 1, "\(outcome)")
    #expect(outcome.complaint?.contains("quern up") == true, "\(outcome)")
  }
}
