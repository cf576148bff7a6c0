import JSON

/// What is not there: a value that asks for it is refused with what to do instead.
extension FinetuneParameters {
  static let refused: [FinetuneParameter] = refusedInTraining + refusedInRows + refusedInPlaces + refusedInAdapters

  private static let refusedInTraining: [FinetuneParameter] = [
    refused(
      "optim_args",
      unless: [""],
      because: "the optimisers here take adam_beta1, adam_beta2, adam_epsilon and weight_decay"
    ),
    refused(
      "optim_target_modules",
      because: "GaLore and APOLLO are not built in; LoRA (\"r\": 8) trains with as little memory"
    ),
    refused("adafactor", unless: [false], because: "AdamW is the optimiser; LoRA (\"r\": 8) trains with little memory"),
    refused(
      "auto_find_batch_size",
      unless: [false],
      because: """
        a batch size is not changed behind your back; \"dry_run\": true says what one needs, and \
        gradient_accumulation_steps makes up for a smaller one
        """
    ),
    refused(
      "ignore_data_skip",
      unless: [false],
      because: "an interrupted run goes on at the very next row, which takes no time"
    ),
    refused("deepspeed", because: "one process trains one job; LoRA and gradient_checkpointing save memory"),
    refused(
      "fsdp",
      unless: ["", false, []],
      because: "one process trains one job; LoRA and gradient_checkpointing save memory"
    ),
    refused("parallelism_config", because: "one process trains one job"),
    refused("tpu_num_cores", because: "training runs on the processors of the worker"),
    refused("past_index", unless: [-1], because: "the models here have no past states to train with"),
    refused(
      "loss_type",
      unless: ["nll", "chunked_nll"],
      because: "the loss is the cross-entropy, always in chunks"
    ),
    refused(
      "activation_offloading",
      unless: [false],
      because: "activations are in memory already; gradient_checkpointing saves most"
    ),
    refused("router_aux_loss_coef", because: "the models here have no experts to balance"),
    refused(
      "load_in_4bit",
      unless: [false],
      because: "weights learn in f32; LoRA and gradient_checkpointing save memory"
    ),
    refused(
      "load_in_8bit",
      unless: [false],
      because: "weights learn in f32; LoRA and gradient_checkpointing save memory"
    ),
  ]

  private static let refusedInRows: [FinetuneParameter] = [
    refused(
      "truncation_mode",
      unless: ["keep_start"],
      because: "sequences are cut at their end; raise max_length to cut less"
    ),
    refused(
      "dataset_kwargs",
      unless: [[:]],
      because: "rows with input_ids and labels are taken as they are, and need no skip_prepare_dataset"
    ),
    refused(
      "label_names",
      unless: [[], ["labels"]],
      because: "the labels of rows with input_ids are their column labels"
    ),
    refused(
      "chat_template_path",
      because: "the template is a file of the model; import the model with the template you want"
    ),
    refused(
      "model_init_kwargs",
      unless: [[:]],
      because: "the model is as it was imported; precision says what it computes in"
    ),
    refused(
      "include_for_metrics",
      unless: [[]],
      because: "an evaluation gives loss, perplexity and token accuracy; test the result with generate and score jobs"
    ),
    refused(
      "include_inputs_for_metrics",
      unless: [false],
      because: "an evaluation gives loss, perplexity and token accuracy; test the result with generate and score jobs"
    ),
    refused(
      "do_predict",
      unless: [false],
      because: "predictions are jobs of their own: submit generate or score with the result"
    ),
  ]

  private static let refusedInPlaces: [FinetuneParameter] = [
    refused(
      "push_to_hub",
      unless: [false],
      because: "nothing is sent to the Hub; quern model export writes the directory to upload"
    ),
    refused(
      "hub_token",
      aliases: ["push_to_hub_token"],
      because: "nothing is sent to the Hub, and a token must not be stored with a job; revoke it if it was real"
    ),
    refused("trackio_space_id", unless: ["trackio"], because: "nothing is sent to the Hub"),
    refused("trackio_bucket_id", because: "nothing is sent to the Hub"),
    refused("trackio_static_space_id", unless: [false], because: "nothing is sent to the Hub"),
    refused("revision", because: "versions are part of the name: give model as name@version"),
  ]

  private static let refusedInAdapters: [FinetuneParameter] =
    [
      refused("peft_type", unless: ["LORA"], because: "LoRA is the adapter there is"),
      refused(
        "task_type",
        aliases: ["lora_task_type"],
        unless: ["CAUSAL_LM"],
        because: "models learn to continue text; write classes as completions"
      ),
      refused("auto_mapping", because: "the model's type is known"),
      refused(
        "bias",
        unless: ["none"],
        because: "biases stay as they are with LoRA; modules_to_save trains whole modules"
      ),
      refused("lora_bias", unless: [false], because: "adapters have no biases"),
      refused(
        "exclude_modules",
        unless: [[]],
        because: "name the layers in target_modules instead, or use a regular expression"
      ),
      refused(
        "init_lora_weights",
        unless: [true],
        because: "A begins at random and B at zero, so that training begins at the model itself"
      ),
      refused("use_dora", unless: [false], because: "DoRA is not built in; use_rslora steadies high ranks"),
      refused("use_qalora", unless: [false], because: "weights learn in f32"),
      refused("use_bdlora", because: "LoRA is the adapter there is"),
      refused(
        "ensure_weight_tying",
        unless: [false],
        because: "tied weights stay tied; leave the embedding out of modules_to_save"
      ),
      refused(
        "trainable_token_indices",
        because: "train the whole embedding instead: put it into modules_to_save"
      ),
      refused("target_parameters", unless: [[]], because: "only layers get adapters: name them in target_modules"),
      refused("layer_replication", because: "the model keeps the layers it has"),
      refused("alora_invocation_tokens", because: "an adapter is on for the whole sequence"),
      refused("megatron_config", because: "one process trains one job"),
      refused("loftq_config", unless: [[:]], because: "weights learn in f32"),
    ]
    + [
      "eva_config", "corda_config", "lora_ga_config", "velora_config", "monteclora_config", "arrow_config",
      "kasa_config",
    ].map {
      refused($0, because: "this variant of LoRA is not built in; use_rslora and lora_dropout are")
    }
}
