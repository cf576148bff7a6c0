import JSON

/// What is accepted because it is so already, or says nothing here.
extension FinetuneParameters {
  static let implied: [FinetuneParameter] =
    impliedInCompute + impliedInRows + impliedInWatching + impliedInPlaces + impliedInAdapters

  private static let impliedInCompute: [FinetuneParameter] =
    ["torch_compile", "use_liger_kernel", "use_cache", "jit_mode_eval", "use_legacy_prediction_loop"].map {
      implied($0, FinetuneSchema.anyBoolean, because: compiled)
    }
    + ["torch_compile_backend", "torch_compile_mode", "torchdynamo"].map {
      implied($0, FinetuneSchema.anyText, because: compiled)
    }
    + ["use_cpu", "use_mps_device"].map {
      implied($0, aliases: $0 == "use_cpu" ? ["no_cuda"] : [], FinetuneSchema.anyBoolean, because: onProcessors)
    }
    + ["ddp_find_unused_parameters", "ddp_broadcast_buffers", "ddp_static_graph"].map {
      implied($0, FinetuneSchema.anyBoolean, because: oneProcess)
    }
    + ["ddp_bucket_cap_mb", "ddp_timeout", "local_rank", "fsdp_min_num_params"].map {
      implied($0, FinetuneSchema.anyInteger, because: oneProcess)
    }
    + ["ddp_backend", "fsdp_transformer_layer_cls_to_wrap", "mp_parameters"].map {
      implied($0, FinetuneSchema.anyText, because: oneProcess)
    }
    + ["accelerator_config", "fsdp_config"].map { implied($0, FinetuneSchema.anyObject, because: oneProcess) }
    + [
      implied("liger_kernel_config", FinetuneSchema.anyObject, because: compiled),
      implied("torch_empty_cache_steps", FinetuneSchema.anyInteger, because: "memory is taken once and used again"),
      implied("tf32", FinetuneSchema.anyBoolean, because: "products are f32 or bf16, as precision says"),
      implied("bf16_full_eval", FinetuneSchema.anyBoolean, because: "evaluations compute as training does"),
      implied("fp16_full_eval", FinetuneSchema.anyBoolean, because: "evaluations compute as training does"),
      implied("fp16_opt_level", FinetuneSchema.anyText, because: "there is one way to mix precisions"),
      implied("half_precision_backend", FinetuneSchema.anyText, because: "there is one way to mix precisions"),
      implied("fp16_backend", FinetuneSchema.anyText, because: "there is one way to mix precisions"),
      implied(
        "gradient_checkpointing_kwargs",
        aliases: ["activation_checkpointing_kwargs"],
        FinetuneSchema.anyObject,
        because: "a block is computed again from what entered it, bit for bit the same"
      ),
      implied(
        "average_tokens_across_devices",
        FinetuneSchema.anyBoolean,
        because: "the loss of a step is the mean over all its tokens"
      ),
      implied("full_determinism", FinetuneSchema.anyBoolean, because: "the same job gives the same bits anyway"),
    ]

  private static let impliedInRows: [FinetuneParameter] =
    ["dataloader_num_workers", "dataloader_prefetch_factor", "dataset_num_proc"].map {
      implied($0, FinetuneSchema.anyInteger, because: readAhead)
    }
    + ["dataloader_pin_memory", "dataloader_persistent_workers", "dataloader_in_order"].map {
      implied($0, FinetuneSchema.anyBoolean, because: readAhead)
    }
    + [
      implied("dataloader_multiprocessing_context", FinetuneSchema.anyText, because: readAhead),
      implied("length_column_name", FinetuneSchema.anyText, because: "lengths are counted"),
      implied("remove_unused_columns", FinetuneSchema.anyBoolean, because: "columns that say nothing are not read"),
      implied("padding_free", FinetuneSchema.anyBoolean, because: noPadding),
      implied("pad_to_multiple_of", FinetuneSchema.anyInteger, because: noPadding),
      implied("pad_token", FinetuneSchema.anyText, because: noPadding),
      implied(
        "shuffle_dataset",
        FinetuneSchema.anyBoolean,
        because: "train_sampling_strategy says the order, which is drawn anew each epoch"
      ),
      implied(
        "trust_remote_code",
        FinetuneSchema.anyBoolean,
        because: "no code of a model is ever run"
      ),
    ]

  private static let impliedInWatching: [FinetuneParameter] =
    ["log_level", "log_level_replica", "ray_scope", "project", "run_name"].map {
      implied($0, FinetuneSchema.anyText, because: watched)
    }
    + ["log_on_each_node", "disable_tqdm", "skip_memory_metrics", "tpu_metrics_debug"].map {
      implied($0, FinetuneSchema.anyBoolean, because: watched)
    }
    + ["eval_do_concat_batches", "eval_use_gather_object", "batch_eval_metrics", "prediction_loss_only"].map {
      implied($0, FinetuneSchema.anyBoolean, because: "evaluations keep sums, never the logits")
    }
    + [
      implied(
        "logging_dir",
        FinetuneSchema.anyText,
        because: "quern show ID --tensorboard DIR writes event files wherever you like"
      ),
      implied(
        "report_to",
        [
          "type": ["string", "array"],
          "enum": ["none", "all", "tensorboard", [], ["none"], ["all"], ["tensorboard"]],
          "description": """
          left out, "none", "all" or "tensorboard": nothing is sent elsewhere; quern show ID --tensorboard DIR writes \
          event files, and quern.events has every logged value
          """,
        ],
        because: "logged values are events, of which quern show ID --tensorboard DIR makes event files"
      ),
      implied(
        "logging_nan_inf_filter",
        FinetuneSchema.anyBoolean,
        because: "a loss that is no number is an event of its own and never hidden"
      ),
      implied("debug", FinetuneSchema.anything, because: "a loss that is no number is an event of its own"),
      implied("include_num_input_tokens_seen", FinetuneSchema.anything, because: "tokens are always counted"),
      implied("include_tokens_per_second", FinetuneSchema.anything, because: "tokens are always counted"),
      implied("eval_accumulation_steps", FinetuneSchema.anyInteger, because: "evaluations keep sums, never the logits"),
      implied("do_train", FinetuneSchema.anyBoolean, because: "a finetune job trains"),
      implied("do_eval", FinetuneSchema.anyBoolean, because: "eval_strategy says when to evaluate"),
    ]

  private static let impliedInPlaces: [FinetuneParameter] =
    ["hub_model_id", "hub_strategy", "hub_revision", "push_to_hub_model_id", "push_to_hub_organization"].map {
      implied($0, FinetuneSchema.anyText, because: "nothing is sent to the Hub")
    }
    + ["hub_private_repo", "hub_always_push"].map {
      implied($0, FinetuneSchema.anyBoolean, because: "nothing is sent to the Hub")
    }
    + [
      implied("overwrite_output_dir", FinetuneSchema.anyBoolean, because: "a result never replaces another version"),
      implied(
        "save_safetensors",
        ["type": "boolean", "enum": [true], "description": "left out or true: only safetensors are written"],
        because: "only safetensors are written"
      ),
      implied("save_on_each_node", FinetuneSchema.anyBoolean, because: "checkpoints are in the database"),
      implied(
        "save_only_model",
        FinetuneSchema.anyBoolean,
        because: "checkpoints hold all that continuing needs, and the result none of it"
      ),
      implied(
        "enable_jit_checkpoint",
        FinetuneSchema.anyBoolean,
        because: "a checkpoint is stored at once when the worker has to stop"
      ),
      implied(
        "restore_callback_states_from_checkpoint",
        FinetuneSchema.anyBoolean,
        because: "an interrupted run goes on with all of its state"
      ),
      implied(
        "resume_from_checkpoint",
        [
          "type": "boolean",
          "description": """
          left out, true or false: an interrupted job goes on from its own checkpoint; to train a result further give it \
          as model or adapter
          """,
        ],
        because: "an interrupted job goes on from its own checkpoint"
      ),
    ]

  private static let impliedInAdapters: [FinetuneParameter] = [
    implied("fan_in_fan_out", FinetuneSchema.anyBoolean, because: "how a layer's weights lie is known"),
    implied("inference_mode", FinetuneSchema.anyBoolean, because: "a finetune job trains"),
    implied("peft_version", FinetuneSchema.anyText, because: "adapters are written as PEFT reads them"),
    implied("base_model_name_or_path", FinetuneSchema.anyText, because: "model says which model is trained"),
    implied("runtime_config", FinetuneSchema.anyObject, because: onProcessors),
    implied("megatron_core", FinetuneSchema.anyText, because: oneProcess),
    implied("qalora_group_size", FinetuneSchema.anyInteger, because: "it belongs to use_qalora"),
    implied("use_peft", FinetuneSchema.anyBoolean, because: "r, peft_config or adapter choose LoRA"),
    implied(
      "attn_implementation",
      FinetuneSchema.anyText,
      because: "attention is exact and never stores all of its scores"
    ),
  ]

  private static let compiled = "the kernels are compiled already"
  private static let onProcessors = "training runs on the processors of the worker"
  private static let oneProcess = "one process trains one job"
  private static let readAhead = "rows become tokens before the first step"
  private static let noPadding = "there is no padding anywhere"
  private static let watched = "a job's log is its events: see quern show, quern logs and quern.events"
}
