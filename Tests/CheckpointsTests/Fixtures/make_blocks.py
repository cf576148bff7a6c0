#!/usr/bin/env python3
"""Writes blocks.json: what PyPI's gguf (0.19.0) makes of 1000 random blocks of each type.

pip install gguf numpy; python3 make_blocks.py > blocks.json
The blocks are the little-endian bytes of SplitMix64, seeded with the type's number; of each 16-bit scale, bit 14 is
cleared, which leaves finite numbers below 2. A hash is FNV-1a (64 bits) over the bytes of the f32 values.
"""
import json

import gguf
import numpy as np

COUNT = 1000
SCALES = {
    "F16": [0], "BF16": [0], "Q4_0": [0], "Q4_1": [0, 2], "Q5_0": [0], "Q5_1": [0, 2], "Q8_0": [0], "Q4_K": [0, 2],
    "Q5_K": [0, 2], "Q6_K": [208],
}
MASK = (1 << 64) - 1


def random_bytes(seed, count):
    words, state = [], seed
    for _ in range((count + 7) // 8):
        state = (state + 0x9E3779B97F4A7C15) & MASK
        z = state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
        words.append(z ^ (z >> 31))
    return np.array(words, "<u8").view(np.uint8)[:count].copy()


def fnv1a(values):
    state = 0xCBF29CE484222325
    for byte in values.astype("<f4").tobytes():
        state = ((state ^ byte) * 0x100000001B3) & MASK
    return state


types = {}
for name, scales in SCALES.items():
    kind = gguf.GGMLQuantizationType[name]
    elements, size = gguf.GGML_QUANT_SIZES[kind]
    blocks = random_bytes(int(kind), COUNT * size).reshape(COUNT, size)
    for offset in scales:
        blocks[:, offset + 1] &= 0xBF
    if name == "F16":
        values = blocks.view("<f2").astype(np.float32)
    else:
        values = gguf.quants.dequantize(blocks, kind)
    values = values.reshape(-1)
    assert np.isfinite(values).all()
    types[name] = {"hash": f"{fnv1a(values):016x}", "first": [int(v) for v in values[:8].view(np.uint32)]}
print(json.dumps(types, indent=1))
