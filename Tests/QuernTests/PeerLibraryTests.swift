import Foundation
import JSON
import Testing

/// What others read of that which a fine-tune made.
@Suite(.live, .needsPeerLibraries, .timeLimit(.minutes(2)))
struct PeerLibraryTests {
  private var quern: Program { get throws { try LiveQuern.quern } }

  private static let ids: JSONValue = [1, 403, 407, 261, 378, 499, 120, 55]

  @Test func `PEFT, transformers and TensorBoard read what was written, and give the same numbers`() async throws {
    let home = try LiveQuern.makeHome()
    defer { try? FileManager.default.removeItem(atPath: home) }
    try DatasetCommandTests.cats.write(toFile: home + "/cats.jsonl", atomically: true, encoding: .utf8)
    try await run("dataset", "import", home + "/cats.jsonl", "--name", "cats")
    let result = try await train("stories", "style", "--set", "r=4", "--set", "target_modules=all-linear")
    _ = try await train("stories", "whole")
    for (name, directory, options) in [
      ("style", "adapter", []), ("stories+style", "merged", ["--merge"]), ("whole", "whole", []),
    ] as [(String, String, [String])] {
      try await run(["model", "export", name, "\(home)/\(directory)"] + options)
    }
    let jobs = try await quern("jobs", "--kind", "finetune", "--json")
    let id = try #require(jobs.json?.array?.first { $0["parameters"]?["name"] == "style" }?["id"]?.integer)
    try await run("show", "\(id)", "--tensorboard", home + "/runs")

    let text = "Once upon a time, there was a  café."
    let answer = try PeerLibraries.answer([
      "ids": Self.ids, "base": .string(Program.stories), "adapter": .string(home + "/adapter"),
      "models": ["merged": .string(home + "/merged"), "whole": .string(home + "/whole")], "text": .string(text),
      "runs": .string("\(home)/runs/job-\(id)"),
    ])
    let adapted = try await logits(Program.stories, "--adapter", home + "/adapter")
    #expect(try difference(answer["adapted"], adapted) < 1e-5)
    #expect(try difference(answer["models"]?["merged"], adapted) < 1e-5)
    #expect(try difference(answer["models"]?["whole"], try await logits(home + "/whole")) < 1e-5)
    #expect(try difference(adapted, try await logits(Program.stories)) > 1e-2, "nothing was learned")
    for name in ["merged", "whole"] {
      let tokens = try await quern("tokenize", "--model", "\(home)/\(name)", "--special", input: text + "\n")
      #expect(answer["tokens"]?[name]?.text == tokens.json?.text, "\(name): \(tokens)")
    }
    guard let scalars = answer["scalars"], !scalars.isNull else { return }
    let logged = (result["log_history"]?.array ?? []).compactMap { $0["loss"]?.double.map(Float.init) }
    let read = (scalars["train/loss"]?.array ?? []).compactMap { $0.array?.last?.double.map(Float.init) }
    #expect(!logged.isEmpty && read == logged)
  }

  private func run(_ arguments: String...) async throws { try await run(arguments) }

  private func run(_ arguments: [String]) async throws {
    let outcome = try await quern.run(arguments)
    try #require(outcome.exitCode == 0, "\(outcome)")
  }

  private func train(_ model: String, _ name: String, _ arguments: String...) async throws -> JSONValue {
    let fixed = [
      "finetune", model, "cats", "--set", "name=\(name)", "--set", "max_steps=3", "--set", "logging_steps=1", "--set",
      "learning_rate=0.005", "--wait", "--json",
    ]
    let outcome = try await quern.run(fixed + arguments)
    return try #require(outcome.json, "\(outcome)")
  }

  private func logits(_ directory: String, _ arguments: String...) async throws -> JSONValue? {
    let outcome = try await quern.run(["model", "logits", directory, "--tokens", Self.ids.text] + arguments)
    return outcome.json?["logits"]
  }

  /// The largest difference between rows of logits, by the largest of them.
  private func difference(_ one: JSONValue?, _ other: JSONValue?) throws -> Double {
    let (one, other) = (try numbers(one), try numbers(other))
    try #require(one.count == other.count && !one.isEmpty)
    let largest = other.reduce(0) { max($0, abs($1)) }
    return zip(one, other).reduce(0) { max($0, abs($1.0 - $1.1)) } / largest
  }

  private func numbers(_ rows: JSONValue?) throws -> [Double] {
    try #require(rows?.array).flatMap { row in try #require(row.array).compactMap(\.double) }
  }
}
