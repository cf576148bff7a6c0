import JSON

extension FinetuneParameters {
  package static let rules: [ParameterRule] =
    nameRules + loraRules + precisionRules + stepRules + rowRules + evaluationRules + bestRules + scheduleRules
    + layerRules

  private static func rule(
    _ name: String,
    _ requirement: String,
    _ message: String,
    isMet: @escaping @Sendable (JSONObject) -> Bool
  ) -> ParameterRule {
    ParameterRule(kind, name, requirement: requirement, message: message, isMet: isMet)
  }

  private static let nameRules: [ParameterRule] = [
    rule(
      "name",
      "p ->> 'name' IS NULL OR p ->> 'name' ~ '^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$'",
      "\"name\" must have 1 to 100 letters, digits, \".\", \"_\" or \"-\", and start with a letter or digit"
    ) { $0.text("name").map { OutputName($0) != nil } ?? true },
    rule(
      "output_dir",
      """
      p ->> 'name' IS NOT NULL OR coalesce(substring(p ->> 'output_dir' FROM '([^/]+)/*$'), '.') \
      ~ '^([A-Za-z0-9][A-Za-z0-9._-]{0,99}|[.]{1,2})$'
      """,
      """
      the last part of "output_dir" names the result, and must have 1 to 100 letters, digits, ".", "_" or "-" then; \
      give another, or a "name"
      """
    ) { members in
      guard !members.has("name"), let last = members.text("output_dir")?.split(separator: "/").last else { return true }
      return [".", ".."].contains(last) || OutputName(String(last)) != nil
    },
  ]

  private static let ofAdapter = [
    "r", "lora_alpha", "lora_dropout", "target_modules", "use_rslora", "modules_to_save",
  ]

  private static let loraRules: [ParameterRule] =
    ofAdapter.map(settledByAdapter) + ofAdapter.dropFirst().map(belongingToLoRA)
    + [
      rule(
        "frozen",
        "p ->> 'r' IS NULL AND p ->> 'adapter' IS NULL OR coalesce(nullif(p -> 'frozen', 'null'), '[]') = '[]'",
        "\"frozen\" says which weights stay in full training; with LoRA all do, and target_modules says where it learns"
      ) { !$0.has("r") && !$0.has("adapter") || $0["frozen"]?.array?.isEmpty ?? true }
    ]

  private static func settledByAdapter(_ name: String) -> ParameterRule {
    rule(
      name,
      "p ->> 'adapter' IS NULL OR p ->> '\(name)' IS NULL",
      "\"\(name)\" is settled by the adapter that goes on; leave it out, or leave \"adapter\" out to begin a new one"
    ) { !$0.has("adapter") || !$0.has(name) }
  }

  private static func belongingToLoRA(_ name: String) -> ParameterRule {
    rule(
      name,
      "p ->> '\(name)' IS NULL OR p ->> 'r' IS NOT NULL",
      "\"\(name)\" belongs to LoRA: give \"r\" too, 8 for example, or leave it out to train all weights"
    ) { !$0.has(name) || $0.has("r") }
  }

  private static let ofLayers = ["rank_pattern", "alpha_pattern", "layers_to_transform", "layers_pattern"]

  private static let layerRules: [ParameterRule] =
    ofLayers.map(settledByAdapter) + ofLayers.map(belongingToLoRA)
    + [
      rule(
        "layers_to_transform",
        """
        p ->> 'layers_to_transform' IS NULL OR p ->> 'target_modules' = 'all-linear' \
        OR jsonb_typeof(p -> 'target_modules') IS DISTINCT FROM 'string'
        """,
        """
        "layers_to_transform" goes with a list of target_modules; a regular expression says the layers itself: \
        ".*[.](0|1|2)[.].*q_proj"
        """
      ) { members in
        !members.has("layers_to_transform") || [nil, "all-linear"].contains(members.text("target_modules"))
      },
      rule(
        "layers_pattern",
        "coalesce(nullif(p -> 'layers_pattern', 'null'), '[]') = '[]' OR p ->> 'layers_to_transform' IS NOT NULL",
        "\"layers_pattern\" says where the numbers of layers_to_transform stand; give that too"
      ) { members in
        !members.has("layers_pattern") || members["layers_pattern"] == [] || members.has("layers_to_transform")
      },
    ]

  private static let precisionRules: [ParameterRule] = [
    rule(
      "fp16",
      "p -> 'fp16' IS DISTINCT FROM 'true' OR p -> 'bf16' IS DISTINCT FROM 'true'",
      "\"fp16\" and \"bf16\" are two ways to compute in 16 bits; leave one out"
    ) { $0["fp16"] != true || $0["bf16"] != true },
    rule(
      "precision",
      "p ->> 'precision' IS DISTINCT FROM 'f32' OR (p -> 'bf16' IS DISTINCT FROM 'true' AND p -> 'fp16' IS DISTINCT FROM 'true')",
      "\"precision\" f32 contradicts bf16 and fp16; leave one of them out"
    ) { $0["precision"] != "f32" || ($0["bf16"] != true && $0["fp16"] != true) },
  ]

  private static let stepRules: [ParameterRule] =
    ["warmup_steps", "logging_steps", "eval_steps", "save_steps"].map { name in
      rule(
        name,
        "coalesce((p ->> '\(name)')::numeric, 0) < 1 OR (p ->> '\(name)')::numeric % 1 = 0",
        "\"\(name)\" must be a whole number of steps, or a share of all steps below 1"
      ) { members in
        guard let steps = members[name]?.double else { return true }
        return steps < 1 || steps.rounded() == steps
      }
    } + [
      rule(
        "gradient_accumulation_steps",
        """
        coalesce((p ->> 'gradient_accumulation_steps')::numeric, 1) \
        * coalesce((p ->> 'per_device_train_batch_size')::numeric, 8) <= 1048576
        """,
        "\"gradient_accumulation_steps\" times per_device_train_batch_size must be at most 1048576 rows; make one smaller"
      ) { members in
        (members["gradient_accumulation_steps"]?.double ?? 1) * (members["per_device_train_batch_size"]?.double ?? 8)
          <= 1_048_576
      }
    ]

  private static let rowRules: [ParameterRule] = [
    rule(
      "max_length",
      "p -> 'packing' IS DISTINCT FROM 'true' OR NOT p ? 'max_length' OR p ->> 'max_length' IS NOT NULL",
      "\"max_length\" is the length of packed rows, so that it cannot be null with packing; give a number of tokens"
    ) { $0["packing"] != true || $0["max_length"] != .null },
    rule(
      "group_by_length",
      """
      p -> 'group_by_length' IS DISTINCT FROM 'true' \
      OR coalesce(p ->> 'train_sampling_strategy', 'group_by_length') = 'group_by_length'
      """,
      "\"group_by_length\" contradicts train_sampling_strategy; leave one of them out"
    ) { members in
      members["group_by_length"] != true
        || members.text("train_sampling_strategy", or: "group_by_length") == "group_by_length"
    },
    rule(
      "eval_split",
      "p ->> 'eval_split' IS NULL OR p ->> 'eval_dataset' IS NULL",
      "\"eval_split\" keeps rows of the dataset for evaluation, for which eval_dataset has its own; leave one of them out"
    ) { !$0.has("eval_split") || !$0.has("eval_dataset") },
  ]

  private static let needsRows = "(p ->> 'eval_dataset' IS NOT NULL OR p ->> 'eval_split' IS NOT NULL)"
  private static let evaluates = "coalesce(p ->> 'eval_strategy', 'no') <> 'no'"

  private static let evaluationRules: [ParameterRule] = [
    rule(
      "eval_strategy",
      "coalesce(p ->> 'eval_strategy', 'no') = 'no' OR \(needsRows)",
      "\"eval_strategy\" needs rows to evaluate on: give eval_dataset, or \"eval_split\": 0.1 to keep some of the dataset"
    ) { !$0.evaluates || $0.hasEvaluationRows },
    rule(
      "eval_on_start",
      "p -> 'eval_on_start' IS DISTINCT FROM 'true' OR \(needsRows)",
      "\"eval_on_start\" needs rows to evaluate on: give eval_dataset, or \"eval_split\": 0.1 to keep some of the dataset"
    ) { $0["eval_on_start"] != true || $0.hasEvaluationRows },
    needsEvaluations("load_best_model_at_end", "p -> 'load_best_model_at_end' IS DISTINCT FROM 'true'") {
      $0["load_best_model_at_end"] != true
    },
    needsEvaluations("early_stopping_patience", "p ->> 'early_stopping_patience' IS NULL") {
      !$0.has("early_stopping_patience")
    },
    needsEvaluations("save_strategy", "p ->> 'save_strategy' IS DISTINCT FROM 'best'", called: "\"save_strategy\" best")
    {
      $0["save_strategy"] != "best"
    },
    needsEvaluations(
      "lr_scheduler_type",
      "p ->> 'lr_scheduler_type' IS DISTINCT FROM 'reduce_lr_on_plateau'",
      called: "\"lr_scheduler_type\" reduce_lr_on_plateau"
    ) { $0["lr_scheduler_type"] != "reduce_lr_on_plateau" },
    rule(
      "early_stopping_threshold",
      "coalesce((p ->> 'early_stopping_threshold')::numeric, 0) = 0 OR p ->> 'early_stopping_patience' IS NOT NULL",
      "\"early_stopping_threshold\" belongs to early_stopping_patience, which says after how many evaluations to stop"
    ) { ($0["early_stopping_threshold"]?.double ?? 0) == 0 || $0.has("early_stopping_patience") },
  ]

  private static func needsEvaluations(
    _ name: String,
    _ unless: String,
    called words: String? = nil,
    isNotAsked: @escaping @Sendable (JSONObject) -> Bool
  ) -> ParameterRule {
    let words = words ?? "\"\(name)\""
    return rule(
      name,
      "\(unless) OR \(evaluates)",
      "\(words) needs evaluations: give \"eval_strategy\": \"epoch\", and eval_dataset or \"eval_split\": 0.1"
    ) { isNotAsked($0) || $0.evaluates }
  }

  private static let bestRules: [ParameterRule] = [
    rule(
      "load_best_model_at_end",
      """
      p -> 'load_best_model_at_end' IS DISTINCT FROM 'true' OR p ->> 'save_strategy' = 'best' \
      OR coalesce(p ->> 'save_strategy', 'steps') = p ->> 'eval_strategy' AND (p ->> 'eval_strategy' = 'epoch' \
      OR (SELECT s.saved = s.seen OR s.saved >= 1 AND s.seen >= 1 AND s.saved % s.seen = 0 \
      FROM (SELECT coalesce((p ->> 'save_steps')::numeric, 500) AS saved, \
      coalesce((p ->> 'eval_steps')::numeric, (p ->> 'logging_steps')::numeric, 10) AS seen) AS s))
      """,
      """
      "load_best_model_at_end" can only bring back what was saved: let save_strategy be as eval_strategy, and save_steps a \
      multiple of eval_steps, or let save_strategy be best
      """
    ) { $0["load_best_model_at_end"] != true || $0.savesWhatItEvaluates },
    rule(
      "greater_is_better",
      """
      p ->> 'greater_is_better' IS NULL \
      OR (p -> 'greater_is_better' = 'true') = (coalesce(p ->> 'metric_for_best_model', 'loss') LIKE '%accuracy')
      """,
      "\"greater_is_better\" is true for mean_token_accuracy and false for loss and perplexity; leave it out"
    ) { members in
      guard let greater = members["greater_is_better"]?.bool else { return true }
      return greater == members.text("metric_for_best_model", or: "loss").hasSuffix("accuracy")
    },
  ]

  private static let scheduleRules: [ParameterRule] = [
    rule(
      "lr_scheduler_kwargs",
      """
      coalesce(nullif(p -> 'lr_scheduler_kwargs', 'null'), '{}') - CASE coalesce(p ->> 'lr_scheduler_type', 'linear') \
      \(takenCases) ELSE '{}'::text[] END = '{}'
      """,
      "\"lr_scheduler_kwargs\" has a member that this lr_scheduler_type does not take; leave it out, or choose another type"
    ) { members in
      let shape = ScheduleParameters.Shape(rawValue: members.text("lr_scheduler_type", or: "linear")) ?? .linear
      let taken = ScheduleArguments.taken(by: shape)
      return (members["lr_scheduler_kwargs"]?.object?.keys ?? []).allSatisfy { taken.contains($0) }
    },
    rule(
      "lr_scheduler_kwargs",
      """
      coalesce(p ->> 'lr_scheduler_type', 'linear') NOT IN ('cosine_with_min_lr', 'cosine_warmup_with_min_lr') \
      OR (p #>> '{lr_scheduler_kwargs,min_lr}' IS NULL) <> (p #>> '{lr_scheduler_kwargs,min_lr_rate}' IS NULL)
      """,
      "\"lr_scheduler_kwargs\" must hold min_lr or min_lr_rate, and not both, for a cosine with a minimum"
    ) { members in
      guard ["cosine_with_min_lr", "cosine_warmup_with_min_lr"].contains(members.text("lr_scheduler_type")) else {
        return true
      }
      let arguments = members["lr_scheduler_kwargs"]?.object ?? [:]
      return arguments.has("min_lr") != arguments.has("min_lr_rate")
    },
    rule(
      "lr_scheduler_kwargs",
      """
      p ->> 'lr_scheduler_type' IS DISTINCT FROM 'warmup_stable_decay' \
      OR p #>> '{lr_scheduler_kwargs,num_decay_steps}' IS NOT NULL
      """,
      "\"lr_scheduler_kwargs\" must hold num_decay_steps for warmup_stable_decay"
    ) {
      $0["lr_scheduler_type"] != "warmup_stable_decay"
        || $0["lr_scheduler_kwargs"]?.object?.has("num_decay_steps") == true
    },
  ]

  private static let takenCases = ScheduleParameters.Shape.allCases.compactMap { shape in
    let taken = ScheduleArguments.taken(by: shape)
    return taken.isEmpty ? nil : "WHEN '\(shape.rawValue)' THEN '{\(taken.joined(separator: ","))}'::text[]"
  }.joined(separator: " ")
}

/// What rules ask of parameters whose values fit their schemas.
extension JSONObject {
  /// null is as good as absent.
  fileprivate func has(_ name: String) -> Bool { self[name].map { !$0.isNull } ?? false }

  fileprivate func text(_ name: String) -> String? { self[name]?.string }

  fileprivate func text(_ name: String, or defaultValue: String) -> String { text(name) ?? defaultValue }

  fileprivate var evaluates: Bool { text("eval_strategy", or: "no") != "no" }

  fileprivate var hasEvaluationRows: Bool { has("eval_dataset") || has("eval_split") }

  fileprivate var savesWhatItEvaluates: Bool {
    let saving = text("save_strategy", or: "steps")
    if saving == "best" { return true }
    guard saving == text("eval_strategy") else { return false }
    if saving == "epoch" { return true }
    let saved = self["save_steps"]?.double ?? 500
    let seen = self["eval_steps"]?.double ?? self["logging_steps"]?.double ?? 10
    return saved == seen || (saved >= 1 && seen >= 1 && saved.truncatingRemainder(dividingBy: seen) == 0)
  }
}
