import JSON
import Jobs
import Postgres
import Queue
import Testing

/// What a submission of a fine-tune settles: names, datasets, the adapter that goes on.
struct FinetuneSubmissionTests {
  /// `base` and `dataset` beside these.
  private static func submit(_ changes: JSONObject, _ shop: Workshop) async throws -> JSONObject {
    var parameters: JSONObject = ["model": "stories", "dataset": "poems"]
    for (key, value) in changes { parameters[key] = value }
    let queue = JobQueue(shop.alice)
    let id = try await queue.submit(Submission(kind: .finetune, parameters: .object(parameters)))
    return try #require(await queue.show(id)?.parameters?.object)
  }

  @Test(
    arguments: [
      (["r": 8, "lora_alpha": 16], ["r": 8, "lora_alpha": 16]),
      (["peft_config": ["r": 4, "lora_alpha": 16]], ["r": 4, "lora_alpha": 16]),
      (["peft_config": [:]], ["r": 8]), (["lora": ["lora_rank": 2]], ["r": 2]),
      (["lora_config": nil, "r": nil, "eval_steps": nil], [:]), (["max_length": nil], ["max_length": nil]),
      (["lr": 0.001, "epochs": 2], ["learning_rate": 0.001, "num_train_epochs": 2]),
      (["output_dir": "/data/out/bard/"], ["output_dir": "/data/out/bard/", "name": "bard"]),
      (["output_dir": "./"], ["output_dir": "./"]),
      (["output_dir": "out/x", "name": "bard"], ["output_dir": "out/x", "name": "bard"]),
      (["dataset": "poems@1", "eval_dataset": "poems"], ["eval_dataset": "poems@1"]),
    ] as [(JSONObject, JSONObject)]
  )
  func `parameters are stored under one name, without nulls, and with what names mean now`(
    given: JSONObject,
    stored: JSONObject
  ) async throws {
    try await Workshop.run { shop in
      var expected: JSONObject = ["model": "stories@1", "dataset": "poems@1"]
      for (key, value) in stored { expected[key] = value }
      let settled = try await Self.submit(given, shop)
      #expect(JSONValue.object(settled).canonicalText == JSONValue.object(expected).canonicalText)
    }
  }

  @Test(
    arguments: [
      (["peft_config": 8], "invalid_value", "object of LoRA's parameters"),
      (["peft_config": ["r": 4], "r": 8], "invalid_value", #""r" is given twice"#),
      (["lora": ["rank": 4]], "unknown_parameter", "rank"), (["dataset": "poem"], "dataset_not_found", "poems"),
      (["dataset": "poems@2"], "dataset_not_found", "the newest is poems@1"),
      (["eval_dataset": "none"], "dataset_not_found", "there are: poems"),
      (["model": "storis"], "model_not_found", "stories"), (["r": 0], "invalid_value", "1 to 4096"),
      (["adapter": "none"], "adapter_not_found", "there are none yet"),
      (["name": "stories", "r": 4], "invalid_value", "belongs to somebody else"),
      (["output_dir": "out/stories"], "invalid_value", #"another "name""#),
      (["eval_strategy": "steps"], "invalid_value", "needs rows to evaluate on"),
      (["hub_token": "hf_secret"], "invalid_value", "a token must not be stored"),
    ] as [(JSONObject, String, String)]
  )
  func `what cannot be trained is refused before it waits for a worker`(
    given: JSONObject,
    code: String,
    words: String
  ) async throws {
    try await Workshop.run { shop in
      let error = await #expect(throws: QueueError.self) { try await Self.submit(given, shop) }
      let refusal = try #require(error?.refusal)
      #expect(refusal.code == code && refusal.message.contains(words), "\(refusal)")
      #expect(!refusal.message.contains("hf_secret"))
      #expect(try await shop.fixture.number("SELECT count(*) FROM quern.job") == 0)
    }
  }

  @Test func `an adapter goes on to learn, however it is named`() async throws {
    try await Workshop.run { shop in
      try await shop.make("bard", by: shop.alice)
      for given in [
        ["adapter": "bard"], ["model": "stories+bard"], ["model": "bard"], ["model": "stories@1+bard@1"],
      ] as [JSONObject] {
        let stored = try await Self.submit(given, shop)
        #expect(stored["model"] == "stories@1" && stored["adapter"] == "bard@1", "\(given)")
      }
      for (given, words) in [
        (["model": "bard", "adapter": "bard"], "names an adapter already"),
        (["adapter": "bard", "r": 4], "adapter"), (["name": "bard"], "full training makes a model"),
      ] as [(JSONObject, String)] {
        let error = await #expect(throws: QueueError.self) { try await Self.submit(given, shop) }
        #expect(error?.refusal?.message.contains(words) == true, "\(given): \(String(describing: error))")
      }
      // The same name again is the next version.
      #expect(try await Self.submit(["r": 4, "name": "bard"], shop)["name"] == "bard")
    }
  }

  @Test func `the shorthand takes parameters and arguments, and no NULL`() async throws {
    try await Workshop.run { shop in
      let id: Int64 = try await shop.alice.query(
        #"SELECT quern.finetune('stories', 'poems', '{"r": 4, "priority": 7, "metadata": {"ticket": 1}}')"#
      ).onlyRow.decode(0)
      let job = try #require(await JobQueue(shop.alice).show(JobID(rawValue: id)))
      #expect(job.kind == .finetune && job.priority == 7 && job.metadata == ["ticket": 1])
      #expect(job.parameters == ["r": 4, "model": "stories@1", "dataset": "poems@1"])
      for (call, param) in [("NULL, 'poems'", "model"), ("'stories', NULL", "dataset")] {
        let refusal = try await shop.refusal("quern.finetune(\(call))", shop.alice)
        #expect(refusal?.code == "missing_parameter" && refusal?.param == param)
      }
    }
  }

  @Test func `a fine-tune is paused, changed and resumed, and what is settled stays`() async throws {
    try await Workshop.run { shop in
      let queue = JobQueue(shop.alice)
      let parameters: JSONValue = ["model": "stories", "dataset": "poems", "r": 4]
      let id = try await queue.submit(Submission(kind: .finetune, parameters: parameters))
      #expect(try await queue.pause(id) == .paused)
      #expect(try await shop.worker.claim([.finetune: 1], running: 0).isEmpty)
      #expect(try await queue.adjust(id, ["lr": 0.001, "epochs": 5]) == .paused)
      for (changes, words) in [
        (["r": 8], "these can: "), (["dataset": "other"], "cannot be adjusted"), (["learning_rat": 1], "learning_rate"),
        (["learning_rate": 11], "up to 10"), (["save_total_limit": 0], "from 1"),
      ] as [(JSONValue, String)] {
        let error = await #expect(throws: QueueError.self) { try await queue.adjust(id, changes) }
        #expect(error?.refusal?.message.contains(words) == true, "\(String(describing: error))")
      }
      #expect(try await queue.resume(id) == .queued)
      let job = try #require(await shop.worker.claim([.finetune: 1], running: 0).first)
      #expect(
        try await shop.worker.adjustments(of: job.attemptID)
          == [JobAdjustment(sequence: 1, changes: ["learning_rate": 0.001, "num_train_epochs": 5])]
      )
    }
  }
}
