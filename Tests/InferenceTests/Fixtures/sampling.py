#!/usr/bin/env python3
"""Writes sampling.json: which tokens vLLM's definitions choose. `python3 sampling.py > sampling.json`, needs numpy.

For each case the distribution is computed from the definitions, in float64 and by sorting: mask and bans, logit_bias,
repetition/frequency/presence penalties (vllm/model_executor/layers/utils.py: apply_penalties), temperature, min_p,
top_k, top_p (vllm/v1/sample/ops/topk_topp_sampler.py). A token is drawn by inverting the cumulative distribution in the
order of ids at the point that Philox4x32-10 gives. Draws too near a border for float32 weights are left out, and
logits are distinct, since ties are settled by rules of ours.
"""
import json

import numpy as np


def philox(seed, choice, index):
    counter = [index & 0xFFFFFFFF, index >> 32, choice, 0]
    key = [seed & 0xFFFFFFFF, seed >> 32]
    for _ in range(10):
        first, second = 0xD2511F53 * counter[0], 0xCD9E8D57 * counter[2]
        counter = [
            (second >> 32) ^ counter[1] ^ key[0], second & 0xFFFFFFFF,
            (first >> 32) ^ counter[3] ^ key[1], first & 0xFFFFFFFF,
        ]
        key = [(key[0] + 0x9E3779B9) & 0xFFFFFFFF, (key[1] + 0xBB67AE85) & 0xFFFFFFFF]
    return ((counter[0] << 32 | counter[1]) >> 11) * 2.0**-53


def distribution(logits, case):
    x = np.array(logits, dtype=np.float64)
    if "allowed" in case:
        banned = np.ones(len(x), bool)
        banned[case["allowed"]] = False
        x[banned] = -np.inf
    x[case.get("banned", [])] = -np.inf
    for token, bias in case.get("logit_bias", {}).items():
        x[int(token)] += bias
    counts = np.bincount(case.get("answer", []), minlength=len(x))
    seen = counts > 0
    seen[case.get("prompt", [])] = True
    repetition = np.where(seen, case.get("repetition_penalty", 1.0), 1.0)
    x = np.where(x > 0, x / repetition, x * repetition)
    x = x - case.get("frequency_penalty", 0.0) * counts
    x = x - case.get("presence_penalty", 0.0) * (counts > 0)
    if case["temperature"] == 0:
        return x, None
    x = x / case["temperature"]
    p = softmax(x)
    x[p < case.get("min_p", 0.0) * p.max()] = -np.inf
    order = np.argsort(-x, kind="stable")
    if "top_k" in case:
        x[order[case["top_k"]:]] = -np.inf
    p = softmax(x)
    before = np.cumsum(p[order]) - p[order]
    x[order[before >= case.get("top_p", 1.0)]] = -np.inf
    return x, softmax(x)


def softmax(x):
    e = np.exp(x - x.max())
    return e / e.sum()


def draws(case, logits):
    x, p = distribution(logits, case)
    if p is None:
        return {"0": int(np.argmax(x))}
    cumulative = np.cumsum(p)
    tokens = {}
    for index in range(40):
        point = philox(case["seed"], case["choice"], index)
        if np.abs(cumulative - point).min() > 1e-5:
            tokens[str(index)] = int(np.searchsorted(cumulative, point, side="right"))
    return tokens


def main():
    generator = np.random.default_rng(4)
    vocabulary = 130
    settings = [
        {}, {"temperature": 0.3}, {"temperature": 1.9}, {"top_k": 1}, {"top_k": 7}, {"top_k": 129}, {"top_p": 0.05},
        {"top_p": 0.5}, {"top_p": 0.95}, {"min_p": 0.05}, {"min_p": 0.5}, {"min_p": 1.0},
        {"top_k": 40, "top_p": 0.8}, {"top_k": 12, "top_p": 0.9, "min_p": 0.02, "temperature": 1.4},
        {"repetition_penalty": 1.5}, {"repetition_penalty": 0.7}, {"frequency_penalty": 1.2},
        {"frequency_penalty": -1.5}, {"presence_penalty": 2.0}, {"presence_penalty": -1.0},
        {"repetition_penalty": 1.2, "frequency_penalty": 0.5, "presence_penalty": 0.5, "top_p": 0.9},
        {"temperature": 0, "repetition_penalty": 1.8}, {"temperature": 0, "frequency_penalty": 2.0},
        {"temperature": 0, "logit_bias": {"5": 9.0}}, {"logit_bias": {"5": 4.0, "17": -100.0}, "repetition_penalty": 2.0},
        {"banned": [3, 4, 5]}, {"temperature": 0, "banned": [0]}, {"allowed": [7, 64, 65, 100, 129]},
        {"allowed": [7, 64, 65, 100, 129], "banned": [64], "top_k": 2}, {"temperature": 0, "allowed": [8]},
    ]
    cases = []
    for setting in settings:
        for width in (1.0, 4.0):
            logits = np.round(generator.normal(0, width, vocabulary), 4).astype(np.float32)
            logits += np.arange(vocabulary, dtype=np.float32) * np.float32(1e-5)
            case = {"temperature": 1.0, **setting}
            case["seed"] = int(generator.integers(0, 2**63))
            case["choice"] = int(generator.integers(0, 128))
            case["prompt"] = generator.integers(0, vocabulary, 20).tolist()
            case["answer"] = generator.integers(0, 40, 30).tolist()
            case["logits"] = [float(f"{x:.7g}") for x in logits]
            case["tokens"] = draws(case, np.array(case["logits"], np.float32).astype(np.float64))
            cases.append(case)
    print(json.dumps({"cases": cases}, separators=(",", ":")))


main()
