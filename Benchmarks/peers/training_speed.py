"""Tokens per second of a training step with torch, transformers and peft.

    python training_speed.py DIR f32|bf16 LORA_RANK BATCH TOKENS THREADS CHECKPOINTING

LORA_RANK 0 trains all weights; bf16 is torch's autocast over f32 weights. Dropout is off. Prints one JSON line.
"""

import json
import os
import resource
import statistics
import sys
import time

directory, dtype, *numbers = sys.argv[1:]
rank, batch, tokens, threads, checkpointing = map(int, numbers)
os.environ["OMP_NUM_THREADS"] = os.environ["MKL_NUM_THREADS"] = str(threads)
os.environ["HF_HUB_OFFLINE"] = os.environ["TRANSFORMERS_OFFLINE"] = "1"

import torch
from transformers import AutoConfig, AutoModelForCausalLM

torch.set_num_threads(threads)
torch.manual_seed(0)
config = AutoConfig.from_pretrained(directory)
for name in ["resid_pdrop", "embd_pdrop", "attn_pdrop", "attention_dropout"]:
    if hasattr(config, name):
        setattr(config, name, 0.0)
config.use_cache = False
model = AutoModelForCausalLM.from_pretrained(directory, config=config, dtype=torch.float32)
if checkpointing:
    model.gradient_checkpointing_enable()
if rank:
    from peft import LoraConfig, get_peft_model
    model = get_peft_model(model, LoraConfig(
        r=rank, lora_alpha=2 * rank, task_type="CAUSAL_LM", fan_in_fan_out=config.model_type == "gpt2"))
model.train()
trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
optimizer = torch.optim.AdamW(trained, lr=5e-5, weight_decay=0.0)
ids = torch.randint(0, config.vocab_size - 1, (batch, tokens), generator=torch.Generator().manual_seed(7))
speeds = []
for _ in range(4):
    start = time.perf_counter()
    with torch.autocast("cpu", dtype=torch.bfloat16, enabled=dtype == "bf16"):
        loss = model(ids, labels=ids).loss
    loss.backward()
    torch.nn.utils.clip_grad_norm_(trained, 1.0)
    optimizer.step()
    optimizer.zero_grad(set_to_none=True)
    loss.item()
    speeds.append(batch * tokens / (time.perf_counter() - start))
print(json.dumps({
    "engine": "torch", "version": torch.__version__, "dtype": dtype, "mode": "lora" if rank else "full", "batch": batch,
    "seq": tokens, "tok_s": round(statistics.median(speeds[1:]), 1),
    "peak_rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024}))
