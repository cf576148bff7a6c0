import JSON
import Jobs
import Testing

struct FinetuneParametersTests {
  private func accepted(_ json: JSONValue) throws -> FinetuneParameters {
    try ParameterCheck<FinetuneParameters>().accepted(json)
  }

  @Test func `the snippet that everybody begins with is taken as it is`() throws {
    let job = try accepted([
      "model": "gpt2", "dataset": "my_dataset", "output_dir": "./gpt2-finetuned", "overwrite_output_dir": true,
      "num_train_epochs": 3, "per_device_train_batch_size": 8, "save_steps": 10000, "save_total_limit": 2,
    ])
    #expect(job.name == "gpt2-finetuned")
    #expect(job.batches.epochs == 3 && job.batches.steps == nil && job.batches.trainBatchSize == 8)
    #expect(job.saving.steps == .steps(10000) && job.saving.limit == 2)
    #expect(job.lora == nil && job.precision == .float32)
  }

  @Test func `a script of transformers 4 is taken under its old names`() throws {
    let job = try accepted([
      "model": "gpt2", "dataset": "d", "eval_split": 0.1, "output_dir": "/content/results/",
      "overwrite_output_dir": true,
      "evaluation_strategy": "steps", "eval_steps": 100, "save_steps": 200, "logging_dir": "./logs",
      "logging_steps": 50,
      "report_to": "none", "fp16": true, "warmup_ratio": 0.03, "group_by_length": true, "load_best_model_at_end": true,
      "metric_for_best_model": "eval_loss", "greater_is_better": false, "per_gpu_train_batch_size": 4,
      "optim": "adamw_torch_fused", "lr_scheduler_type": "cosine", "push_to_hub": false, "no_cuda": false,
      "early_stopping_patience": 3, "save_safetensors": true, "dataloader_num_workers": 4,
      "resume_from_checkpoint": nil,
      "gradient_checkpointing_kwargs": ["use_reentrant": false],
    ])
    #expect(job.name == "results" && job.precision == .bfloat16)
    #expect(job.evaluation.strategy == .steps && job.evaluation.rows == .share(0.1))
    #expect(job.schedule.shape == .cosine && job.schedule.warmup == .share(0.03))
    #expect(job.batches.sampling == .byLength && job.batches.trainBatchSize == 4)
    #expect(job.evaluation.earlyStopping?.patience == 3 && job.saving.loadsBestAtEnd)
  }

  @Test func `PEFT's configuration is taken as an object`() throws {
    let job = try accepted([
      "model": "m", "dataset": "d",
      "peft_config": [
        "peft_type": "LORA", "task_type": "CAUSAL_LM", "r": 16, "lora_alpha": 32, "lora_dropout": 0.05, "bias": "none",
        "target_modules": ["q_proj", "v_proj"], "modules_to_save": nil, "inference_mode": false, "use_dora": false,
        "rank_pattern": [:], "layers_to_transform": nil, "init_lora_weights": true,
      ],
    ])
    #expect(job.lora?.rank == 16 && job.lora?.alpha == 32 && job.lora?.dropout == 0.05)
    #expect(job.lora?.targets == .names(["q_proj", "v_proj"]))
  }

  @Test(
    arguments: [
      (3, "layers", [3], ["layers"]), ([0, 2], ["h", "layers"], [0, 2], ["h", "layers"]), ([0], [], [0], []),
      ([], [], nil, []), (nil, nil, nil, []),
    ] as [(JSONValue, JSONValue, [Int]?, [String])]
  )
  func `layers are a number or a list, with a name or names before them`(
    layers: JSONValue,
    pattern: JSONValue,
    numbers: [Int]?,
    names: [String]
  ) throws {
    let job = try accepted([
      "model": "m", "dataset": "d", "r": 4, "layers_to_transform": layers, "layers_pattern": pattern,
      "target_modules": "all-linear",
    ])
    #expect(job.lora?.layers == numbers && job.lora?.layersPattern == names)
  }

  @Test func `an empty object is LoRA with its defaults`() throws {
    #expect(try accepted(["model": "m", "dataset": "d", "lora": [:]]).lora == LoRAParameters())
  }

  @Test(
    arguments: [
      ("all-linear", .allLinear), (".*attn.*", .expression(".*attn.*")), (["q_proj"], .names(["q_proj"])),
    ] as [(JSONValue, LoRAParameters.Targets)]
  )
  func `target_modules is a word, an expression or a list`(value: JSONValue, targets: LoRAParameters.Targets) throws {
    #expect(try accepted(["model": "m", "dataset": "d", "r": 4, "target_modules": value]).lora?.targets == targets)
  }

  @Test(
    arguments: [(10, .steps(10)), (10.0, .steps(10)), (0.1, .share(0.1)), (0, .steps(0))] as [(JSONValue, StepInterval)]
  )
  func `a number of steps below 1 is a share of them`(value: JSONValue, interval: StepInterval) throws {
    #expect(try accepted(["model": "m", "dataset": "d", "warmup_steps": value]).schedule.warmup == interval)
  }

  @Test func `max_length null is no limit, and left out it is 1024`() throws {
    #expect(try accepted(["model": "m", "dataset": "d", "max_length": nil]).examples.maximumLength == nil)
    #expect(try accepted(["model": "m", "dataset": "d"]).examples.maximumLength == 1024)
  }

  @Test func `everything that is set survives the way through JSON`() throws {
    var job = FinetuneParameters(model: "m@1", dataset: "d@2")
    job.name = "poems"
    job.lora = LoRAParameters(rank: 16)
    job.lora?.targets = .allLinear
    job.lora?.savedModules = ["lm_head"]
    job.lora?.rankPattern = ["v_proj": 4, "layers[.]1[.].*": 8]
    job.lora?.alphaPattern = ["v_proj": 0.5]
    job.lora?.layers = [0, 1]
    job.lora?.layersPattern = ["layers"]
    job.precision = .bfloat16
    job.usesGradientCheckpointing = true
    job.seed = UInt64(Int64.max)
    job.isDryRun = true
    job.examples.maximumLength = nil
    job.examples.packs = true
    job.examples.packingStrategy = .wrapped
    job.examples.learnsCompletionsOnly = false
    job.batches.steps = 100
    job.batches.sampling = .sequential
    job.batches.dataSeed = 7
    job.optimizer.method = .sgd
    job.optimizer.maximumGradientNorm = nil
    job.optimizer.noiseAlpha = 5
    job.schedule.shape = .warmupStableDecay
    job.schedule.arguments = ["num_decay_steps": 10]
    job.schedule.warmup = .share(0.1)
    job.evaluation.rows = .dataset("e@1")
    job.evaluation.strategy = .epoch
    job.evaluation.metric = .accuracy
    job.evaluation.greaterIsBetter = true
    job.evaluation.earlyStopping = .init(patience: 2, threshold: 0.5)
    job.saving.strategy = .best
    job.saving.limit = 1
    job.logging.steps = .share(0.01)
    #expect(try FinetuneParameters(json: job.json) == job)
  }

  @Test func `what was given without effect is told, and nothing else`() {
    let remarks = FinetuneParameters.remarks(on: [
      "model": "m@1", "dataset": "d@1", "num_train_epochs": 3, "max_steps": 100, "fp16": true, "tf32": nil,
      "torch_compile": true, "learning_rate": 1e-4, "use_dora": false, "lr_scheduler_type": "constant",
      "warmup_ratio": 0.03, "eval_split": 0.1,
    ])
    #expect(remarks.map(\.name) == ["num_train_epochs", "fp16", "torch_compile", "warmup_ratio", "eval_split"])
    #expect(FinetuneRemark.message(remarks).hasPrefix("num_train_epochs: max_steps says how long the run is; fp16: "))
  }

  @Test func `the result has the names that transformers logs under`() throws {
    let result = FinetuneResult(
      model: "gpt2@1+poems@1",
      base: "gpt2@1",
      dataset: "d@1",
      trainLoss: 2.5,
      steps: 10,
      epochs: 1,
      tokens: 1000,
      runtimeSeconds: 3.5,
      metrics: ["train_loss": 2.5, "eval_loss": 3],
      logHistory: [["step": 10, "loss": 2.5]],
      bestStep: 8
    )
    let expected: JSONValue = [
      "object": "finetune", "model": "gpt2@1+poems@1", "base": "gpt2@1", "dataset": "d@1", "train_loss": 2.5,
      "steps": 10,
      "epochs": 1, "tokens": 1000, "train_runtime": 3.5, "metrics": ["train_loss": 2.5, "eval_loss": 3],
      "log_history": [["step": 10, "loss": 2.5]], "best_step": 8,
    ]
    #expect(try result.json.canonicalText == expected.canonicalText)
  }
}
