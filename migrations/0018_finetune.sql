-- Fine-tuning: the kind, its parameters, and what submission settles for it.

-- Names with digits in them are everywhere in training: fp16, adam_beta1.
ALTER TABLE quern.parameter
  DROP CONSTRAINT parameter_name_check,
  ADD CONSTRAINT parameter_name_check CHECK (name ~ '^[a-z][a-z0-9_]{0,49}$');

-- "; did you mean "x"?", or the choice when nothing is near; a long one would hide what is wrong.
CREATE OR REPLACE FUNCTION quern.suggestion(given text, candidates text[])
RETURNS text
LANGUAGE sql
STABLE
SET search_path = quern, pg_temp
AS $$
  SELECT coalesce(
    '; did you mean "' || quern.nearest(given, candidates) || '"?',
    CASE WHEN cardinality(candidates) = 0 THEN '; there are none yet'
      WHEN cardinality(candidates) > 40 THEN format('; none of the %s there are is spelled like it', cardinality(candidates))
      ELSE '; there are: ' || array_to_string((SELECT array_agg(c ORDER BY c) FROM unnest(candidates) AS c), ', ') END)
$$;

INSERT INTO quern.kind (kind, description, max_attempts)
VALUES
  ('finetune', 'Trains a model, or a LoRA adapter for it, on a dataset.', 3);

-- As Sources/Jobs describes them; a test compares. What is accepted without effect and what is not available are rows too:
-- their schemas say which values ask for nothing, and word the refusals of the others.
INSERT INTO quern.parameter (kind, name, aliases, schema, required, default_value, adjustable, description)
VALUES
  ('finetune', 'model', '{model_name_or_path}', '{"type":"string","minLength":1,"maxLength":200}', true, NULL, false,
    'The model to train: name@version, or a name for its newest version at submission.'),
  ('finetune', 'dataset', '{dataset_name,train_dataset}', '{"type":"string","minLength":1,"maxLength":200}', true, NULL, false,
    'The rows to train on: name@version, or a name for its newest version at submission.'),
  ('finetune', 'name', '{}', '{"type":"string","minLength":1,"maxLength":100}', false, NULL, false,
    'What the result is called: LoRA makes an adapter of that name, full training a model. Without it the last part of output_dir, else the model''s name and the job''s id.'),
  ('finetune', 'output_dir', '{}', '{"type":"string","maxLength":1000}', false, NULL, false,
    'Nothing is written there: its last part is the result''s name, unless name is given.'),
  ('finetune', 'precision', '{}', '{"type":"string","enum":["f32","bf16"]}', false, '"f32"', false,
    'What products compute in: f32, or bf16, which is about twice as fast. Weights, sums and the optimiser''s state are f32 either way.'),
  ('finetune', 'bf16', '{}', '{"type":"boolean"}', false, 'false', false,
    'Another way to say precision bf16.'),
  ('finetune', 'fp16', '{}', '{"type":"boolean"}', false, 'false', false,
    'Products of 16 bits; they are bf16 here, which needs no scaling of the loss.'),
  ('finetune', 'gradient_checkpointing', '{activation_checkpointing}', '{"type":"boolean"}', false, 'false', false,
    'Keeps only what enters each block and computes the rest again: less memory, about a quarter more time.'),
  ('finetune', 'frozen', '{}', '{"type":"array","maxItems":100,"items":{"type":"string","minLength":1,"maxLength":200}}', false, NULL, false,
    'Weights that stay as they are, by whole words of their names between dots: wte, layers.0, mlp.'),
  ('finetune', 'seed', '{}', '{"type":"integer","minimum":0,"maximum":9223372036854775807}', false, '42', false,
    'Of new weights, dropout and noise: the same job with the same seed gives the same bits.'),
  ('finetune', 'dry_run', '{}', '{"type":"boolean"}', false, 'false', false,
    'Instead of training, says what it would cost: tokens, steps, peak memory and seconds.'),
  ('finetune', 'dataset_text_field', '{}', '{"type":"string","minLength":1,"maxLength":200}', false, '"text"', false,
    'The column of plain text. Other shapes are told by their columns: prompt and completion, messages, instruction.'),
  ('finetune', 'max_length', '{max_seq_length}', '{"type":["integer","null"],"minimum":2,"maximum":2147483647}', false, '1024', false,
    'Tokens of a sequence; longer ones are cut at the end and counted. null: as many as the model takes.'),
  ('finetune', 'packing', '{}', '{"type":"boolean"}', false, 'false', false,
    'Puts several sequences into rows of max_length; none of them sees another.'),
  ('finetune', 'packing_strategy', '{}', '{"type":"string","enum":["bfd","bfd_split","wrapped"]}', false, '"bfd"', false,
    'bfd: best fit, longest first, cut at max_length. bfd_split: the same, the rest goes on in another row. wrapped: one after the other, cut wherever a row is full.'),
  ('finetune', 'eval_packing', '{}', '{"type":"boolean"}', false, NULL, false,
    'Packing of the evaluation rows; without it as packing.'),
  ('finetune', 'completion_only_loss', '{}', '{"type":"boolean"}', false, NULL, false,
    'Learns completions but not prompts. Without it so wherever rows have both.'),
  ('finetune', 'assistant_only_loss', '{}', '{"type":"boolean"}', false, 'false', false,
    'Learns only what the assistant says in messages.'),
  ('finetune', 'eos_token', '{}', '{"type":"string","minLength":1,"maxLength":200}', false, NULL, false,
    'The token at the end of a text, which is learned too. Without it the tokenizer''s.'),
  ('finetune', 'num_train_epochs', '{epochs,n_epochs,num_epochs}', '{"type":"number","exclusiveMinimum":0,"maximum":100000}', false, '3.0', true,
    'How often each row is seen; a fraction ends inside an epoch.'),
  ('finetune', 'max_steps', '{}', '{"type":"integer","minimum":-1,"maximum":2147483647}', false, '-1', true,
    'Optimiser steps of the run, whatever the epochs; -1: as num_train_epochs says.'),
  ('finetune', 'per_device_train_batch_size', '{per_gpu_train_batch_size,micro_batch_size,batch_size}', '{"type":"integer","minimum":1,"maximum":1048576}', false, '8', false,
    'Sequences that go through the model together.'),
  ('finetune', 'per_device_eval_batch_size', '{per_gpu_eval_batch_size}', '{"type":"integer","minimum":1,"maximum":1048576}', false, '8', false,
    'The same in evaluations.'),
  ('finetune', 'gradient_accumulation_steps', '{}', '{"type":"integer","minimum":1,"maximum":1048576}', false, '1', false,
    'Batches of one optimiser step; the loss is averaged over the tokens of all of them.'),
  ('finetune', 'dataloader_drop_last', '{}', '{"type":"boolean"}', false, 'false', false,
    'Leaves out the rows at the end of an epoch that fill no batch.'),
  ('finetune', 'train_sampling_strategy', '{}', '{"type":"string","enum":["random","sequential","group_by_length"],"description":"one of \"random\", \"sequential\", \"group_by_length\": batches cannot be balanced otherwise, and need no padding"}', false, '"random"', false,
    'The order of rows: drawn anew each epoch, as they are, or like lengths together.'),
  ('finetune', 'group_by_length', '{}', '{"type":"boolean"}', false, 'false', false,
    'The name in transformers 4 for train_sampling_strategy group_by_length.'),
  ('finetune', 'data_seed', '{}', '{"type":"integer","minimum":0,"maximum":9223372036854775807}', false, NULL, false,
    'Of the order of rows; without it seed.'),
  ('finetune', 'optim', '{}', '{"type":"string","enum":["adamw_torch","adamw_torch_fused","adamw_hf","adamw_apex_fused","sgd"],"description":"\"adamw_torch\" or another name of the same AdamW, or \"sgd\": other optimisers are not built in; \"adamw_torch\" needs 8 bytes for each trained weight, and LoRA trains few"}', false, '"adamw_torch"', false,
    'The optimiser: AdamW (adamw_torch, adamw_torch_fused, adamw_hf and adamw_apex_fused are one), or sgd.'),
  ('finetune', 'learning_rate', '{lr}', '{"type":"number","exclusiveMinimum":0,"maximum":10}', false, '5e-05', true,
    'The highest learning rate of the schedule. LoRA usually takes ten times as much as full training.'),
  ('finetune', 'weight_decay', '{}', '{"type":"number","minimum":0,"maximum":1}', false, '0.0', true,
    'How much matrices shrink in a step, times the learning rate; biases and norms do not.'),
  ('finetune', 'adam_beta1', '{}', '{"type":"number","minimum":0,"maximum":0.999999999,"description":"a number of at least 0 and below 1"}', false, '0.9', false,
    'How slowly AdamW''s mean of gradients moves.'),
  ('finetune', 'adam_beta2', '{}', '{"type":"number","minimum":0,"maximum":0.999999999,"description":"a number of at least 0 and below 1"}', false, '0.999', false,
    'How slowly AdamW''s mean of squares moves.'),
  ('finetune', 'adam_epsilon', '{}', '{"type":"number","exclusiveMinimum":0,"maximum":1}', false, '1e-08', false,
    'What AdamW adds where it divides.'),
  ('finetune', 'max_grad_norm', '{}', '{"type":"number","minimum":0,"maximum":2147483647}', false, '1.0', true,
    'A gradient longer than this is shortened to it; 0: none is.'),
  ('finetune', 'label_smoothing_factor', '{}', '{"type":"number","minimum":0,"maximum":0.999999,"description":"a number of at least 0 and below 1"}', false, '0.0', false,
    'The share of the target that all tokens have alike.'),
  ('finetune', 'neftune_noise_alpha', '{}', '{"type":"number","minimum":0,"maximum":1000}', false, NULL, false,
    'Noise on embeddings that keeps a model from learning its rows by heart (NEFTune): 5 to 15.'),
  ('finetune', 'lr_scheduler_type', '{}', '{"type":"string","enum":["linear","cosine","cosine_with_restarts","polynomial","constant","constant_with_warmup","inverse_sqrt","reduce_lr_on_plateau","cosine_with_min_lr","cosine_warmup_with_min_lr","warmup_stable_decay"]}', false, '"linear"', false,
    'How the learning rate goes after the warm-up.'),
  ('finetune', 'lr_scheduler_kwargs', '{}', '{"type":"object","properties":{"num_cycles":{"type":"number","minimum":0,"maximum":1000000},"power":{"type":"number","minimum":0,"maximum":1000000},"lr_end":{"type":"number","minimum":0,"maximum":1000000},"timescale":{"type":"integer","minimum":0,"maximum":2147483647},"min_lr":{"type":"number","minimum":0,"maximum":1000000},"min_lr_rate":{"type":"number","minimum":0,"maximum":1000000},"warmup_lr_rate":{"type":"number","minimum":0,"maximum":1000000},"num_decay_steps":{"type":"integer","minimum":0,"maximum":2147483647},"num_stable_steps":{"type":"integer","minimum":0,"maximum":2147483647},"warmup_type":{"type":"string","enum":["linear","cosine","1-sqrt"]},"decay_type":{"type":"string","enum":["linear","cosine","1-sqrt"]},"min_lr_ratio":{"type":"number","minimum":0,"maximum":1000000},"factor":{"type":"number","minimum":0,"maximum":1000000},"patience":{"type":"integer","minimum":0,"maximum":2147483647},"threshold":{"type":"number","minimum":0,"maximum":1000000},"threshold_mode":{"type":"string","enum":["rel","abs"]},"cooldown":{"type":"integer","minimum":0,"maximum":2147483647},"eps":{"type":"number","minimum":0,"maximum":1000000}},"propertyNames":{"pattern":"^(num_cycles|power|lr_end|timescale|min_lr|min_lr_rate|warmup_lr_rate|num_decay_steps|num_stable_steps|warmup_type|decay_type|min_lr_ratio|factor|patience|threshold|threshold_mode|cooldown|eps)$"},"description":"an object with what the schedule takes: num_cycles of the cosine schedules; power, lr_end of polynomial; timescale of inverse_sqrt; min_lr or min_lr_rate, warmup_lr_rate of the cosines with a minimum; num_decay_steps, num_stable_steps, warmup_type, decay_type, min_lr_ratio of warmup_stable_decay; factor, patience, threshold, cooldown, min_lr, eps of reduce_lr_on_plateau"}', false, NULL, false,
    'What the schedule takes, by transformers'' names: {"num_cycles": 2} of cosine_with_restarts, for example.'),
  ('finetune', 'warmup_steps', '{}', '{"type":"number","minimum":0,"maximum":2147483647}', false, '0', false,
    'Steps in which the learning rate grows to its height; below 1 a share of all steps.'),
  ('finetune', 'warmup_ratio', '{}', '{"type":"number","minimum":0,"maximum":0.999999,"description":"a share of all steps, at least 0 and below 1"}', false, '0.0', false,
    'The name in transformers 4 for warmup_steps below 1; warmup_steps goes before it.'),
  ('finetune', 'eval_dataset', '{}', '{"type":"string","minLength":1,"maxLength":200}', false, NULL, false,
    'A dataset to evaluate on: name@version, or a name for its newest version at submission.'),
  ('finetune', 'eval_split', '{}', '{"type":"number","exclusiveMinimum":0,"maximum":0.9,"description":"a share of the rows, above 0 and up to 0.9"}', false, NULL, false,
    'Keeps this share of the dataset''s rows for evaluation; the same rows for the same seed.'),
  ('finetune', 'eval_strategy', '{evaluation_strategy}', '{"type":"string","enum":["no","steps","epoch"]}', false, '"no"', false,
    'When to evaluate; needs eval_dataset or eval_split.'),
  ('finetune', 'eval_steps', '{}', '{"type":"number","exclusiveMinimum":0,"maximum":2147483647}', false, NULL, true,
    'Steps between evaluations, or below 1 a share of all steps; without it logging_steps.'),
  ('finetune', 'eval_delay', '{}', '{"type":"number","minimum":0,"maximum":2147483647}', false, '0', false,
    'Steps, or epochs if eval_strategy is epoch, before the first evaluation.'),
  ('finetune', 'eval_on_start', '{}', '{"type":"boolean"}', false, 'false', false,
    'Evaluates before the first step too.'),
  ('finetune', 'metric_for_best_model', '{}', '{"type":"string","enum":["loss","eval_loss","mean_token_accuracy","eval_mean_token_accuracy","perplexity","eval_perplexity"],"description":"one of \"loss\", \"mean_token_accuracy\", \"perplexity\", with or without eval_ before: an evaluation gives no others"}', false, '"loss"', false,
    'What decides which checkpoint is the best, and whether to stop early.'),
  ('finetune', 'greater_is_better', '{}', '{"type":"boolean"}', false, NULL, false,
    'Whether a higher metric is better; without it what suits metric_for_best_model.'),
  ('finetune', 'early_stopping_patience', '{}', '{"type":"integer","minimum":1,"maximum":2147483647}', false, NULL, true,
    'Ends the run after so many evaluations in a row without an improvement.'),
  ('finetune', 'early_stopping_threshold', '{}', '{"type":"number","minimum":0,"maximum":2147483647}', false, '0.0', true,
    'An improvement of no more than this counts as none.'),
  ('finetune', 'save_strategy', '{}', '{"type":"string","enum":["no","steps","epoch","best"]}', false, '"steps"', false,
    'When to keep a checkpoint. One to continue from is stored on every pause and drain besides.'),
  ('finetune', 'save_steps', '{}', '{"type":"number","exclusiveMinimum":0,"maximum":2147483647}', false, '500', true,
    'Steps between checkpoints, or below 1 a share of all steps.'),
  ('finetune', 'save_total_limit', '{}', '{"type":["integer","null"],"minimum":1,"maximum":2147483647}', false, NULL, true,
    'Checkpoints to keep: the newest, and the best besides if load_best_model_at_end. null: all.'),
  ('finetune', 'load_best_model_at_end', '{}', '{"type":"boolean"}', false, 'false', false,
    'The result is the best checkpoint instead of the last.'),
  ('finetune', 'logging_strategy', '{}', '{"type":"string","enum":["no","steps","epoch"]}', false, '"steps"', false,
    'When the loss, the learning rate and the gradient''s norm become an event.'),
  ('finetune', 'logging_steps', '{}', '{"type":"number","exclusiveMinimum":0,"maximum":2147483647}', false, '10', true,
    'Steps between such events, or below 1 a share of all steps. 10 as in TRL.'),
  ('finetune', 'logging_first_step', '{}', '{"type":"boolean"}', false, 'false', false,
    'Logs the first step too.'),
  ('finetune', 'r', '{lora_r,lora_rank}', '{"type":"integer","minimum":1,"maximum":4096}', false, NULL, false,
    'The rank of a LoRA adapter, 8 to 64; it chooses LoRA. Without it, peft_config and adapter all weights learn.'),
  ('finetune', 'lora_alpha', '{}', '{"type":"number","exclusiveMinimum":0,"maximum":65536}', false, '8', false,
    'The adapter counts lora_alpha / r times.'),
  ('finetune', 'lora_dropout', '{}', '{"type":"number","minimum":0,"maximum":0.999,"description":"a number of at least 0 and below 1"}', false, '0.0', false,
    'The share of its input that the adapter does not see in a step.'),
  ('finetune', 'target_modules', '{lora_target_modules}', '{"type":["string","array"],"minLength":1,"maxLength":1000,"minItems":1,"maxItems":1000,"items":{"type":"string","minLength":1,"maxLength":200},"description":"\"all-linear\", a regular expression for whole names, or a list of 1 to 1000 ends of names"}', false, NULL, false,
    'The layers that get one: a list of names'' ends, a regular expression for whole names, or all-linear. Without it those that PEFT has for the type of model.'),
  ('finetune', 'use_rslora', '{}', '{"type":"boolean"}', false, 'false', false,
    'Counts it lora_alpha / √r times, which suits high ranks.'),
  ('finetune', 'modules_to_save', '{lora_modules_to_save}', '{"type":"array","maxItems":100,"items":{"type":"string","minLength":1,"maxLength":200}}', false, NULL, false,
    'Modules that learn as a whole beside the adapter and are kept with it.'),
  ('finetune', 'adapter', '{}', '{"type":"string","minLength":1,"maxLength":200}', false, NULL, false,
    'An adapter of the model that goes on to learn, with the rank and the layers it has; the result is another one.'),
  ('finetune', 'peft_config', '{lora,lora_config}', '{"type":"object"}', false, NULL, false,
    'The parameters of LoRA as an object of their own, as PEFT''s LoraConfig writes it; {} is LoRA with its defaults.'),
  ('finetune', 'torch_compile', '{}', '{"type":"boolean"}', false, NULL, false,
    'Accepted without effect: the kernels are compiled already.'),
  ('finetune', 'use_liger_kernel', '{}', '{"type":"boolean"}', false, NULL, false,
    'Accepted without effect: the kernels are compiled already.'),
  ('finetune', 'use_cache', '{}', '{"type":"boolean"}', false, NULL, false,
    'Accepted without effect: the kernels are compiled already.'),
  ('finetune', 'jit_mode_eval', '{}', '{"type":"boolean"}', false, NULL, false,
    'Accepted without effect: the kernels are compiled already.'),
  ('finetune', 'use_legacy_prediction_loop', '{}', '{"type":"boolean"}', false, NULL, false,
    'Accepted without effect: the kernels are compiled already.'),
  ('finetune', 'torch_compile_backend', '{}', '{"type":"string","maxLength":1000}', false, NULL, false,
    'Accepted without effect: the kernels are compiled already.'),
  ('finetune', 'torch_compile_mode', '{}', '{"type":"string","maxLength":1000}', false, NULL, false,
    'Accepted without effect: the kernels are compiled already.'),
  ('finetune', 'torchdynamo', '{}', '{"type":"string","maxLength":1000}', false, NULL, false,
    'Accepted without effect: the kernels are compiled already.'),
  ('finetune', 'use_cpu', '{no_cuda}', '{"type":"boolean"}', false, NULL, false,
    'Accepted without effect: training runs on the processors of the worker.'),
  ('finetune', 'use_mps_device', '{}', '{"type":"boolean"}', false, NULL, false,
    'Accepted without effect: training runs on the processors of the worker.'),
  ('finetune', 'ddp_find_unused_parameters', '{}', '{"type":"boolean"}', false, NULL, false,
    'Accepted without effect: one process trains one job.'),
  ('finetune', 'ddp_broadcast_buffers', '{}', '{"type":"boolean"}', false, NULL, false,
    'Accepted without effect: one process trains one job.'),
  ('finetune', 'ddp_static_graph', '{}', '{"type":"boolean"}', false, NULL, false,
    'Accepted without effect: one process trains one job.'),
  ('finetune', 'ddp_bucket_cap_mb', '{}', '{"type":"integer"}', false, NULL, false,
    'Accepted without effect: one process trains one job.'),
  ('finetune', 'ddp_timeout', '{}', '{"type":"integer"}', false, NULL, false,
    'Accepted without effect: one process trains one job.'),
  ('finetune', 'local_rank', '{}', '{"type":"integer"}', false, NULL, false,
    'Accepted without effect: one process trains one job.'),
  ('finetune', 'fsdp_min_num_params', '{}', '{"type":"integer"}', false, NULL, false,
    'Accepted without effect: one process trains one job.'),
  ('finetune', 'ddp_backend', '{}', '{"type":"string","maxLength":1000}', false, NULL, false,
    'Accepted without effect: one process trains one job.'),
  ('finetune', 'fsdp_transformer_layer_cls_to_wrap', '{}', '{"type":"string","maxLength":1000}', false, NULL, false,
    'Accepted without effect: one process trains one job.'),
  ('finetune', 'mp_parameters', '{}', '{"type":"string","maxLength":1000}', false, NULL, false,
    'Accepted without effect: one process trains one job.'),
  ('finetune', 'accelerator_config', '{}', '{"type":["object","string"],"maxLength":10000}', false, NULL, false,
    'Accepted without effect: one process trains one job.'),
  ('finetune', 'fsdp_config', '{}', '{"type":["object","string"],"maxLength":10000}', false, NULL, false,
    'Accepted without effect: one process trains one job.'),
  ('finetune', 'liger_kernel_config', '{}', '{"type":["object","string"],"maxLength":10000}', false, NULL, false,
    'Accepted without effect: the kernels are compiled already.'),
  ('finetune', 'torch_empty_cache_steps', '{}', '{"type":"integer"}', false, NULL, false,
    'Accepted without effect: memory is taken once and used again.'),
  ('finetune', 'tf32', '{}', '{"type":"boolean"}', false, NULL, false,
    'Accepted without effect: products are f32 or bf16, as precision says.'),
  ('finetune', 'bf16_full_eval', '{}', '{"type":"boolean"}', false, NULL, false,
    'Accepted without effect: evaluations compute as training does.'),
  ('finetune', 'fp16_full_eval', '{}', '{"type":"boolean"}', false, NULL, false,
    'Accepted without effect: evaluations compute as training does.'),
  ('finetune', 'fp16_opt_level', '{}', '{"type":"string","maxLength":1000}', false, NULL, false,
    'Accepted without effect: there is one way to mix precisions.'),
  ('finetune', 'half_precision_backend', '{}', '{"type":"string","maxLength":1000}', false, NULL, false,
    'Accepted without effect: there is one way to mix precisions.'),
  ('finetune', 'fp16_backend', '{}', '{"type":"string","maxLength":1000}', false, NULL, false,
    'Accepted without effect: there is one way to mix precisions.'),
  ('finetune', 'gradient_checkpointing_kwargs', '{activation_checkpointing_kwargs}', '{"type":["object","string"],"maxLength":10000}', false, NULL, false,
    'Accepted without effect: a block is computed again from what entered it, bit for bit the same.'),
  ('finetune', 'average_tokens_across_devices', '{}', '{"type":"boolean"}', false, NULL, false,
    'Accepted without effect: the loss of a step is the mean over all its tokens.'),
  ('finetune', 'full_determinism', '{}', '{"type":"boolean"}', false, NULL, false,
    'Accepted without effect: the same job gives the same bits anyway.'),
  ('finetune', 'dataloader_num_workers', '{}', '{"type":"integer"}', false, NULL, false,
    'Accepted without effect: rows become tokens before the first step.'),
  ('finetune', 'dataloader_prefetch_factor', '{}', '{"type":"integer"}', false, NULL, false,
    'Accepted without effect: rows become tokens before the first step.'),
  ('finetune', 'dataset_num_proc', '{}', '{"type":"integer"}', false, NULL, false,
    'Accepted without effect: rows become tokens before the first step.'),
  ('finetune', 'dataloader_pin_memory', '{}', '{"type":"boolean"}', false, NULL, false,
    'Accepted without effect: rows become tokens before the first step.'),
  ('finetune', 'dataloader_persistent_workers', '{}', '{"type":"boolean"}', false, NULL, false,
    'Accepted without effect: rows become tokens before the first step.'),
  ('finetune', 'dataloader_in_order', '{}', '{"type":"boolean"}', false, NULL, false,
    'Accepted without effect: rows become tokens before the first step.'),
  ('finetune', 'dataloader_multiprocessing_context', '{}', '{"type":"string","maxLength":1000}', false, NULL, false,
    'Accepted without effect: rows become tokens before the first step.'),
  ('finetune', 'length_column_name', '{}', '{"type":"string","maxLength":1000}', false, NULL, false,
    'Accepted without effect: lengths are counted.'),
  ('finetune', 'remove_unused_columns', '{}', '{"type":"boolean"}', false, NULL, false,
    'Accepted without effect: columns that say nothing are not read.'),
  ('finetune', 'padding_free', '{}', '{"type":"boolean"}', false, NULL, false,
    'Accepted without effect: there is no padding anywhere.'),
  ('finetune', 'pad_to_multiple_of', '{}', '{"type":"integer"}', false, NULL, false,
    'Accepted without effect: there is no padding anywhere.'),
  ('finetune', 'pad_token', '{}', '{"type":"string","maxLength":1000}', false, NULL, false,
    'Accepted without effect: there is no padding anywhere.'),
  ('finetune', 'shuffle_dataset', '{}', '{"type":"boolean"}', false, NULL, false,
    'Accepted without effect: train_sampling_strategy says the order, which is drawn anew each epoch.'),
  ('finetune', 'trust_remote_code', '{}', '{"type":"boolean"}', false, NULL, false,
    'Accepted without effect: no code of a model is ever run.'),
  ('finetune', 'log_level', '{}', '{"type":"string","maxLength":1000}', false, NULL, false,
    'Accepted without effect: a job''s log is its events: see quern show, quern logs and quern.events.'),
  ('finetune', 'log_level_replica', '{}', '{"type":"string","maxLength":1000}', false, NULL, false,
    'Accepted without effect: a job''s log is its events: see quern show, quern logs and quern.events.'),
  ('finetune', 'ray_scope', '{}', '{"type":"string","maxLength":1000}', false, NULL, false,
    'Accepted without effect: a job''s log is its events: see quern show, quern logs and quern.events.'),
  ('finetune', 'project', '{}', '{"type":"string","maxLength":1000}', false, NULL, false,
    'Accepted without effect: a job''s log is its events: see quern show, quern logs and quern.events.'),
  ('finetune', 'run_name', '{}', '{"type":"string","maxLength":1000}', false, NULL, false,
    'Accepted without effect: a job''s log is its events: see quern show, quern logs and quern.events.'),
  ('finetune', 'log_on_each_node', '{}', '{"type":"boolean"}', false, NULL, false,
    'Accepted without effect: a job''s log is its events: see quern show, quern logs and quern.events.'),
  ('finetune', 'disable_tqdm', '{}', '{"type":"boolean"}', false, NULL, false,
    'Accepted without effect: a job''s log is its events: see quern show, quern logs and quern.events.'),
  ('finetune', 'skip_memory_metrics', '{}', '{"type":"boolean"}', false, NULL, false,
    'Accepted without effect: a job''s log is its events: see quern show, quern logs and quern.events.'),
  ('finetune', 'tpu_metrics_debug', '{}', '{"type":"boolean"}', false, NULL, false,
    'Accepted without effect: a job''s log is its events: see quern show, quern logs and quern.events.'),
  ('finetune', 'eval_do_concat_batches', '{}', '{"type":"boolean"}', false, NULL, false,
    'Accepted without effect: evaluations keep sums, never the logits.'),
  ('finetune', 'eval_use_gather_object', '{}', '{"type":"boolean"}', false, NULL, false,
    'Accepted without effect: evaluations keep sums, never the logits.'),
  ('finetune', 'batch_eval_metrics', '{}', '{"type":"boolean"}', false, NULL, false,
    'Accepted without effect: evaluations keep sums, never the logits.'),
  ('finetune', 'prediction_loss_only', '{}', '{"type":"boolean"}', false, NULL, false,
    'Accepted without effect: evaluations keep sums, never the logits.'),
  ('finetune', 'logging_dir', '{}', '{"type":"string","maxLength":1000}', false, NULL, false,
    'Accepted without effect: quern show ID --tensorboard DIR writes event files wherever you like.'),
  ('finetune', 'report_to', '{}', '{"type":["string","array"],"enum":["none","all","tensorboard",[],["none"],["all"],["tensorboard"]],"description":"left out, \"none\", \"all\" or \"tensorboard\": nothing is sent elsewhere; quern show ID --tensorboard DIR writes event files, and quern.events has every logged value"}', false, NULL, false,
    'Accepted without effect: logged values are events, of which quern show ID --tensorboard DIR makes event files.'),
  ('finetune', 'logging_nan_inf_filter', '{}', '{"type":"boolean"}', false, NULL, false,
    'Accepted without effect: a loss that is no number is an event of its own and never hidden.'),
  ('finetune', 'debug', '{}', '{"type":["string","number","boolean","array","object"],"maxLength":10000}', false, NULL, false,
    'Accepted without effect: a loss that is no number is an event of its own.'),
  ('finetune', 'include_num_input_tokens_seen', '{}', '{"type":["string","number","boolean","array","object"],"maxLength":10000}', false, NULL, false,
    'Accepted without effect: tokens are always counted.'),
  ('finetune', 'include_tokens_per_second', '{}', '{"type":["string","number","boolean","array","object"],"maxLength":10000}', false, NULL, false,
    'Accepted without effect: tokens are always counted.'),
  ('finetune', 'eval_accumulation_steps', '{}', '{"type":"integer"}', false, NULL, false,
    'Accepted without effect: evaluations keep sums, never the logits.'),
  ('finetune', 'do_train', '{}', '{"type":"boolean"}', false, NULL, false,
    'Accepted without effect: a finetune job trains.'),
  ('finetune', 'do_eval', '{}', '{"type":"boolean"}', false, NULL, false,
    'Accepted without effect: eval_strategy says when to evaluate.'),
  ('finetune', 'hub_model_id', '{}', '{"type":"string","maxLength":1000}', false, NULL, false,
    'Accepted without effect: nothing is sent to the Hub.'),
  ('finetune', 'hub_strategy', '{}', '{"type":"string","maxLength":1000}', false, NULL, false,
    'Accepted without effect: nothing is sent to the Hub.'),
  ('finetune', 'hub_revision', '{}', '{"type":"string","maxLength":1000}', false, NULL, false,
    'Accepted without effect: nothing is sent to the Hub.'),
  ('finetune', 'push_to_hub_model_id', '{}', '{"type":"string","maxLength":1000}', false, NULL, false,
    'Accepted without effect: nothing is sent to the Hub.'),
  ('finetune', 'push_to_hub_organization', '{}', '{"type":"string","maxLength":1000}', false, NULL, false,
    'Accepted without effect: nothing is sent to the Hub.'),
  ('finetune', 'hub_private_repo', '{}', '{"type":"boolean"}', false, NULL, false,
    'Accepted without effect: nothing is sent to the Hub.'),
  ('finetune', 'hub_always_push', '{}', '{"type":"boolean"}', false, NULL, false,
    'Accepted without effect: nothing is sent to the Hub.'),
  ('finetune', 'overwrite_output_dir', '{}', '{"type":"boolean"}', false, NULL, false,
    'Accepted without effect: a result never replaces another version.'),
  ('finetune', 'save_safetensors', '{}', '{"type":"boolean","enum":[true],"description":"left out or true: only safetensors are written"}', false, NULL, false,
    'Accepted without effect: only safetensors are written.'),
  ('finetune', 'save_on_each_node', '{}', '{"type":"boolean"}', false, NULL, false,
    'Accepted without effect: checkpoints are in the database.'),
  ('finetune', 'save_only_model', '{}', '{"type":"boolean"}', false, NULL, false,
    'Accepted without effect: checkpoints hold all that continuing needs, and the result none of it.'),
  ('finetune', 'enable_jit_checkpoint', '{}', '{"type":"boolean"}', false, NULL, false,
    'Accepted without effect: a checkpoint is stored at once when the worker has to stop.'),
  ('finetune', 'restore_callback_states_from_checkpoint', '{}', '{"type":"boolean"}', false, NULL, false,
    'Accepted without effect: an interrupted run goes on with all of its state.'),
  ('finetune', 'resume_from_checkpoint', '{}', '{"type":"boolean","description":"left out, true or false: an interrupted job goes on from its own checkpoint; to train a result further give it as model or adapter"}', false, NULL, false,
    'Accepted without effect: an interrupted job goes on from its own checkpoint.'),
  ('finetune', 'fan_in_fan_out', '{}', '{"type":"boolean"}', false, NULL, false,
    'Accepted without effect: how a layer''s weights lie is known.'),
  ('finetune', 'inference_mode', '{}', '{"type":"boolean"}', false, NULL, false,
    'Accepted without effect: a finetune job trains.'),
  ('finetune', 'peft_version', '{}', '{"type":"string","maxLength":1000}', false, NULL, false,
    'Accepted without effect: adapters are written as PEFT reads them.'),
  ('finetune', 'base_model_name_or_path', '{}', '{"type":"string","maxLength":1000}', false, NULL, false,
    'Accepted without effect: model says which model is trained.'),
  ('finetune', 'runtime_config', '{}', '{"type":["object","string"],"maxLength":10000}', false, NULL, false,
    'Accepted without effect: training runs on the processors of the worker.'),
  ('finetune', 'megatron_core', '{}', '{"type":"string","maxLength":1000}', false, NULL, false,
    'Accepted without effect: one process trains one job.'),
  ('finetune', 'qalora_group_size', '{}', '{"type":"integer"}', false, NULL, false,
    'Accepted without effect: it belongs to use_qalora.'),
  ('finetune', 'use_peft', '{}', '{"type":"boolean"}', false, NULL, false,
    'Accepted without effect: r, peft_config or adapter choose LoRA.'),
  ('finetune', 'attn_implementation', '{}', '{"type":"string","maxLength":1000}', false, NULL, false,
    'Accepted without effect: attention is exact and never stores all of its scores.'),
  ('finetune', 'optim_args', '{}', '{"type":["string","null"],"enum":["",null],"description":"left out or \"\": the optimisers here take adam_beta1, adam_beta2, adam_epsilon and weight_decay"}', false, NULL, false,
    'Not available: the optimisers here take adam_beta1, adam_beta2, adam_epsilon and weight_decay.'),
  ('finetune', 'optim_target_modules', '{}', '{"type":["null"],"enum":[null],"description":"left out: GaLore and APOLLO are not built in; LoRA (\"r\": 8) trains with as little memory"}', false, NULL, false,
    'Not available: GaLore and APOLLO are not built in; LoRA ("r": 8) trains with as little memory.'),
  ('finetune', 'adafactor', '{}', '{"type":["boolean","null"],"enum":[false,null],"description":"left out or false: AdamW is the optimiser; LoRA (\"r\": 8) trains with little memory"}', false, NULL, false,
    'Not available: AdamW is the optimiser; LoRA ("r": 8) trains with little memory.'),
  ('finetune', 'auto_find_batch_size', '{}', '{"type":["boolean","null"],"enum":[false,null],"description":"left out or false: a batch size is not changed behind your back; \"dry_run\": true says what one needs, and gradient_accumulation_steps makes up for a smaller one"}', false, NULL, false,
    'Not available: a batch size is not changed behind your back; "dry_run": true says what one needs, and gradient_accumulation_steps makes up for a smaller one.'),
  ('finetune', 'ignore_data_skip', '{}', '{"type":["boolean","null"],"enum":[false,null],"description":"left out or false: an interrupted run goes on at the very next row, which takes no time"}', false, NULL, false,
    'Not available: an interrupted run goes on at the very next row, which takes no time.'),
  ('finetune', 'deepspeed', '{}', '{"type":["null"],"enum":[null],"description":"left out: one process trains one job; LoRA and gradient_checkpointing save memory"}', false, NULL, false,
    'Not available: one process trains one job; LoRA and gradient_checkpointing save memory.'),
  ('finetune', 'fsdp', '{}', '{"type":["string","boolean","array","null"],"enum":["",false,[],null],"description":"left out or \"\" or false or []: one process trains one job; LoRA and gradient_checkpointing save memory"}', false, NULL, false,
    'Not available: one process trains one job; LoRA and gradient_checkpointing save memory.'),
  ('finetune', 'parallelism_config', '{}', '{"type":["null"],"enum":[null],"description":"left out: one process trains one job"}', false, NULL, false,
    'Not available: one process trains one job.'),
  ('finetune', 'tpu_num_cores', '{}', '{"type":["null"],"enum":[null],"description":"left out: training runs on the processors of the worker"}', false, NULL, false,
    'Not available: training runs on the processors of the worker.'),
  ('finetune', 'past_index', '{}', '{"type":["integer","null"],"enum":[-1,null],"description":"left out or -1: the models here have no past states to train with"}', false, NULL, false,
    'Not available: the models here have no past states to train with.'),
  ('finetune', 'loss_type', '{}', '{"type":["string","null"],"enum":["nll","chunked_nll",null],"description":"left out or \"nll\" or \"chunked_nll\": the loss is the cross-entropy, always in chunks"}', false, NULL, false,
    'Not available: the loss is the cross-entropy, always in chunks.'),
  ('finetune', 'activation_offloading', '{}', '{"type":["boolean","null"],"enum":[false,null],"description":"left out or false: activations are in memory already; gradient_checkpointing saves most"}', false, NULL, false,
    'Not available: activations are in memory already; gradient_checkpointing saves most.'),
  ('finetune', 'router_aux_loss_coef', '{}', '{"type":["null"],"enum":[null],"description":"left out: the models here have no experts to balance"}', false, NULL, false,
    'Not available: the models here have no experts to balance.'),
  ('finetune', 'load_in_4bit', '{}', '{"type":["boolean","null"],"enum":[false,null],"description":"left out or false: weights learn in f32; LoRA and gradient_checkpointing save memory"}', false, NULL, false,
    'Not available: weights learn in f32; LoRA and gradient_checkpointing save memory.'),
  ('finetune', 'load_in_8bit', '{}', '{"type":["boolean","null"],"enum":[false,null],"description":"left out or false: weights learn in f32; LoRA and gradient_checkpointing save memory"}', false, NULL, false,
    'Not available: weights learn in f32; LoRA and gradient_checkpointing save memory.'),
  ('finetune', 'truncation_mode', '{}', '{"type":["string","null"],"enum":["keep_start",null],"description":"left out or \"keep_start\": sequences are cut at their end; raise max_length to cut less"}', false, NULL, false,
    'Not available: sequences are cut at their end; raise max_length to cut less.'),
  ('finetune', 'dataset_kwargs', '{}', '{"type":["object","null"],"enum":[{},null],"description":"left out or {}: rows with input_ids and labels are taken as they are, and need no skip_prepare_dataset"}', false, NULL, false,
    'Not available: rows with input_ids and labels are taken as they are, and need no skip_prepare_dataset.'),
  ('finetune', 'label_names', '{}', '{"type":["array","null"],"enum":[[],["labels"],null],"description":"left out or [] or [\"labels\"]: the labels of rows with input_ids are their column labels"}', false, NULL, false,
    'Not available: the labels of rows with input_ids are their column labels.'),
  ('finetune', 'chat_template_path', '{}', '{"type":["null"],"enum":[null],"description":"left out: the template is a file of the model; import the model with the template you want"}', false, NULL, false,
    'Not available: the template is a file of the model; import the model with the template you want.'),
  ('finetune', 'model_init_kwargs', '{}', '{"type":["object","null"],"enum":[{},null],"description":"left out or {}: the model is as it was imported; precision says what it computes in"}', false, NULL, false,
    'Not available: the model is as it was imported; precision says what it computes in.'),
  ('finetune', 'include_for_metrics', '{}', '{"type":["array","null"],"enum":[[],null],"description":"left out or []: an evaluation gives loss, perplexity and token accuracy; test the result with generate and score jobs"}', false, NULL, false,
    'Not available: an evaluation gives loss, perplexity and token accuracy; test the result with generate and score jobs.'),
  ('finetune', 'include_inputs_for_metrics', '{}', '{"type":["boolean","null"],"enum":[false,null],"description":"left out or false: an evaluation gives loss, perplexity and token accuracy; test the result with generate and score jobs"}', false, NULL, false,
    'Not available: an evaluation gives loss, perplexity and token accuracy; test the result with generate and score jobs.'),
  ('finetune', 'do_predict', '{}', '{"type":["boolean","null"],"enum":[false,null],"description":"left out or false: predictions are jobs of their own: submit generate or score with the result"}', false, NULL, false,
    'Not available: predictions are jobs of their own: submit generate or score with the result.'),
  ('finetune', 'push_to_hub', '{}', '{"type":["boolean","null"],"enum":[false,null],"description":"left out or false: nothing is sent to the Hub; quern model export writes the directory to upload"}', false, NULL, false,
    'Not available: nothing is sent to the Hub; quern model export writes the directory to upload.'),
  ('finetune', 'hub_token', '{push_to_hub_token}', '{"type":["null"],"enum":[null],"description":"left out: nothing is sent to the Hub, and a token must not be stored with a job; revoke it if it was real"}', false, NULL, false,
    'Not available: nothing is sent to the Hub, and a token must not be stored with a job; revoke it if it was real.'),
  ('finetune', 'trackio_space_id', '{}', '{"type":["string","null"],"enum":["trackio",null],"description":"left out or \"trackio\": nothing is sent to the Hub"}', false, NULL, false,
    'Not available: nothing is sent to the Hub.'),
  ('finetune', 'trackio_bucket_id', '{}', '{"type":["null"],"enum":[null],"description":"left out: nothing is sent to the Hub"}', false, NULL, false,
    'Not available: nothing is sent to the Hub.'),
  ('finetune', 'trackio_static_space_id', '{}', '{"type":["boolean","null"],"enum":[false,null],"description":"left out or false: nothing is sent to the Hub"}', false, NULL, false,
    'Not available: nothing is sent to the Hub.'),
  ('finetune', 'revision', '{}', '{"type":["null"],"enum":[null],"description":"left out: versions are part of the name: give model as name@version"}', false, NULL, false,
    'Not available: versions are part of the name: give model as name@version.'),
  ('finetune', 'peft_type', '{}', '{"type":["string","null"],"enum":["LORA",null],"description":"left out or \"LORA\": LoRA is the adapter there is"}', false, NULL, false,
    'Not available: LoRA is the adapter there is.'),
  ('finetune', 'task_type', '{lora_task_type}', '{"type":["string","null"],"enum":["CAUSAL_LM",null],"description":"left out or \"CAUSAL_LM\": models learn to continue text; write classes as completions"}', false, NULL, false,
    'Not available: models learn to continue text; write classes as completions.'),
  ('finetune', 'auto_mapping', '{}', '{"type":["null"],"enum":[null],"description":"left out: the model''s type is known"}', false, NULL, false,
    'Not available: the model''s type is known.'),
  ('finetune', 'bias', '{}', '{"type":["string","null"],"enum":["none",null],"description":"left out or \"none\": biases stay as they are with LoRA; modules_to_save trains whole modules"}', false, NULL, false,
    'Not available: biases stay as they are with LoRA; modules_to_save trains whole modules.'),
  ('finetune', 'lora_bias', '{}', '{"type":["boolean","null"],"enum":[false,null],"description":"left out or false: adapters have no biases"}', false, NULL, false,
    'Not available: adapters have no biases.'),
  ('finetune', 'exclude_modules', '{}', '{"type":["array","null"],"enum":[[],null],"description":"left out or []: name the layers in target_modules instead, or use a regular expression"}', false, NULL, false,
    'Not available: name the layers in target_modules instead, or use a regular expression.'),
  ('finetune', 'layers_to_transform', '{}', '{"type":["null"],"enum":[null],"description":"left out: use a regular expression for target_modules: \".*[.](0|1|2)[.].*q_proj\""}', false, NULL, false,
    'Not available: use a regular expression for target_modules: ".*[.](0|1|2)[.].*q_proj".'),
  ('finetune', 'layers_pattern', '{}', '{"type":["array","null"],"enum":[[],null],"description":"left out or []: use a regular expression for target_modules: \".*[.](0|1|2)[.].*q_proj\""}', false, NULL, false,
    'Not available: use a regular expression for target_modules: ".*[.](0|1|2)[.].*q_proj".'),
  ('finetune', 'rank_pattern', '{}', '{"type":["object","null"],"enum":[{},null],"description":"left out or {}: all layers have the rank r"}', false, NULL, false,
    'Not available: all layers have the rank r.'),
  ('finetune', 'alpha_pattern', '{}', '{"type":["object","null"],"enum":[{},null],"description":"left out or {}: all layers have the same lora_alpha"}', false, NULL, false,
    'Not available: all layers have the same lora_alpha.'),
  ('finetune', 'init_lora_weights', '{}', '{"type":["boolean","null"],"enum":[true,null],"description":"left out or true: A begins at random and B at zero, so that training begins at the model itself"}', false, NULL, false,
    'Not available: A begins at random and B at zero, so that training begins at the model itself.'),
  ('finetune', 'use_dora', '{}', '{"type":["boolean","null"],"enum":[false,null],"description":"left out or false: DoRA is not built in; use_rslora steadies high ranks"}', false, NULL, false,
    'Not available: DoRA is not built in; use_rslora steadies high ranks.'),
  ('finetune', 'use_qalora', '{}', '{"type":["boolean","null"],"enum":[false,null],"description":"left out or false: weights learn in f32"}', false, NULL, false,
    'Not available: weights learn in f32.'),
  ('finetune', 'use_bdlora', '{}', '{"type":["null"],"enum":[null],"description":"left out: LoRA is the adapter there is"}', false, NULL, false,
    'Not available: LoRA is the adapter there is.'),
  ('finetune', 'ensure_weight_tying', '{}', '{"type":["boolean","null"],"enum":[false,null],"description":"left out or false: tied weights stay tied; leave the embedding out of modules_to_save"}', false, NULL, false,
    'Not available: tied weights stay tied; leave the embedding out of modules_to_save.'),
  ('finetune', 'trainable_token_indices', '{}', '{"type":["null"],"enum":[null],"description":"left out: train the whole embedding instead: put it into modules_to_save"}', false, NULL, false,
    'Not available: train the whole embedding instead: put it into modules_to_save.'),
  ('finetune', 'target_parameters', '{}', '{"type":["array","null"],"enum":[[],null],"description":"left out or []: only layers get adapters: name them in target_modules"}', false, NULL, false,
    'Not available: only layers get adapters: name them in target_modules.'),
  ('finetune', 'layer_replication', '{}', '{"type":["null"],"enum":[null],"description":"left out: the model keeps the layers it has"}', false, NULL, false,
    'Not available: the model keeps the layers it has.'),
  ('finetune', 'alora_invocation_tokens', '{}', '{"type":["null"],"enum":[null],"description":"left out: an adapter is on for the whole sequence"}', false, NULL, false,
    'Not available: an adapter is on for the whole sequence.'),
  ('finetune', 'megatron_config', '{}', '{"type":["null"],"enum":[null],"description":"left out: one process trains one job"}', false, NULL, false,
    'Not available: one process trains one job.'),
  ('finetune', 'loftq_config', '{}', '{"type":["object","null"],"enum":[{},null],"description":"left out or {}: weights learn in f32"}', false, NULL, false,
    'Not available: weights learn in f32.'),
  ('finetune', 'eva_config', '{}', '{"type":["null"],"enum":[null],"description":"left out: this variant of LoRA is not built in; use_rslora and lora_dropout are"}', false, NULL, false,
    'Not available: this variant of LoRA is not built in; use_rslora and lora_dropout are.'),
  ('finetune', 'corda_config', '{}', '{"type":["null"],"enum":[null],"description":"left out: this variant of LoRA is not built in; use_rslora and lora_dropout are"}', false, NULL, false,
    'Not available: this variant of LoRA is not built in; use_rslora and lora_dropout are.'),
  ('finetune', 'lora_ga_config', '{}', '{"type":["null"],"enum":[null],"description":"left out: this variant of LoRA is not built in; use_rslora and lora_dropout are"}', false, NULL, false,
    'Not available: this variant of LoRA is not built in; use_rslora and lora_dropout are.'),
  ('finetune', 'velora_config', '{}', '{"type":["null"],"enum":[null],"description":"left out: this variant of LoRA is not built in; use_rslora and lora_dropout are"}', false, NULL, false,
    'Not available: this variant of LoRA is not built in; use_rslora and lora_dropout are.'),
  ('finetune', 'monteclora_config', '{}', '{"type":["null"],"enum":[null],"description":"left out: this variant of LoRA is not built in; use_rslora and lora_dropout are"}', false, NULL, false,
    'Not available: this variant of LoRA is not built in; use_rslora and lora_dropout are.'),
  ('finetune', 'arrow_config', '{}', '{"type":["null"],"enum":[null],"description":"left out: this variant of LoRA is not built in; use_rslora and lora_dropout are"}', false, NULL, false,
    'Not available: this variant of LoRA is not built in; use_rslora and lora_dropout are.'),
  ('finetune', 'kasa_config', '{}', '{"type":["null"],"enum":[null],"description":"left out: this variant of LoRA is not built in; use_rslora and lora_dropout are"}', false, NULL, false,
    'Not available: this variant of LoRA is not built in; use_rslora and lora_dropout are.');

INSERT INTO quern.parameter_rule (kind, position, name, requirement, message)
VALUES
  ('finetune', 1, 'name', 'p ->> ''name'' IS NULL OR p ->> ''name'' ~ ''^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$''',
    '"name" must have 1 to 100 letters, digits, ".", "_" or "-", and start with a letter or digit'),
  ('finetune', 2, 'output_dir', 'p ->> ''name'' IS NOT NULL OR coalesce(substring(p ->> ''output_dir'' FROM ''([^/]+)/*$''), ''.'') ~ ''^([A-Za-z0-9][A-Za-z0-9._-]{0,99}|[.]{1,2})$''',
    'the last part of "output_dir" names the result, and must have 1 to 100 letters, digits, ".", "_" or "-" then; give another, or a "name"'),
  ('finetune', 3, 'r', 'p ->> ''adapter'' IS NULL OR p ->> ''r'' IS NULL',
    '"r" is settled by the adapter that goes on; leave it out, or leave "adapter" out to begin a new one'),
  ('finetune', 4, 'lora_alpha', 'p ->> ''adapter'' IS NULL OR p ->> ''lora_alpha'' IS NULL',
    '"lora_alpha" is settled by the adapter that goes on; leave it out, or leave "adapter" out to begin a new one'),
  ('finetune', 5, 'lora_dropout', 'p ->> ''adapter'' IS NULL OR p ->> ''lora_dropout'' IS NULL',
    '"lora_dropout" is settled by the adapter that goes on; leave it out, or leave "adapter" out to begin a new one'),
  ('finetune', 6, 'target_modules', 'p ->> ''adapter'' IS NULL OR p ->> ''target_modules'' IS NULL',
    '"target_modules" is settled by the adapter that goes on; leave it out, or leave "adapter" out to begin a new one'),
  ('finetune', 7, 'use_rslora', 'p ->> ''adapter'' IS NULL OR p ->> ''use_rslora'' IS NULL',
    '"use_rslora" is settled by the adapter that goes on; leave it out, or leave "adapter" out to begin a new one'),
  ('finetune', 8, 'modules_to_save', 'p ->> ''adapter'' IS NULL OR p ->> ''modules_to_save'' IS NULL',
    '"modules_to_save" is settled by the adapter that goes on; leave it out, or leave "adapter" out to begin a new one'),
  ('finetune', 9, 'lora_alpha', 'p ->> ''lora_alpha'' IS NULL OR p ->> ''r'' IS NOT NULL',
    '"lora_alpha" belongs to LoRA: give "r" too, 8 for example, or leave it out to train all weights'),
  ('finetune', 10, 'lora_dropout', 'p ->> ''lora_dropout'' IS NULL OR p ->> ''r'' IS NOT NULL',
    '"lora_dropout" belongs to LoRA: give "r" too, 8 for example, or leave it out to train all weights'),
  ('finetune', 11, 'target_modules', 'p ->> ''target_modules'' IS NULL OR p ->> ''r'' IS NOT NULL',
    '"target_modules" belongs to LoRA: give "r" too, 8 for example, or leave it out to train all weights'),
  ('finetune', 12, 'use_rslora', 'p ->> ''use_rslora'' IS NULL OR p ->> ''r'' IS NOT NULL',
    '"use_rslora" belongs to LoRA: give "r" too, 8 for example, or leave it out to train all weights'),
  ('finetune', 13, 'modules_to_save', 'p ->> ''modules_to_save'' IS NULL OR p ->> ''r'' IS NOT NULL',
    '"modules_to_save" belongs to LoRA: give "r" too, 8 for example, or leave it out to train all weights'),
  ('finetune', 14, 'frozen', 'p ->> ''r'' IS NULL AND p ->> ''adapter'' IS NULL OR coalesce(nullif(p -> ''frozen'', ''null''), ''[]'') = ''[]''',
    '"frozen" says which weights stay in full training; with LoRA all do, and target_modules says where it learns'),
  ('finetune', 15, 'fp16', 'p -> ''fp16'' IS DISTINCT FROM ''true'' OR p -> ''bf16'' IS DISTINCT FROM ''true''',
    '"fp16" and "bf16" are two ways to compute in 16 bits; leave one out'),
  ('finetune', 16, 'precision', 'p ->> ''precision'' IS DISTINCT FROM ''f32'' OR (p -> ''bf16'' IS DISTINCT FROM ''true'' AND p -> ''fp16'' IS DISTINCT FROM ''true'')',
    '"precision" f32 contradicts bf16 and fp16; leave one of them out'),
  ('finetune', 17, 'warmup_steps', 'coalesce((p ->> ''warmup_steps'')::numeric, 0) < 1 OR (p ->> ''warmup_steps'')::numeric % 1 = 0',
    '"warmup_steps" must be a whole number of steps, or a share of all steps below 1'),
  ('finetune', 18, 'logging_steps', 'coalesce((p ->> ''logging_steps'')::numeric, 0) < 1 OR (p ->> ''logging_steps'')::numeric % 1 = 0',
    '"logging_steps" must be a whole number of steps, or a share of all steps below 1'),
  ('finetune', 19, 'eval_steps', 'coalesce((p ->> ''eval_steps'')::numeric, 0) < 1 OR (p ->> ''eval_steps'')::numeric % 1 = 0',
    '"eval_steps" must be a whole number of steps, or a share of all steps below 1'),
  ('finetune', 20, 'save_steps', 'coalesce((p ->> ''save_steps'')::numeric, 0) < 1 OR (p ->> ''save_steps'')::numeric % 1 = 0',
    '"save_steps" must be a whole number of steps, or a share of all steps below 1'),
  ('finetune', 21, 'gradient_accumulation_steps', 'coalesce((p ->> ''gradient_accumulation_steps'')::numeric, 1) * coalesce((p ->> ''per_device_train_batch_size'')::numeric, 8) <= 1048576',
    '"gradient_accumulation_steps" times per_device_train_batch_size must be at most 1048576 rows; make one smaller'),
  ('finetune', 22, 'max_length', 'p -> ''packing'' IS DISTINCT FROM ''true'' OR NOT p ? ''max_length'' OR p ->> ''max_length'' IS NOT NULL',
    '"max_length" is the length of packed rows, so that it cannot be null with packing; give a number of tokens'),
  ('finetune', 23, 'group_by_length', 'p -> ''group_by_length'' IS DISTINCT FROM ''true'' OR coalesce(p ->> ''train_sampling_strategy'', ''group_by_length'') = ''group_by_length''',
    '"group_by_length" contradicts train_sampling_strategy; leave one of them out'),
  ('finetune', 24, 'eval_split', 'p ->> ''eval_split'' IS NULL OR p ->> ''eval_dataset'' IS NULL',
    '"eval_split" keeps rows of the dataset for evaluation, for which eval_dataset has its own; leave one of them out'),
  ('finetune', 25, 'eval_strategy', 'coalesce(p ->> ''eval_strategy'', ''no'') = ''no'' OR (p ->> ''eval_dataset'' IS NOT NULL OR p ->> ''eval_split'' IS NOT NULL)',
    '"eval_strategy" needs rows to evaluate on: give eval_dataset, or "eval_split": 0.1 to keep some of the dataset'),
  ('finetune', 26, 'eval_on_start', 'p -> ''eval_on_start'' IS DISTINCT FROM ''true'' OR (p ->> ''eval_dataset'' IS NOT NULL OR p ->> ''eval_split'' IS NOT NULL)',
    '"eval_on_start" needs rows to evaluate on: give eval_dataset, or "eval_split": 0.1 to keep some of the dataset'),
  ('finetune', 27, 'load_best_model_at_end', 'p -> ''load_best_model_at_end'' IS DISTINCT FROM ''true'' OR coalesce(p ->> ''eval_strategy'', ''no'') <> ''no''',
    '"load_best_model_at_end" needs evaluations: give "eval_strategy": "epoch", and eval_dataset or "eval_split": 0.1'),
  ('finetune', 28, 'early_stopping_patience', 'p ->> ''early_stopping_patience'' IS NULL OR coalesce(p ->> ''eval_strategy'', ''no'') <> ''no''',
    '"early_stopping_patience" needs evaluations: give "eval_strategy": "epoch", and eval_dataset or "eval_split": 0.1'),
  ('finetune', 29, 'save_strategy', 'p ->> ''save_strategy'' IS DISTINCT FROM ''best'' OR coalesce(p ->> ''eval_strategy'', ''no'') <> ''no''',
    '"save_strategy" best needs evaluations: give "eval_strategy": "epoch", and eval_dataset or "eval_split": 0.1'),
  ('finetune', 30, 'lr_scheduler_type', 'p ->> ''lr_scheduler_type'' IS DISTINCT FROM ''reduce_lr_on_plateau'' OR coalesce(p ->> ''eval_strategy'', ''no'') <> ''no''',
    '"lr_scheduler_type" reduce_lr_on_plateau needs evaluations: give "eval_strategy": "epoch", and eval_dataset or "eval_split": 0.1'),
  ('finetune', 31, 'early_stopping_threshold', 'coalesce((p ->> ''early_stopping_threshold'')::numeric, 0) = 0 OR p ->> ''early_stopping_patience'' IS NOT NULL',
    '"early_stopping_threshold" belongs to early_stopping_patience, which says after how many evaluations to stop'),
  ('finetune', 32, 'load_best_model_at_end', 'p -> ''load_best_model_at_end'' IS DISTINCT FROM ''true'' OR p ->> ''save_strategy'' = ''best'' OR coalesce(p ->> ''save_strategy'', ''steps'') = p ->> ''eval_strategy'' AND (p ->> ''eval_strategy'' = ''epoch'' OR (SELECT s.saved = s.seen OR s.saved >= 1 AND s.seen >= 1 AND s.saved % s.seen = 0 FROM (SELECT coalesce((p ->> ''save_steps'')::numeric, 500) AS saved, coalesce((p ->> ''eval_steps'')::numeric, (p ->> ''logging_steps'')::numeric, 10) AS seen) AS s))',
    '"load_best_model_at_end" can only bring back what was saved: let save_strategy be as eval_strategy, and save_steps a multiple of eval_steps, or let save_strategy be best'),
  ('finetune', 33, 'greater_is_better', 'p ->> ''greater_is_better'' IS NULL OR (p -> ''greater_is_better'' = ''true'') = (coalesce(p ->> ''metric_for_best_model'', ''loss'') LIKE ''%accuracy'')',
    '"greater_is_better" is true for mean_token_accuracy and false for loss and perplexity; leave it out'),
  ('finetune', 34, 'lr_scheduler_kwargs', 'coalesce(nullif(p -> ''lr_scheduler_kwargs'', ''null''), ''{}'') - CASE coalesce(p ->> ''lr_scheduler_type'', ''linear'') WHEN ''cosine'' THEN ''{num_cycles}''::text[] WHEN ''cosine_with_restarts'' THEN ''{num_cycles}''::text[] WHEN ''polynomial'' THEN ''{power,lr_end}''::text[] WHEN ''inverse_sqrt'' THEN ''{timescale}''::text[] WHEN ''reduce_lr_on_plateau'' THEN ''{factor,patience,threshold,threshold_mode,cooldown,min_lr,eps}''::text[] WHEN ''cosine_with_min_lr'' THEN ''{num_cycles,min_lr,min_lr_rate}''::text[] WHEN ''cosine_warmup_with_min_lr'' THEN ''{num_cycles,min_lr,min_lr_rate,warmup_lr_rate}''::text[] WHEN ''warmup_stable_decay'' THEN ''{num_decay_steps,num_stable_steps,warmup_type,decay_type,min_lr_ratio,num_cycles}''::text[] ELSE ''{}''::text[] END = ''{}''',
    '"lr_scheduler_kwargs" has a member that this lr_scheduler_type does not take; leave it out, or choose another type'),
  ('finetune', 35, 'lr_scheduler_kwargs', 'coalesce(p ->> ''lr_scheduler_type'', ''linear'') NOT IN (''cosine_with_min_lr'', ''cosine_warmup_with_min_lr'') OR (p #>> ''{lr_scheduler_kwargs,min_lr}'' IS NULL) <> (p #>> ''{lr_scheduler_kwargs,min_lr_rate}'' IS NULL)',
    '"lr_scheduler_kwargs" must hold min_lr or min_lr_rate, and not both, for a cosine with a minimum'),
  ('finetune', 36, 'lr_scheduler_kwargs', 'p ->> ''lr_scheduler_type'' IS DISTINCT FROM ''warmup_stable_decay'' OR p #>> ''{lr_scheduler_kwargs,num_decay_steps}'' IS NOT NULL',
    '"lr_scheduler_kwargs" must hold num_decay_steps for warmup_stable_decay');

-- LoRA's parameters from an object of their own among the others, and no nulls, which configurations written by Python are
-- full of; the null of max_length says something.
CREATE FUNCTION quern.flattened_finetune(p jsonb, place text DEFAULT '')
RETURNS jsonb
LANGUAGE plpgsql
STABLE
SET search_path = quern, pg_temp
AS $$
DECLARE
  flat jsonb := p;
  name text;
  twice text;
BEGIN
  IF jsonb_typeof(p) IS DISTINCT FROM 'object' THEN
    RETURN p;
  END IF;
  FOREACH name IN ARRAY '{peft_config,lora,lora_config}'::text[]
  LOOP
    CONTINUE WHEN p ->> name IS NULL;
    flat := flat - name;
    IF jsonb_typeof(p -> name) <> 'object' THEN
      PERFORM quern.refuse('invalid_value', name,
        format('%s"%s" must be an object of LoRA''s parameters, like {"r": 8, "lora_alpha": 16}', place, name));
    END IF;
    SELECT k.name
    INTO twice
    FROM jsonb_object_keys(p -> name) AS k(name)
    WHERE flat ? k.name
    ORDER BY k.name
    LIMIT 1;
    IF FOUND THEN
      PERFORM quern.refuse('invalid_value', CASE WHEN quern.quoted(twice) LIKE '"%' THEN twice END,
        format('%s%s is given twice, also in "%s"; leave one out', place, quern.quoted(twice), name));
    END IF;
    flat := flat || (p -> name);
    IF coalesce(flat ->> 'r', flat ->> 'lora_r', flat ->> 'lora_rank', flat ->> 'adapter') IS NULL THEN
      flat := flat || '{"r": 8}';
    END IF;
  END LOOP;
  RETURN (
    SELECT coalesce(jsonb_object_agg(m.key, m.value) FILTER (WHERE m.value <> 'null' OR m.key = 'max_length'), '{}')
    FROM jsonb_each(flat) AS m);
END
$$;

-- What a result of this name, trained from this model, could not be registered as: the refusal, now rather than after hours.
CREATE FUNCTION quern.refuse_taken_name(name text, base text, is_adapter boolean, param text, place text)
RETURNS void
LANGUAGE plpgsql
STABLE
SET search_path = quern, pg_temp
AS $$
DECLARE
  other quern.model := quern.find_model(refuse_taken_name.name);
  problem text;
BEGIN
  IF other.name IS NULL THEN
    RETURN;
  END IF;
  problem := CASE
    WHEN other.created_by <> quern.caller() THEN 'belongs to somebody else'
    WHEN is_adapter AND other.base_name IS NULL THEN 'is a model, and LoRA makes an adapter'
    WHEN is_adapter AND other.base_name <> refuse_taken_name.base THEN format('is an adapter of %s, not of %s', other.base_name, base)
    WHEN NOT is_adapter AND other.base_name IS NOT NULL THEN format('is an adapter of %s, and full training makes a model', other.base_name)
  END;
  IF problem IS NOT NULL THEN
    PERFORM quern.refuse('invalid_value', param,
      format('%sthe result cannot be called %s: that %s; give another "name"', place, quern.quoted(refuse_taken_name.name), problem));
  END IF;
END
$$;

-- What a fine-tune starts from, settled at submission: the datasets, the adapter that goes on, the name of the result.
CREATE FUNCTION quern.accepted_finetune(accepted jsonb, place text)
RETURNS jsonb
LANGUAGE plpgsql
STABLE
SET search_path = quern, pg_temp
AS $$
DECLARE
  settled jsonb := accepted;
  model text := split_part(accepted ->> 'model', '+', 1);
  base quern.model := quern.find_model(model);
  adapter quern.model;
  result_name text := coalesce(accepted ->> 'name',
    nullif(nullif(substring(accepted ->> 'output_dir' FROM '([^/]+)/*$'), '.'), '..'));
BEGIN
  IF base.detail -> 'can_generate' = 'false' THEN
    PERFORM quern.refuse('invalid_value', 'model',
      format('%s%s is an encoder, which does not learn to write; name a model that generates', place, quern.quoted(model)));
  END IF;
  -- 1. The adapter. A model named base+adapter is the base, whose adapter goes on.
  IF strpos(accepted ->> 'model', '+') > 0 THEN
    IF settled ? 'adapter' THEN
      PERFORM quern.refuse('invalid_value', 'adapter', format('%s"model" names an adapter already; leave "adapter" out', place));
    END IF;
    settled := settled || jsonb_build_object('model', model, 'adapter', split_part(accepted ->> 'model', '+', 2));
    IF quern.parameters_fit('finetune', settled) IS NOT TRUE THEN
      PERFORM quern.refuse_parameters('finetune', settled, place);
    END IF;
  ELSIF settled ? 'adapter' THEN
    adapter := quern.find_adapter(settled ->> 'adapter', base.name, base.version::text);
    IF adapter.name IS NULL THEN
      PERFORM quern.refuse_adapter(model, settled ->> 'adapter');
    END IF;
    settled := settled || jsonb_build_object('adapter', adapter.name || '@' || adapter.version);
  END IF;
  -- 2. The rows.
  settled := settled || jsonb_build_object('dataset', quern.resolve_dataset(settled ->> 'dataset'));
  IF settled ? 'eval_dataset' THEN
    settled := settled || jsonb_build_object('eval_dataset', quern.resolve_dataset(settled ->> 'eval_dataset', 'eval_dataset'));
  END IF;
  -- 3. The name: free, or that of earlier versions of the submitter's.
  IF result_name IS NOT NULL THEN
    PERFORM quern.refuse_taken_name(result_name, base.name, settled ?| '{r,adapter}'::text[],
      CASE WHEN settled ? 'name' THEN 'name' ELSE 'output_dir' END, place);
    settled := settled || jsonb_build_object('name', result_name);
  END IF;
  RETURN settled;
END
$$;

-- As 0017 has it; a fine-tune is flattened before its checks, and settled after them.
CREATE OR REPLACE FUNCTION quern.accepted_parameters(kind text, p jsonb, place text DEFAULT '')
RETURNS jsonb
LANGUAGE plpgsql
STABLE
SET search_path = quern, pg_temp
AS $$
DECLARE
  accepted jsonb := CASE WHEN kind = 'finetune' THEN quern.flattened_finetune(p, place) ELSE p END;
  wanted text;
  resolved record;
  found_model quern.model;
  place_of_input text;
  least_tokens bigint;
BEGIN
  -- 1. The cheap yes; aliases and refusals pay for the rest.
  IF quern.parameters_fit(kind, accepted) IS NOT TRUE THEN
    accepted := quern.canonical_names(kind, accepted);
    IF quern.parameters_fit(kind, accepted) IS NOT TRUE THEN
      PERFORM quern.refuse_parameters(kind, accepted, place);
    END IF;
  END IF;
  wanted := accepted ->> 'model';
  IF wanted IS NULL THEN
    RETURN accepted;
  END IF;
  -- 2. The model and its adapter, now: a later version must not change what this job does. Limits are the model's.
  SELECT r.*
  INTO resolved
  FROM quern.resolve_model(wanted) AS r;
  found_model := resolved.base;
  IF accepted_parameters.kind IN ('generate', 'score') AND found_model.detail -> 'can_generate' = 'false' THEN
    PERFORM quern.refuse('invalid_value', 'model',
      format('%s%s is an encoder, which writes no text; submit embed, or name a model that generates', place, quern.quoted(wanted)));
  END IF;
  IF accepted ? 'messages' AND found_model.detail -> 'has_chat_template' = 'false' THEN
    PERFORM quern.refuse('invalid_value', 'messages',
      format('%sthe model %s has no chat template; give a prompt instead of messages', place, quern.quoted(wanted)));
  END IF;
  -- 3. A prompt that is too long whatever the tokenizer does. Chat templates may leave parts of messages out: those
  -- the worker counts.
  SELECT given.name, quern.least_tokens(accepted -> given.name, found_model.longest_token_bytes)
  INTO place_of_input, least_tokens
  FROM unnest('{prompt,prompt_tokens,input}'::text[]) AS given(name)
  WHERE accepted ? given.name;
  IF least_tokens > found_model.context_length THEN
    PERFORM quern.refuse('context_length_exceeded', place_of_input,
      format('%sthe %s has at least %s tokens, the model''s context holds %s; shorten it', place,
        CASE place_of_input WHEN 'input' THEN 'input' ELSE 'prompt' END, least_tokens, found_model.context_length));
  END IF;
  IF wanted <> resolved.reference THEN
    accepted := jsonb_set(accepted, '{model}', to_jsonb(resolved.reference));
  END IF;
  IF accepted_parameters.kind = 'finetune' THEN
    RETURN quern.accepted_finetune(accepted, place);
  END IF;
  RETURN accepted;
END
$$;

CREATE FUNCTION quern.finetune(model text, dataset text, options jsonb DEFAULT '{}')
RETURNS bigint
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = quern, pg_temp
AS $$
BEGIN
  IF finetune.model IS NULL OR finetune.dataset IS NULL THEN
    PERFORM quern.refuse('missing_parameter', CASE WHEN finetune.model IS NULL THEN 'model' ELSE 'dataset' END,
      'quern.finetune needs a model and a dataset; they must not be NULL');
  END IF;
  RETURN quern.submit_shorthand('finetune', jsonb_build_object('model', finetune.model, 'dataset', finetune.dataset), finetune.options);
END
$$;

COMMENT ON FUNCTION quern.finetune IS
  'Submits a finetune job: SELECT quern.finetune(''gpt2'', ''my_dataset'', ''{"num_train_epochs": 3, "r": 8}''). options: parameters of TrainingArguments, LoraConfig and SFTConfig (see quern.parameter) and arguments of quern.submit by name.';

REVOKE ALL ON FUNCTION quern.flattened_finetune(jsonb, text), quern.refuse_taken_name(text, text, boolean, text, text),
  quern.accepted_finetune(jsonb, text), quern.finetune(text, text, jsonb)
FROM PUBLIC;

GRANT EXECUTE ON FUNCTION quern.finetune(text, text, jsonb)
TO quern_submitter, quern_admin;
