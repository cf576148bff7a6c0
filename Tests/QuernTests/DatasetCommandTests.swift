import Foundation
import JSON
import Testing

/// Datasets from a file to what a model would learn of them.
@Suite(.live, .timeLimit(.minutes(1)))
struct DatasetCommandTests {
  private var quern: Program { get throws { try LiveQuern.quern } }

  static let cats = """
    {"prompt": "Once upon a time", "completion": " there was a cat."}
    {"prompt": "One day", "completion": " the cat saw a dog."}
    {"prompt": "The dog", "completion": " ran away."}

    """

  @Test func `a dataset is imported, listed, shown as rows and as tokens, and removed`() async throws {
    try await withRowFile(Self.cats) { path in
      let imported = try await quern("dataset", "import", path, "--name", "cats")
      #expect(imported.output == "cats@1: 3 rows of shape prompt_completion\n", "\(imported)")
      let listed = try await quern("dataset", "list", "--json")
      let row = try #require(listed.json?.array?.first { $0["dataset"] == "cats@1" })
      #expect(row["rows"] == 3)
      #expect(try await quern("dataset", "list").output.contains(#/cats@1 +3 /#))
      let rows = try await quern("dataset", "show", "cats", "--rows", "2")
      #expect(rows.output.split(separator: "\n").count == 2 && rows.output.contains("saw a dog"), "\(rows)")
      let tokens = try await quern("dataset", "show", "cats@1", "--tokens", "--model", "stories")
      #expect(tokens.output.contains("Once upon a time⟦ there was a cat."), "\(tokens)")
      #expect(tokens.output.contains("3 rows of shape prompt_completion: 3 examples"), "\(tokens)")
      let labels = try await quern("dataset", "show", "cats", "--tokens", "--model", Program.stories, "--json")
      let first = try #require(labels.output.split(separator: "\n").first.map { try JSONValue(parsing: String($0)) })
      // The prompt is seen, not learned.
      #expect(first["labels"]?.array?.first == -100 && first["tokens"]?.array?.count == first["labels"]?.array?.count)
      #expect(try await quern("dataset", "remove", "cats@1").output == "cats@1 is deleted\n")
      let gone = try await quern("dataset", "show", "cats@1")
      #expect(gone.exitCode != 0 && gone.complaint?.contains("no dataset") == true, "\(gone)")
    }
  }

  @Test(arguments: [
    ("{\"text\": \"a\"}\n{\"text\": oops}\n", "rows.jsonl, line 2, column 10", "correct the row"),
    ("{\"text\": \"a\"}\n\n[1, 2]\n", "rows.jsonl, line 3", "each row must be an object"),
    ("\n\n", "no rows", "check the file"),
  ])
  func `a broken file is refused with its line and what to do, and nothing is stored`(
    content: String,
    place: String,
    remedy: String
  ) async throws {
    try await withRowFile(content) { path in
      let outcome = try await quern("dataset", "import", path, "--name", "broken")
      #expect(outcome.exitCode == 1, "\(outcome)")
      #expect(outcome.complaint?.contains(place) == true && outcome.complaint?.contains(remedy) == true, "\(outcome)")
      #expect(try await quern("dataset", "show", "broken").exitCode != 0)
    }
  }

  @Test(arguments: [
    (["show", "cats", "--tokens"], "--model"), (["show", "cats", "--rows", "-1"], "--rows"),
    (["import", "rows.xlsx", "--name", "a"], "rows.xlsx"), (["import", "rows.txt"], "--name"),
    (["import", "rows.txt", "--name", "a", "--format", "parquet"], "jsonl"),
    (["import", Self.ownSource, "--name", "my cats", "--format", "text"], "name"),
  ])
  func `a wrong command says what is missing`(arguments: [String], said: String) async throws {
    let outcome = try await quern.run(["dataset"] + arguments)
    #expect(outcome.exitCode != 0 && outcome.complaint?.contains(said) == true, "\(outcome)")
  }

  /// Some text that is there.
  private static let ownSource = #filePath

  private func withRowFile(_ content: String, _ body: (String) async throws -> Void) async throws {
    let directory = try LiveQuern.makeHome()
    defer { try? FileManager.default.removeItem(atPath: directory) }
    let path = directory + "/rows.jsonl"
    try content.write(toFile: path, atomically: true, encoding: .utf8)
    try await body(path)
  }
}
