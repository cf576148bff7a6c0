import JSON
import Jobs
import Testing

struct FinetuneTableTests {
  @Test(
    arguments: [
      HuggingFaceFields.transformers5, HuggingFaceFields.transformers4, HuggingFaceFields.peft, HuggingFaceFields.trl,
    ]
  )
  func `every field of the real packages is in one of the lists`(fields: [String]) {
    let known = Set(FinetuneParameters.descriptions.flatMap { [$0.name] + $0.aliases })
    #expect(fields.filter { !known.contains($0) } == [])
  }

  @Test func `no name means two things`() {
    let names = FinetuneParameters.descriptions.flatMap { [$0.name] + $0.aliases }
    #expect(Dictionary(grouping: names, by: \.self).filter { $1.count > 1 }.keys.sorted() == [])
  }

  @Test(arguments: FinetuneParameters.table.filter { $0.standing != .honoured })
  func `what has no effect or is not available says why, in a clause`(row: FinetuneParameter) {
    let reason =
      switch row.standing {
      case .honoured: ""
      case .implied(let reason), .refused(let reason): reason
      }
    #expect(reason.count > 15 && !reason.hasSuffix("."))
    #expect(row.description.defaultValue == nil && !row.description.adjustable && !row.description.required)
  }

  @Test func `the parameters that may change while a run lasts are those of the trainer that have a schema`() {
    #expect(
      Set(FinetuneParameters.descriptions.filter(\.adjustable).map(\.name)) == [
        "learning_rate", "max_steps", "num_train_epochs", "weight_decay", "max_grad_norm", "logging_steps",
        "eval_steps",
        "save_steps", "save_total_limit", "early_stopping_patience", "early_stopping_threshold",
      ]
    )
  }

  @Test func `a job with nothing but model and dataset has the described defaults`() throws {
    let job = try FinetuneParameters(json: ["model": "m@1", "dataset": "d@1"])
    #expect(job == FinetuneParameters(model: "m@1", dataset: "d@1"))
    var members: JSONObject = ["model": "m@1", "dataset": "d@1", "r": 8]
    for row in FinetuneParameters.descriptions { members[row.name] = members[row.name] ?? row.defaultValue }
    var expected = job
    expected.lora = LoRAParameters()
    #expect(try FinetuneParameters(json: .object(members)) == expected)
  }

  @Test func `the defaults are those of the real classes, but for logging_steps`() {
    // transformers 5.24.0, peft 0.21.2 and trl 1.16.0, read from the classes; JSON as Python writes it.
    let real: JSONObject = [
      "num_train_epochs": 3.0, "max_steps": -1, "per_device_train_batch_size": 8, "per_device_eval_batch_size": 8,
      "gradient_accumulation_steps": 1, "dataloader_drop_last": false, "train_sampling_strategy": "random",
      "learning_rate": 5e-5, "weight_decay": 0.0, "adam_beta1": 0.9, "adam_beta2": 0.999, "adam_epsilon": 1e-8,
      "max_grad_norm": 1.0, "label_smoothing_factor": 0.0, "lr_scheduler_type": "linear", "warmup_steps": 0,
      "warmup_ratio": 0.0, "bf16": false, "fp16": false, "eval_strategy": "no", "eval_delay": 0, "eval_on_start": false,
      "logging_strategy": "steps", "logging_first_step": false, "save_strategy": "steps", "save_steps": 500,
      "load_best_model_at_end": false, "seed": 42, "lora_alpha": 8, "lora_dropout": 0.0, "use_rslora": false,
      "dataset_text_field": "text", "max_length": 1024, "packing": false, "packing_strategy": "bfd",
      "assistant_only_loss": false,
    ]
    for (name, value) in real {
      let row = FinetuneParameters.descriptions.first { $0.name == name }
      #expect(row?.defaultValue == value, "\(name)")
    }
  }
}
