"""Prefill or decode of a model directory with transformers, as `quern model bench` defines them; one JSON line.

    python decoder_speed.py DIR f32|bf16 THREADS prefill|decode PROMPT NEW BATCH[,BATCH…]
"""

import json
import os
import resource
import sys
import time

directory, dtype, threads, what, prompt, new, batches = sys.argv[1:]
os.environ["OMP_NUM_THREADS"] = os.environ["MKL_NUM_THREADS"] = threads

import torch
from transformers import AutoModelForCausalLM
from transformers.cache_utils import DynamicCache

WARM_UP_STEPS = 8

torch.set_num_threads(int(threads))
precision = {"f32": torch.float32, "bf16": torch.bfloat16}[dtype]
model = AutoModelForCausalLM.from_pretrained(directory, dtype=precision).eval()
generator = torch.Generator().manual_seed(7)


def tokens(batch):
    return torch.randint(0, model.config.vocab_size - 1, (batch, int(prompt)), generator=generator)


def prefill_seconds(ids):
    start = time.perf_counter()
    model(ids, use_cache=True, logits_to_keep=1)
    return time.perf_counter() - start


def decode_seconds(ids, steps):
    cache = DynamicCache(config=model.config)
    token = model(ids, past_key_values=cache, use_cache=True, logits_to_keep=1).logits[:, -1].argmax(-1, keepdim=True)
    start = time.perf_counter()
    for _ in range(steps):
        token = model(token, past_key_values=cache, use_cache=True).logits[:, -1].argmax(-1, keepdim=True)
    return time.perf_counter() - start


with torch.inference_mode():
    for batch in map(int, batches.split(",")):
        ids = tokens(batch)
        if what == "prefill":
            prefill_seconds(ids)
            speed = batch * int(prompt) / prefill_seconds(ids)
        else:
            decode_seconds(ids, WARM_UP_STEPS)
            speed = batch * int(new) / decode_seconds(ids, int(new))
        print(json.dumps({
            "engine": "torch", "version": torch.__version__, "dtype": dtype, "what": what, "batch": batch, "tok_s": speed,
            "peak_rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024}), flush=True)
