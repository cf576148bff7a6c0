import JSON
import Testing

/// Parameters that no run can be made of, and what is said about them.
struct WrongFinetune: Sendable, CustomTestStringConvertible {
  let parameters: JSONValue
  let code: String
  let param: String
  let message: String

  var testDescription: String { parameters.text }

  private init(
    _ given: JSONObject,
    _ param: String,
    _ message: String,
    code: String = "invalid_value"
  ) {
    var members: JSONObject = ["model": "gpt2", "dataset": "poems"]
    for (name, value) in given { members[name] = value }
    parameters = .object(members)
    self.param = param
    self.message = message
    self.code = code
  }

  static let all: [WrongFinetune] = names + values + lora + evaluation + schedules + unavailable
}

extension WrongFinetune {
  private static let names: [WrongFinetune] = [
    WrongFinetune(
      ["learning_rat": 1e-4],
      "learning_rat",
      "the kind \"finetune\" has no parameter \"learning_rat\"; did you mean \"learning_rate\"?",
      code: "unknown_parameter"
    ),
    WrongFinetune(
      ["weight_decay_rate": 0.1],
      "weight_decay_rate",
      "the kind \"finetune\" has no parameter \"weight_decay_rate\"; none of the 215 there are is spelled like it",
      code: "unknown_parameter"
    ),
    WrongFinetune(
      ["banana": 1],
      "banana",
      "the kind \"finetune\" has no parameter \"banana\"; none of the 215 there are is spelled like it",
      code: "unknown_parameter"
    ),
    WrongFinetune(
      ["name": "my poems"],
      "name",
      "\"name\" must have 1 to 100 letters, digits, \".\", \"_\" or \"-\", and start with a letter or digit"
    ),
    WrongFinetune(
      ["output_dir": "./my results/"],
      "output_dir",
      "the last part of \"output_dir\" names the result, and must have 1 to 100 letters, digits, \".\", \"_\" or \"-\" then; give another, or a \"name\""
    ),
    WrongFinetune(
      ["per_device_train_batch_size": 8, "per_gpu_train_batch_size": 8],
      "per_device_train_batch_size",
      "\"per_gpu_train_batch_size\" is another name of \"per_device_train_batch_size\": give one of them"
    ),
  ]

  private static let values: [WrongFinetune] = [
    WrongFinetune(["learning_rate": "5e-5"], "learning_rate", "\"learning_rate\" must be a number above 0, up to 10"),
    WrongFinetune(["learning_rate": 0], "learning_rate", "\"learning_rate\" must be a number above 0, up to 10"),
    WrongFinetune(
      ["per_device_train_batch_size": 0],
      "per_device_train_batch_size",
      "\"per_device_train_batch_size\" must be an integer from 1 to 1048576"
    ),
    WrongFinetune(
      ["per_device_train_batch_size": 2.5],
      "per_device_train_batch_size",
      "\"per_device_train_batch_size\" must be an integer from 1 to 1048576"
    ),
    WrongFinetune(
      ["gradient_accumulation_steps": 1_000_000],
      "gradient_accumulation_steps",
      "\"gradient_accumulation_steps\" times per_device_train_batch_size must be at most 1048576 rows; make one smaller"
    ),
    WrongFinetune(
      ["num_train_epochs": 0],
      "num_train_epochs",
      "\"num_train_epochs\" must be a number above 0, up to 100000"
    ),
    WrongFinetune(
      ["save_steps": 1.5],
      "save_steps",
      "\"save_steps\" must be a whole number of steps, or a share of all steps below 1"
    ),
    WrongFinetune(
      ["save_total_limit": 0],
      "save_total_limit",
      "\"save_total_limit\" must be an integer from 1 to 2147483647 or null"
    ),
    WrongFinetune(
      ["label_smoothing_factor": 1],
      "label_smoothing_factor",
      "\"label_smoothing_factor\" must be a number of at least 0 and below 1"
    ),
    WrongFinetune(
      ["warmup_ratio": 5],
      "warmup_ratio",
      "\"warmup_ratio\" must be a share of all steps, at least 0 and below 1"
    ),
    WrongFinetune(["max_length": 0], "max_length", "\"max_length\" must be an integer from 2 to 2147483647 or null"),
    WrongFinetune(
      ["packing": true, "max_length": nil],
      "max_length",
      "\"max_length\" is the length of packed rows, so that it cannot be null with packing; give a number of tokens"
    ),
    WrongFinetune(
      ["precision": "f32", "bf16": true],
      "precision",
      "\"precision\" f32 contradicts bf16 and fp16; leave one of them out"
    ),
    WrongFinetune(
      ["fp16": true, "bf16": true],
      "fp16",
      "\"fp16\" and \"bf16\" are two ways to compute in 16 bits; leave one out"
    ),
    WrongFinetune(["precision": "q4"], "precision", "\"precision\" must be one of \"f32\", \"bf16\""),
    WrongFinetune(
      ["optim": "adafactor"],
      "optim",
      "\"optim\" must be \"adamw_torch\" or another name of the same AdamW, or \"sgd\": other optimisers are not built in; \"adamw_torch\" needs 8 bytes for each trained weight, and LoRA trains few"
    ),
    WrongFinetune(["seed": -1], "seed", "\"seed\" must be an integer from 0 to 9223372036854775807"),
  ]

  private static let lora: [WrongFinetune] = [
    WrongFinetune(
      ["lora_dropout": 0.05],
      "lora_dropout",
      "\"lora_dropout\" belongs to LoRA: give \"r\" too, 8 for example, or leave it out to train all weights"
    ),
    WrongFinetune(["r": 0], "r", "\"r\" must be an integer from 1 to 4096"),
    WrongFinetune(
      ["r": 8, "lora_dropout": 1],
      "lora_dropout",
      "\"lora_dropout\" must be a number of at least 0 and below 1"
    ),
    WrongFinetune(
      ["r": 8, "target_modules": []],
      "target_modules",
      "\"target_modules\" must be \"all-linear\", a regular expression for whole names, or a list of 1 to 1000 ends of names"
    ),
    WrongFinetune(
      ["r": 8, "peft_config": ["r": 16]],
      "r",
      "\"r\" is given twice, also in \"peft_config\"; leave one out"
    ),
    WrongFinetune(
      ["peft_config": "lora.json"],
      "peft_config",
      "\"peft_config\" must be an object of LoRA's parameters, like {\"r\": 8, \"lora_alpha\": 16}"
    ),
    WrongFinetune(
      ["peft_config": ["lora_alfa": 16]],
      "lora_alfa",
      "the kind \"finetune\" has no parameter \"lora_alfa\"; did you mean \"lora_alpha\"?",
      code: "unknown_parameter"
    ),
    WrongFinetune(
      ["adapter": "poems", "r": 8],
      "r",
      "\"r\" is settled by the adapter that goes on; leave it out, or leave \"adapter\" out to begin a new one"
    ),
    WrongFinetune(
      ["r": 8, "frozen": ["wte"]],
      "frozen",
      "\"frozen\" says which weights stay in full training; with LoRA all do, and target_modules says where it learns"
    ),
    WrongFinetune(
      ["r": 8, "use_dora": true],
      "use_dora",
      "\"use_dora\" must be left out or false: DoRA is not built in; use_rslora steadies high ranks"
    ),
    WrongFinetune(
      ["r": 8, "rank_pattern": ["q_proj": 0]],
      "rank_pattern",
      "\"rank_pattern\" must be an object of ranks from 1 to 4096, by regular expressions for the ends of names"
    ),
    WrongFinetune(
      ["rank_pattern": ["q_proj": 16]],
      "rank_pattern",
      "\"rank_pattern\" belongs to LoRA: give \"r\" too, 8 for example, or leave it out to train all weights"
    ),
    WrongFinetune(
      ["adapter": "poems", "alpha_pattern": ["q_proj": 16]],
      "alpha_pattern",
      "\"alpha_pattern\" is settled by the adapter that goes on; leave it out, or leave \"adapter\" out to begin a new one"
    ),
    WrongFinetune(
      ["r": 8, "layers_to_transform": [0, "1"]],
      "layers_to_transform",
      "\"layers_to_transform\" must be the number of a layer, from 0, or a list of them"
    ),
    WrongFinetune(
      ["r": 8, "layers_to_transform": 0, "target_modules": ".*q_proj"],
      "layers_to_transform",
      "\"layers_to_transform\" goes with a list of target_modules; a regular expression says the layers itself: \".*[.](0|1|2)[.].*q_proj\""
    ),
    WrongFinetune(
      ["r": 8, "layers_pattern": "layers"],
      "layers_pattern",
      "\"layers_pattern\" says where the numbers of layers_to_transform stand; give that too"
    ),
    WrongFinetune(
      ["r": 8, "task_type": "SEQ_CLS"],
      "task_type",
      "\"task_type\" must be left out or \"CAUSAL_LM\": models learn to continue text; write classes as completions"
    ),
  ]

  private static let evaluation: [WrongFinetune] = [
    WrongFinetune(
      ["eval_strategy": "epoch"],
      "eval_strategy",
      "\"eval_strategy\" needs rows to evaluate on: give eval_dataset, or \"eval_split\": 0.1 to keep some of the dataset"
    ),
    WrongFinetune(
      ["eval_split": 0.1, "eval_dataset": "others"],
      "eval_split",
      "\"eval_split\" keeps rows of the dataset for evaluation, for which eval_dataset has its own; leave one of them out"
    ),
    WrongFinetune(["eval_split": 1], "eval_split", "\"eval_split\" must be a share of the rows, above 0 and up to 0.9"),
    WrongFinetune(
      ["load_best_model_at_end": true],
      "load_best_model_at_end",
      "\"load_best_model_at_end\" needs evaluations: give \"eval_strategy\": \"epoch\", and eval_dataset or \"eval_split\": 0.1"
    ),
    WrongFinetune(
      ["load_best_model_at_end": true, "eval_strategy": "epoch", "eval_split": 0.1],
      "load_best_model_at_end",
      "\"load_best_model_at_end\" can only bring back what was saved: let save_strategy be as eval_strategy, and save_steps a multiple of eval_steps, or let save_strategy be best"
    ),
    WrongFinetune(
      ["early_stopping_patience": 3],
      "early_stopping_patience",
      "\"early_stopping_patience\" needs evaluations: give \"eval_strategy\": \"epoch\", and eval_dataset or \"eval_split\": 0.1"
    ),
    WrongFinetune(
      ["metric_for_best_model": "f1"],
      "metric_for_best_model",
      "\"metric_for_best_model\" must be one of \"loss\", \"mean_token_accuracy\", \"perplexity\", with or without eval_ before: an evaluation gives no others"
    ),
    WrongFinetune(
      ["greater_is_better": true],
      "greater_is_better",
      "\"greater_is_better\" is true for mean_token_accuracy and false for loss and perplexity; leave it out"
    ),
    WrongFinetune(
      ["save_strategy": "best"],
      "save_strategy",
      "\"save_strategy\" best needs evaluations: give \"eval_strategy\": \"epoch\", and eval_dataset or \"eval_split\": 0.1"
    ),
  ]

  private static let schedules: [WrongFinetune] = [
    WrongFinetune(
      ["lr_scheduler_type": "cosin"],
      "lr_scheduler_type",
      "\"lr_scheduler_type\" must be one of \"linear\", \"cosine\", \"cosine_with_restarts\", \"polynomial\", \"constant\", \"constant_with_warmup\", \"inverse_sqrt\", \"reduce_lr_on_plateau\", \"cosine_with_min_lr\", \"cosine_warmup_with_min_lr\", \"warmup_stable_decay\""
    ),
    WrongFinetune(
      ["lr_scheduler_kwargs": ["num_cycles": 2]],
      "lr_scheduler_kwargs",
      "\"lr_scheduler_kwargs\" has a member that this lr_scheduler_type does not take; leave it out, or choose another type"
    ),
    WrongFinetune(
      ["lr_scheduler_type": "cosine", "lr_scheduler_kwargs": ["cycles": 2]],
      "lr_scheduler_kwargs",
      "\"lr_scheduler_kwargs\" must be an object with what the schedule takes: num_cycles of the cosine schedules; power, lr_end of polynomial; timescale of inverse_sqrt; min_lr or min_lr_rate, warmup_lr_rate of the cosines with a minimum; num_decay_steps, num_stable_steps, warmup_type, decay_type, min_lr_ratio of warmup_stable_decay; factor, patience, threshold, cooldown, min_lr, eps of reduce_lr_on_plateau"
    ),
    WrongFinetune(
      ["lr_scheduler_type": "cosine_with_min_lr"],
      "lr_scheduler_kwargs",
      "\"lr_scheduler_kwargs\" must hold min_lr or min_lr_rate, and not both, for a cosine with a minimum"
    ),
    WrongFinetune(
      ["lr_scheduler_type": "warmup_stable_decay"],
      "lr_scheduler_kwargs",
      "\"lr_scheduler_kwargs\" must hold num_decay_steps for warmup_stable_decay"
    ),
    WrongFinetune(
      ["lr_scheduler_type": "reduce_lr_on_plateau"],
      "lr_scheduler_type",
      "\"lr_scheduler_type\" reduce_lr_on_plateau needs evaluations: give \"eval_strategy\": \"epoch\", and eval_dataset or \"eval_split\": 0.1"
    ),
  ]

  private static let unavailable: [WrongFinetune] = [
    WrongFinetune(
      ["deepspeed": "ds_config.json"],
      "deepspeed",
      "\"deepspeed\" must be left out: one process trains one job; LoRA and gradient_checkpointing save memory"
    ),
    WrongFinetune(
      ["push_to_hub": true],
      "push_to_hub",
      "\"push_to_hub\" must be left out or false: nothing is sent to the Hub; quern model export writes the directory to upload"
    ),
    WrongFinetune(
      ["hub_token": "hf_x"],
      "hub_token",
      "\"hub_token\" must be left out: nothing is sent to the Hub, and a token must not be stored with a job; revoke it if it was real"
    ),
    WrongFinetune(
      ["report_to": "wandb"],
      "report_to",
      "\"report_to\" must be left out, \"none\", \"all\" or \"tensorboard\": nothing is sent elsewhere; quern show ID --tensorboard DIR writes event files, and quern.events has every logged value"
    ),
    WrongFinetune(
      ["resume_from_checkpoint": "./results/checkpoint-500"],
      "resume_from_checkpoint",
      "\"resume_from_checkpoint\" must be left out, true or false: an interrupted job goes on from its own checkpoint; to train a result further give it as model or adapter"
    ),
    WrongFinetune(
      ["auto_find_batch_size": true],
      "auto_find_batch_size",
      "\"auto_find_batch_size\" must be left out or false: a batch size is not changed behind your back; \"dry_run\": true says what one needs, and gradient_accumulation_steps makes up for a smaller one"
    ),
    WrongFinetune(
      ["load_in_4bit": true],
      "load_in_4bit",
      "\"load_in_4bit\" must be left out or false: weights learn in f32; LoRA and gradient_checkpointing save memory"
    ),
  ]
}
