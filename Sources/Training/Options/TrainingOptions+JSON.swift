package import JSON

extension TrainingOptions {
  /// By the names of transformers, in one order: what a checkpoint says about the run it belongs to.
  package var json: JSONObject {
    var object: JSONObject = [
      "per_device_train_batch_size": JSONValue(batches.trainBatchSize),
      "per_device_eval_batch_size": JSONValue(batches.evaluationBatchSize),
      "gradient_accumulation_steps": JSONValue(batches.accumulation),
      "dataloader_drop_last": .bool(batches.dropsLast),
      "train_sampling_strategy": .string(batches.sampling.rawValue),
      "data_seed": batches.seed.map { JSONValue.string("\($0)") } ?? .null,
      // As text: seeds have 64 bits without a sign.
      "seed": .string("\(seed)"),
      "learning_rate": .number(optimizer.learningRate),
      "weight_decay": .number(optimizer.weightDecay),
      "max_grad_norm": .number(optimizer.maximumGradientNorm ?? 0),
      "lr_scheduler_type": .string(schedule.shape.name),
      "lr_scheduler_kwargs": .object(schedule.shape.arguments),
      "warmup_steps": .number(schedule.warmup),
      "label_smoothing_factor": .number(regularisation.labelSmoothing),
      "neftune_noise_alpha": regularisation.noiseAlpha.map { .number($0) } ?? .null,
      "logging_first_step": .bool(logging.logsFirstStep),
      "eval_delay": .number(evaluation.delay),
      "eval_on_start": .bool(evaluation.runsAtStart),
      "metric_for_best_model": evaluation.best.map { .string($0.metric.rawValue) } ?? .null,
      "greater_is_better": evaluation.best.map { .bool($0.greaterIsBetter) } ?? .null,
      "early_stopping_patience": evaluation.earlyStopping.map { JSONValue($0.patience) } ?? .null,
      "early_stopping_threshold": evaluation.earlyStopping.map { .number($0.threshold) } ?? .null,
      "save_total_limit": saving.limit.map { JSONValue($0) } ?? .null,
      "load_best_model_at_end": .bool(saving.loadsBestAtEnd),
    ]
    if let steps = length.steps {
      object["max_steps"] = JSONValue(steps)
    } else {
      object["num_train_epochs"] = .number(length.epochs)
    }
    switch optimizer.method {
    case .adamW(let beta1, let beta2, let epsilon):
      object["optim"] = "adamw_torch"
      object["adam_beta1"] = .number(beta1)
      object["adam_beta2"] = .number(beta2)
      object["adam_epsilon"] = .number(epsilon)
    case .sgd: object["optim"] = "sgd"
    }
    object.add(logging.interval, as: "logging")
    object.add(evaluation.interval, as: "eval")
    switch saving.moment {
    case .interval(let interval): object.add(interval, as: "save")
    case .best: object["save_strategy"] = "best"
    }
    return object
  }
}

extension JSONObject {
  fileprivate mutating func add(_ interval: Interval, as prefix: String) {
    switch interval {
    case .never: self[prefix + "_strategy"] = "no"
    case .epoch: self[prefix + "_strategy"] = "epoch"
    case .steps(let steps):
      self[prefix + "_strategy"] = "steps"
      self[prefix + "_steps"] = .number(steps)
    }
  }
}
