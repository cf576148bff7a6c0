import Foundation
import JSON
import Testing

/// Fine-tuning from the command line: one embedded Quern, a handful of steps.
@Suite(.live, .timeLimit(.minutes(1)))
struct FinetuneCommandTests {
  private var quern: Program { get throws { try LiveQuern.quern } }

  /// Rows that others of these tests may have stored already.
  private func importCats() async throws {
    let directory = try LiveQuern.makeHome()
    defer { try? FileManager.default.removeItem(atPath: directory) }
    let path = directory + "/cats.jsonl"
    try DatasetCommandTests.cats.write(toFile: path, atomically: true, encoding: .utf8)
    let imported = try await quern("dataset", "import", path, "--name", "cats")
    #expect(imported.exitCode == 0, "\(imported)")
  }

  /// - Returns: the job's id and its result.
  private func train(_ name: String, _ arguments: String...) async throws -> (id: String, result: JSONValue) {
    let fixed = [
      "finetune", "stories", "cats", "--set", "name=\(name)", "--set", "max_steps=4", "--set", "logging_steps=1",
      "--set", "learning_rate=0.01", "--wait", "--json",
    ]
    let outcome = try await quern.run(fixed + arguments)
    #expect(outcome.exitCode == 0, "\(outcome)")
    let jobs = try await quern("jobs", "--kind", "finetune", "--json")
    let job = try #require(jobs.json?.array?.first { $0["parameters"]?["name"]?.string == name })
    return ("\(try #require(job["id"]?.integer))", try #require(outcome.json))
  }

  @Test func `a LoRA is trained, watched, exported, merged and used`() async throws {
    try await importCats()
    let (id, result) = try await train(
      "pets",
      "--parameters",
      #"{"peft_config": {"r": 4, "target_modules": "all-linear"}}"#
    )
    #expect(result["model"] == "stories@1+pets@1" && result["steps"] == 4, "\(result.text)")
    let losses = (result["log_history"]?.array ?? []).compactMap { $0["loss"]?.double }
    #expect(losses.count == 4 && losses[3] < losses[0])

    let plot = try await quern("show", id, "--plot")
    #expect(
      plot.exitCode == 0 && plot.output.contains("loss") && plot.output.contains(/[\u{2801}-\u{28FF}]/),
      "\(plot)"
    )

    let home = try LiveQuern.makeHome()
    defer { try? FileManager.default.removeItem(atPath: home) }
    let board = try await quern("show", id, "--tensorboard", home + "/runs")
    #expect(board.output == "\(home)/runs/job-\(id)\n", "\(board)")
    let events = try FileManager.default.contentsOfDirectory(atPath: home + "/runs/job-\(id)")
    #expect(events.count == 1 && events[0].hasPrefix("events.out.tfevents."), "\(events)")

    let exported = try await quern("model", "export", "pets", home + "/pets")
    #expect(exported.output == "pets@1 is in \(home)/pets\n", "\(exported)")
    let merged = try await quern("model", "export", "stories+pets", home + "/merged", "--merge")
    #expect(merged.exitCode == 0, "\(merged)")
    let texts = try await [
      quern("generate", "stories+pets", "One day", "--temperature", "0", "--max-tokens", "12", "--wait"),
      quern("model", "generate", home + "/merged", "--prompt", "One day", "--options", Self.greedy),
      quern("model", "generate", Program.stories, "--prompt", "One day", "--options", Self.greedy),
    ].map { $0.output.trimmingCharacters(in: .newlines) }
    #expect(texts[0] == texts[1] && texts[0] != texts[2], "\(texts)")
  }

  private static let greedy = #"{"temperature": 0, "max_tokens": 12}"#

  @Test func `--dry-run says the price and makes nothing`() async throws {
    try await importCats()
    let outcome = try await quern.run([
      "finetune", "stories", "cats", "--set", "name=unmade", "--dry-run", "--wait", "--json",
    ])
    #expect(outcome.exitCode == 0, "\(outcome)")
    #expect((outcome.json?["peak_memory_bytes"]?.integer ?? 0) > 1 << 20 && outcome.json?["steps"] == 3)
    #expect(try await quern("model", "show", "unmade").exitCode != 0)
  }

  @Test func `a base that asks for dropout is told that it gets none, and one that does not is not`() async throws {
    try await importCats()
    try await importDroppingStories()
    for (model, expected) in [("dropping", "attention_dropout\n"), ("stories", "")] {
      let name = "taught-\(model)"
      let arguments = ["--set", "max_steps=1", "--set", "r=1", "--set", "name=\(name)", "--wait"]
      let trained = try await quern.run(["finetune", model, "cats"] + arguments)
      #expect(trained.exitCode == 0, "\(trained)")
      let query = """
        SELECT e.data ->> 'parameter' FROM quern.events AS e JOIN quern.jobs AS j ON j.id = e.job
        WHERE e.type = 'parameter_ignored' AND j.parameters ->> 'name' = '\(name)'
        """
      let events = try await quern("psql", "-X", "-A", "-t", "-c", query)
      #expect(events.output == expected, "\(events)")
    }
  }

  /// The stories' model with the dropout that its training would have had in transformers.
  private func importDroppingStories() async throws {
    let copy = try LiveQuern.makeHome()
    defer { try? FileManager.default.removeItem(atPath: copy) }
    for name in try FileManager.default.contentsOfDirectory(atPath: Program.stories) {
      try Data(contentsOf: URL(filePath: "\(Program.stories)/\(name)")).write(to: URL(filePath: "\(copy)/\(name)"))
    }
    let config = URL(filePath: copy + "/config.json")
    var members = try #require(try JSONValue(parsing: Array(try Data(contentsOf: config))).object)
    members["attention_dropout"] = 0.1
    try JSONValue.object(members).text.write(to: config, atomically: true, encoding: .utf8)
    let imported = try await quern("model", "import", copy, "--name", "dropping")
    #expect(imported.output == "dropping@1\n", "\(imported)")
  }

  @Test func `a run is paused, adjusted and resumed, and says what cannot be adjusted`() async throws {
    try await importCats()
    // Nobody works on this queue: the job stays where it is.
    let submitted = try await quern("finetune", "stories", "cats", "--set", "r=2", "--queue", "nobody")
    let id = submitted.output.trimmingCharacters(in: .newlines)
    #expect(try await quern("pause", id).output == "\(id) paused\n", "\(submitted)")
    #expect(try await quern("adjust", id, "learning_rate=1e-4", "max_steps=7").output == "\(id) paused\n")
    for (change, said) in [
      ("seed=7", "these can: "), ("learning_rat=1", #"did you mean "learning_rate"?"#),
      ("learning_rate=fast", #""learning_rate" must be"#),
    ] {
      let refused = try await quern("adjust", id, change)
      #expect(refused.exitCode == 2 && refused.complaint?.contains(said) == true, "\(refused)")
    }
    #expect(try await quern("resume", id, "--json").json?["state"] == "queued")
    let plot = try await quern("show", id, "--plot")
    #expect(plot.exitCode == 1 && plot.complaint?.contains("has logged no loss yet") == true, "\(plot)")
    #expect(try await quern("cancel", id).output == "\(id) cancelled\n")
  }

  @Test(arguments: [
    (["--set", "learning_rat=1"], #"did you mean "learning_rate"?"#),
    (["--set", "r=many"], #""r" must be"#), (["--set", "learning_rate=true"], #""learning_rate" must be"#),
    (["--set", "lora_alpha=16"], #"give "r" too"#),
    (["--set", "use_dora=true", "--set", "r=8"], "DoRA is not built in"),
    (["--set", "eval_strategy=epoch"], #""eval_split": 0.1"#), (["--set", "r"], "name=value"),
    (["--parameters", "[]"], "--parameters must be a JSON object"),
    (["--set", "adapter=nothing"], "nothing"),
  ])
  func `wrong parameters exit 2 with one line that says what would do`(arguments: [String], said: String) async throws {
    try await importCats()
    let outcome = try await quern.run(["finetune", "stories", "cats"] + arguments)
    #expect(outcome.exitCode == 2 && outcome.complaint?.contains(said) == true, "\(outcome)")
  }

  @Test(arguments: [
    (["storys", "cats"], #"did you mean "stories"?"#), (["stories", "cat"], #"did you mean "cats"?"#),
    (["stories", "cats@1000"], "the newest is cats@"), (["stories"], "<dataset>"),
  ])
  func `names that are none are answered with those that are`(names: [String], said: String) async throws {
    try await importCats()
    let outcome = try await quern.run(["finetune"] + names)
    #expect(outcome.exitCode == 2 && outcome.complaint?.contains(said) == true, "\(outcome)")
  }
}
