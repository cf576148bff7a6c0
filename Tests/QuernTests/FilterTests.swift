import JSON
import Testing

/// The commands that read standard input and need no database.
struct FilterTests {
  let quern = Program()

  @Test func `redact filters a stream`() async throws {
    let outcome = try await quern("redact", input: "a\nmail li@corp.io now\nlast")
    #expect(outcome.exitCode == 0)
    #expect(outcome.output == "a\nmail <EMAIL> now\nlast")
  }

  @Test(arguments: ["--json", "--jsonl"])
  func `redact gives entities with offsets in code points`(mode: String) async throws {
    // One character of two code points, one of four bytes.
    let text = "e\u{301}😀 li@corp.io"
    let line = mode == "--jsonl" ? JSONValue.string(text).text : text
    let outcome = try await quern("redact", mode, input: line + "\n")
    #expect(outcome.exitCode == 0, "\(outcome)")
    #expect(outcome.json?["text"] == .string("e\u{301}😀 <EMAIL>"))
    let entity = outcome.json?["entities"]?.array?.first
    #expect(entity?["type"] == "EMAIL")
    #expect(entity?["start"] == 4)
    #expect(entity?["end"] == 14)
  }

  @Test(arguments: [["redact"], ["redact", "--json"]])
  func `redact withholds what is not UTF-8`(arguments: [String]) async throws {
    let outcome = try await quern.run(arguments, input: Array("secret ".utf8) + [0xff, 0xfe, 10])
    #expect(outcome.exitCode == 1)
    #expect(outcome.output.contains("[unredacted content withheld]"))
    #expect(outcome.complaint?.contains("not UTF-8") == true)
  }

  @Test func `redact names the line that is no JSON and does not quote it`() async throws {
    let outcome = try await quern("redact", "--jsonl", input: "\"a\"\nli@corp.io\n")
    #expect(outcome.exitCode == 1)
    #expect(outcome.complaint?.contains("line 2") == true)
    #expect(!outcome.errors.contains("li@corp.io"))
  }

  @Test func `tokenize prints ids, and text from ids`() async throws {
    let ids = try await quern("tokenize", "--model", Program.stories, input: "Once upon a time\n\n")
    #expect(ids.output == "[403,407,261,378]\n[]\n")
    let special = try await quern("tokenize", "--model", Program.stories, "--special", input: "Once upon a time")
    #expect(special.output == "[1,403,407,261,378]\n")
    let text = try await quern("tokenize", "--model", Program.stories, "--decode", input: special.output)
    #expect(text.output == "\"Once upon a time\"\n")
  }

  @Test func `tokenize takes JSON strings that hold line feeds`() async throws {
    let ids = try await quern("tokenize", "--model", Program.stories, "--jsonl", input: "\"a\\nb\"\n")
    let text = try await quern("tokenize", "--model", Program.stories, "--decode", input: ids.output)
    #expect(text.output == "\"a\\nb\"\n")
  }

  @Test func `tokenize refuses ids that the tokenizer does not have`() async throws {
    let outcome = try await quern("tokenize", "--model", Program.stories, "--decode", input: "[1]\n[512]\n")
    #expect(outcome.exitCode == 1)
    #expect(outcome.complaint?.contains("line 2 has the id 512") == true, "\(outcome)")
  }

  @Test func `tokenize says that a directory has no tokenizer`() async throws {
    let outcome = try await quern("tokenize", "--model", "/etc")
    #expect(outcome.exitCode == 1)
    #expect(outcome.complaint?.contains("tokenizer.json") == true, "\(outcome)")
  }
}
