import Foundation
import Glibc
import JSON
import Jobs
import Postgres
import Queue
import SharedTestData
import Testing

extension RecoveryTests {
  @Suite(.needsSharedData) struct `A fine-tune` {
    /// Dropout, so that random numbers count, and an evaluation, so that kills hit that too.
    private static let parameters: JSONValue = [
      "model": "stories", "dataset": "plays", "r": 4, "lora_dropout": 0.1, "target_modules": "all-linear",
      "learning_rate": 0.002, "max_steps": JSONValue(isProof ? 60 : 24), "per_device_train_batch_size": 4,
      "max_length": 128, "logging_steps": 2, "save_steps": 2, "save_total_limit": 2, "eval_split": 0.2,
      "eval_strategy": "steps", "eval_steps": 8,
    ]
    private static let kills = isProof ? 10 : 3

    @Test func `that is killed again and again ends with the bytes of one that was left alone`() async throws {
      try await Rig.run(models: ["stories": Models.stories]) { rig in
        try await rig.importPlays()
        let calm = try await rig.finetune(Self.parameters, named: "calm")
        var worker = try rig.worker("w0")
        try await rig.waitUntilFinished()
        let killed = try await rig.finetune(Self.parameters, named: "killed")
        for kill in 1...Self.kills {
          // Random, but after a new checkpoint each time.
          let stored = try await rig.eventCount("checkpoint_saved", killed)
          try await eventually("a checkpoint is stored", within: .seconds(120)) {
            try await rig.eventCount("checkpoint_saved", killed) > stored
          }
          try await Task.sleep(for: .milliseconds(Int.random(in: 0...60)))
          worker.send(SIGKILL)
          _ = try await worker.waitUntilEnded()
          // The next one finds the lease over.
          worker = try rig.worker("w\(kill)", lease: 1, kill % 2 == 0 ? ["--threads", "1"] : [])
          _ = try await rig.query("UPDATE quern.worker SET lease_until = '-infinity' WHERE name = 'w\(kill - 1)'")
        }
        try await rig.waitUntilFinished(within: .seconds(300))
        let job = try await rig.job(killed)
        #expect(job.state == .succeeded && job.failures == 0, "\(job.error?.text ?? "")")
        #expect(Int(job.attempt) > 1, "no kill hit the run")
        Report.say("fine-tune killed \(Self.kills) times: \(job.attempt) attempts")
        let weights = try await ["calm", "killed"].asyncMap { try await rig.adapterWeights($0) }
        #expect(weights[0] == weights[1])
        #expect(try await rig.job(calm).attempt == 1)
      }
    }

    @Test func `that is paused, adjusted and resumed goes on where it was, and tells it`() async throws {
      try await Rig.run(models: ["stories": Models.stories]) { rig in
        try await rig.importPlays()
        _ = try rig.worker("w")
        let id = try await rig.finetune(Self.parameters, named: "steered")
        try await eventually("a checkpoint is stored") { try await rig.eventCount("checkpoint_saved", id) > 0 }
        try await rig.quern("pause", "\(id.rawValue)")
        try await eventually("the job is paused") { try await rig.job(id).state == .paused }
        try await rig.quern("adjust", "\(id.rawValue)", "learning_rate=0.0005")
        // The epochs do not count beside max_steps.
        try await rig.quern("adjust", "\(id.rawValue)", "num_train_epochs=1")
        try await rig.quern("resume", "\(id.rawValue)")
        try await rig.waitUntilFinished()
        let job = try await rig.job(id)
        #expect(job.state == .succeeded && job.failures == 0)
        let changed = try await rig.number(
          "SELECT count(*) FROM quern.event WHERE job = \(id.rawValue) AND type = 'hyperparameter_changed'"
        )
        #expect(changed >= 1)
        let applied = try await rig.number(
          "SELECT count(*) FROM quern.adjustment WHERE job = \(id.rawValue) AND applied_step > 0"
        )
        #expect(applied == 1)
        #expect(try await rig.eventCount("hyperparameter_refused", id) == 1)
      }
    }

    @Test func `makes an adapter that generates at once, and leaves its base as it was`() async throws {
      try await Rig.run(models: ["stories": Models.stories]) { rig in
        try await rig.importPlays()
        _ = try rig.worker("w")
        let id = try await rig.finetune(Self.parameters, named: "bard")
        try await rig.waitUntilFinished()
        let result = try #require(try await rig.job(id).result)
        #expect(result["model"] == "stories@1+bard@1")
        let losses = (result["log_history"]?.array ?? []).compactMap { $0["eval_loss"]?.double }
        #expect(losses.count >= 2 && losses[losses.count - 1] < losses[0])
        let texts = try await ["stories", "stories+bard", "bard"].asyncMap { model in
          let request: JSONValue = [
            "model": .string(model), "prompt": "Once upon a time", "max_tokens": 40, "temperature": 0,
          ]
          let job = try await rig.submit([request])[0]
          try await rig.waitUntilFinished()
          return try await rig.job(job).result?["choices"]?.array?.first?["text"]?.string
        }
        #expect(texts[0] != texts[1] && texts[1] == texts[2])
        #expect(texts[0]?.hasPrefix(", there was a little girl named Lily") == true, "\(texts[0] ?? "")")
      }
    }

    @Test func `teaches a poet of Tang to write as hotel guests do, and leaves the poet as it was`() async throws {
      try await Rig.run(models: ["poet": Models.poems]) { rig in
        let rows = try await Self.importReviews(rig)
        #expect(rows > 500)
        _ = try rig.worker("w")
        let prompts = ["主题：明月 体裁：五绝\n", "房间"]
        let before = try await prompts.asyncMap { try await Self.answer(rig, "poet", $0) }
        let id = try await rig.finetune(Self.parameters, named: "guest", Self.reviewParameters)
        try await rig.waitUntilFinished()
        let result = try #require(try await rig.job(id).result)
        let losses = (result["log_history"]?.array ?? []).compactMap { $0["eval_loss"]?.double }
        let (first, last) = (try #require(losses.first), try #require(losses.last))
        #expect(last < 0.9 * first, "\(losses)")
        let adapted = try await prompts.asyncMap { try await Self.answer(rig, "poet+guest", $0) }
        Report.say("fine-tune of the poet: eval loss \(first) to \(last); \(before) became \(adapted)")
        for (poem, review) in zip(before, adapted) { #expect(poem != review) }
        #expect(try await prompts.asyncMap { try await Self.answer(rig, "poet", $0) } == before)
      }
    }

    @Test func `of a GGUF file makes a whole model with a tokenizer of its own`() async throws {
      try await Rig.run(models: ["stories": Models.quantizedStories]) { rig in
        try await rig.importPlays()
        _ = try rig.worker("w")
        let id = try await rig.finetune(
          Self.parameters,
          named: "bard",
          ["r": .null, "lora_dropout": .null, "target_modules": .null, "max_steps": 4]
        )
        try await rig.waitUntilFinished()
        let job = try await rig.job(id)
        #expect(job.result?["model"] == "bard@1", "\(job.error?.text ?? "")")
        let request: JSONValue = ["model": "bard", "prompt": "Once upon a time", "max_tokens": 8, "temperature": 0]
        let answer = try await rig.submit([request])[0]
        try await rig.waitUntilFinished()
        let text = try await rig.job(answer).result?["choices"]?.array?.first?["text"]?.string
        #expect(text?.hasPrefix(", ") == true, "\(text ?? "")")
        let directory = rig.directory + "/bard"
        try await rig.quern("model", "export", "bard", directory)
        #expect(FileManager.default.fileExists(atPath: directory + "/tokenizer.model"))
      }
    }

    @Test func `goes on with an adapter, trains whole models, keeps the best, and says its price before`() async throws
    {
      try await Rig.run(models: ["stories": Models.stories]) { rig in
        try await rig.importPlays()
        _ = try rig.worker("w")
        _ = try await rig.finetune(Self.parameters, named: "first")
        try await rig.waitUntilFinished()
        let variants: [(name: String, changes: JSONObject)] = [
          ("second", ["r": .null, "lora_dropout": .null, "target_modules": .null, "adapter": "first", "max_steps": 4]),
          ("whole", ["r": .null, "lora_dropout": .null, "target_modules": .null, "max_steps": 4, "packing": true]),
          ("best", ["load_best_model_at_end": true, "save_steps": 16, "early_stopping_patience": 1]),
          ("price", ["dry_run": true]),
        ]
        var results: [JSONValue] = []
        for variant in variants {
          let id = try await rig.finetune(Self.parameters, named: variant.name, variant.changes)
          try await rig.waitUntilFinished()
          let job = try await rig.job(id)
          try #require(job.state == .succeeded, "\(variant.name): \(job.error?.text ?? "")")
          results.append(try #require(job.result))
        }
        #expect(results[0]["model"] == "stories@1+second@1" && results[0]["steps"] == 4)
        #expect(results[1]["model"] == "whole@1" && results[1]["base"] == "stories@1")
        #expect(results[2]["best_step"]?.integer.map { $0 % 8 == 0 } == true)
        #expect((results[3]["peak_memory_bytes"]?.integer ?? 0) > 1 << 20)
        let text = try await rig.submit([["model": "whole", "prompt": "Once", "max_tokens": 4]])[0]
        try await rig.waitUntilFinished()
        #expect(try await rig.job(text).state == .succeeded)
      }
    }

    private static let reviewParameters: JSONObject = [
      "model": "poet", "dataset": "reviews", "r": 16, "lora_alpha": 32, "lora_dropout": 0.1, "learning_rate": 0.003,
      "lr_scheduler_type": "cosine", "max_steps": 100, "per_device_train_batch_size": 16, "save_strategy": "no",
      "save_steps": nil, "save_total_limit": nil, "logging_steps": 25, "eval_steps": 50, "eval_on_start": true,
    ]

    /// Sentences of guests, readers and buyers, as one dataset; of those characters that the poet has a token for, but for
    /// one in twenty.
    /// - Returns: how many there are.
    private static func importReviews(_ rig: Rig) async throws -> Int {
      let tokenizer = try SharedData.json("models/zh-poem-750k/tokenizer.json")
      let known = Set(try #require(tokenizer["model"]?["vocab"]?.object).keys)
      let reviews = try SharedData.lines("text/chnsenticorp_train.jsonl").compactMap { $0["text"]?.string }
      let sentences = reviews.flatMap { $0.matches(of: /[^。！？\n]{8,80}[。！？]/).map { String($0.output) } }
      let legible = sentences.filter { sentence in
        20 * sentence.count { !known.contains(String($0)) } <= sentence.count
      }
      let lines = legible.map { JSONValue.object(["text": .string($0)]).text + "\n" }
      let file = rig.directory + "/reviews.jsonl"
      try lines.joined().write(toFile: file, atomically: true, encoding: .utf8)
      try await rig.quern("dataset", "import", file, "--name", "reviews")
      return lines.count
    }

    /// The likeliest continuation without unknown characters, which the poet likes most of all.
    private static func answer(_ rig: Rig, _ model: String, _ prompt: String) async throws -> String {
      let request: JSONValue = [
        "model": .string(model), "prompt": .string(prompt), "max_tokens": 40, "temperature": 0,
        "logit_bias": ["0": -100],
      ]
      let job = try await rig.submit([request])[0]
      try await rig.waitUntilFinished()
      return try #require(try await rig.job(job).result?["choices"]?.array?.first?["text"]?.string)
    }
  }
}

extension Array {
  fileprivate func asyncMap<Result>(_ transform: (Element) async throws -> Result) async rethrows -> [Result] {
    var results: [Result] = []
    for element in self { results.append(try await transform(element)) }
    return results
  }
}
