#!/usr/bin/env python3
"""Writes tiny random checkpoints of each architecture twice, as ARCH.safetensors with ARCH.json (config.json) and as
ARCH.gguf the way llama.cpp's convert_hf_to_gguf.py does it; and quantised.gguf with quantised.json.

pip install gguf==0.19.0 numpy safetensors xllamacpp; python3 make_checkpoints.py [SOURCE_DIR OUT.gguf]
With arguments it converts a Hugging Face directory: llama.cpp generated the tokens of transformers from the GGUF files
of llama, qwen2, qwen3, phi3 and gpt2 of shared/data/fixtures (Mistral's window and Gemma's scale it does not read there).
"""
import ctypes
import json
import pathlib
import sys

import gguf
import numpy as np
from safetensors.numpy import load_file, save_file

HERE = pathlib.Path(__file__).parent
ARCH = {
    "llama": "llama", "mistral": "llama", "qwen2": "qwen2", "qwen3": "qwen3", "gemma2": "gemma2",
    "gemma3_text": "gemma3", "phi3": "phi3", "gpt2": "gpt2",
}
DECODER = {
    "vocab_size": 10, "hidden_size": 8, "intermediate_size": 12, "num_hidden_layers": 2, "num_attention_heads": 2,
    "num_key_value_heads": 1, "head_dim": 4, "max_position_embeddings": 64, "rms_norm_eps": 1e-5, "rope_theta": 10000.0,
    "rope_scaling": None, "tie_word_embeddings": False, "bos_token_id": 1, "eos_token_id": 2,
}
LLAMA3 = {
    "rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
    "original_max_position_embeddings": 8192,
}
GEMMA = {
    "tie_word_embeddings": True, "hidden_activation": "gelu_pytorch_tanh", "head_dim": 8, "query_pre_attn_scalar": 8,
    "sliding_window": 6, "rms_norm_eps": 1e-6,
}
CONFIGS = {
    "llama": DECODER | {"model_type": "llama", "rope_theta": 500000.0, "rope_scaling": LLAMA3, "head_dim": 8},
    "mistral": DECODER | {"model_type": "mistral", "sliding_window": 6, "num_key_value_heads": 2},
    "qwen2": DECODER | {
        "model_type": "qwen2", "tie_word_embeddings": True, "rope_theta": 1e6,
        "rope_scaling": {"rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 16},
    },
    "qwen3": DECODER | {"model_type": "qwen3", "head_dim": 6},
    "gemma2": DECODER | GEMMA | {
        "model_type": "gemma2", "layer_types": ["sliding_attention", "full_attention"],
        "attn_logit_softcapping": 50.0, "final_logit_softcapping": 30.0,
    },
    "gemma3": DECODER | GEMMA | {
        "model_type": "gemma3_text", "num_hidden_layers": 6, "hidden_size": 4, "head_dim": 2, "query_pre_attn_scalar": 2,
        "layer_types": 5 * ["sliding_attention"] + ["full_attention"], "rope_theta": 1e6,
        "rope_local_base_freq": 10000.0, "rope_scaling": {"rope_type": "linear", "factor": 8.0},
        "attn_logit_softcapping": None, "final_logit_softcapping": None,
    },
    "phi3": DECODER | {
        "model_type": "phi3", "sliding_window": None, "original_max_position_embeddings": 16,
        "rope_scaling": {
            "rope_type": "longrope", "short_factor": [1.0, 1.25], "long_factor": [1.5, 3.5],
            "original_max_position_embeddings": 16,
        },
    },
    "gpt2": {
        "model_type": "gpt2", "vocab_size": 10, "n_embd": 8, "n_layer": 2, "n_head": 2, "n_inner": 32, "n_positions": 16,
        "layer_norm_epsilon": 1e-5, "activation_function": "gelu_new", "tie_word_embeddings": True, "bos_token_id": 1,
        "eos_token_id": 2,
    },
}


def shapes(c):
    """Names and shapes of the Hugging Face checkpoint."""
    if c["model_type"] == "gpt2":
        h, f = c["n_embd"], c["n_inner"]
        yield "transformer.wte.weight", (c["vocab_size"], h)
        yield "transformer.wpe.weight", (c["n_positions"], h)
        for i in range(c["n_layer"]):
            p = f"transformer.h.{i}."
            for norm in ("ln_1", "ln_2"):
                yield p + norm + ".weight", (h,)
                yield p + norm + ".bias", (h,)
            for name, a, b in (("attn.c_attn", h, 3 * h), ("attn.c_proj", h, h), ("mlp.c_fc", h, f), ("mlp.c_proj", f, h)):
                yield p + name + ".weight", (a, b)
                yield p + name + ".bias", (b,)
        yield "transformer.ln_f.weight", (h,)
        yield "transformer.ln_f.bias", (h,)
        return
    h, f, d = c["hidden_size"], c["intermediate_size"], c["head_dim"]
    q, k = c["num_attention_heads"] * d, c["num_key_value_heads"] * d
    kind = c["model_type"]
    yield "model.embed_tokens.weight", (c["vocab_size"], h)
    if not c["tie_word_embeddings"]:
        yield "lm_head.weight", (c["vocab_size"], h)
    yield "model.norm.weight", (h,)
    for i in range(c["num_hidden_layers"]):
        p = f"model.layers.{i}."
        norms = ["input_layernorm", "post_attention_layernorm"]
        if kind.startswith("gemma"):
            norms += ["pre_feedforward_layernorm", "post_feedforward_layernorm"]
        for norm in norms:
            yield p + norm + ".weight", (h,)
        if kind in ("qwen3", "gemma3_text"):
            yield p + "self_attn.q_norm.weight", (d,)
            yield p + "self_attn.k_norm.weight", (d,)
        if kind == "phi3":
            yield p + "self_attn.qkv_proj.weight", (q + 2 * k, h)
            yield p + "mlp.gate_up_proj.weight", (2 * f, h)
        else:
            for name, n in (("q", q), ("k", k), ("v", k)):
                yield p + f"self_attn.{name}_proj.weight", (n, h)
                if kind == "qwen2":
                    yield p + f"self_attn.{name}_proj.bias", (n,)
            yield p + "mlp.gate_proj.weight", (f, h)
            yield p + "mlp.up_proj.weight", (f, h)
        yield p + "self_attn.o_proj.weight", (h, q)
        yield p + "mlp.down_proj.weight", (h, f)


def permuted(w, heads):
    """Row pairs (i, i + headSize / 2) of each head become neighbours."""
    return w.reshape(heads, 2, w.shape[0] // heads // 2, *w.shape[1:]).swapaxes(1, 2).reshape(w.shape)


def stored(name, w, c):
    """The values as llama.cpp's conversion stores them."""
    kind = c["model_type"]
    if kind in ("llama", "mistral"):
        if ".q_proj." in name:
            return permuted(w, c["num_attention_heads"])
        if ".k_proj." in name:
            return permuted(w, c["num_key_value_heads"])
    if kind.startswith("gemma") and name.endswith("norm.weight"):
        return w + 1
    if kind == "gpt2" and w.ndim == 2 and (".c_" in name):
        return w.T
    return w


def llama3_factors(c):
    s, d = c["rope_scaling"], c["head_dim"]
    freqs = 1.0 / c["rope_theta"] ** (np.arange(0, d, 2) / d)
    low = s["original_max_position_embeddings"] / s["low_freq_factor"]
    high = s["original_max_position_embeddings"] / s["high_freq_factor"]
    factors = []
    for wavelength in 2 * np.pi / freqs:
        if wavelength < high:
            factors.append(1)
        elif wavelength > low:
            factors.append(s["factor"])
        else:
            smooth = s["original_max_position_embeddings"] / wavelength - s["low_freq_factor"]
            smooth /= s["high_freq_factor"] - s["low_freq_factor"]
            factors.append(1 / ((1 - smooth) / s["factor"] + smooth))
    return np.array(factors, np.float32)


def write_metadata(writer, c):
    writer.add_file_type(0)
    if c["model_type"] == "gpt2":
        writer.add_block_count(c["n_layer"])
        writer.add_context_length(c["n_positions"])
        writer.add_embedding_length(c["n_embd"])
        writer.add_feed_forward_length(c["n_inner"] or 4 * c["n_embd"])
        writer.add_head_count(c["n_head"])
        writer.add_layer_norm_eps(c["layer_norm_epsilon"])
        return
    writer.add_block_count(c["num_hidden_layers"])
    writer.add_context_length(c["max_position_embeddings"])
    writer.add_embedding_length(c["hidden_size"])
    writer.add_feed_forward_length(c["intermediate_size"])
    writer.add_head_count(c["num_attention_heads"])
    writer.add_head_count_kv(c["num_key_value_heads"])
    writer.add_layer_norm_rms_eps(c["rms_norm_eps"])
    size = c.get("head_dim") or c["hidden_size"] // c["num_attention_heads"]
    writer.add_rope_freq_base(c["rope_theta"])
    if c["model_type"] in ("llama", "mistral", "phi3"):
        writer.add_rope_dimension_count(size)
        writer.add_vocab_size(c["vocab_size"])
    if c["model_type"] != "phi3":
        writer.add_key_length(size)
        writer.add_value_length(size)
    if c["model_type"] == "phi3":
        writer.add_rope_scaling_orig_ctx_len(c["original_max_position_embeddings"])
    if "sliding_window" in c and (c["sliding_window"] or c["model_type"] == "phi3"):
        writer.add_sliding_window(c["sliding_window"] or 0)
    for key in ("attn_logit_softcapping", "final_logit_softcapping"):
        if c.get(key):
            getattr(writer, "add_" + key)(c[key])
    scaling = c.get("rope_scaling") or {}
    if scaling.get("rope_type") in ("linear", "yarn"):
        writer.add_rope_scaling_type(gguf.RopeScalingType(scaling["rope_type"]))
        writer.add_rope_scaling_factor(scaling["factor"])
    if scaling.get("rope_type") == "yarn":
        writer.add_rope_scaling_orig_ctx_len(scaling["original_max_position_embeddings"])


def write_gguf(path, c, tensors, quantise=lambda name, w: None):
    arch = ARCH[c["model_type"]]
    layers = c.get("num_hidden_layers", c.get("n_layer"))
    names = gguf.get_tensor_name_map(next(a for a, n in gguf.MODEL_ARCH_NAMES.items() if n == arch), layers)
    writer = gguf.GGUFWriter(path, arch)
    write_metadata(writer, c)
    tokens = [f"t{i}" for i in range(c["vocab_size"])]
    writer.add_tokenizer_model("llama")
    writer.add_token_list(tokens)
    writer.add_token_scores([-float(i) for i in range(len(tokens))])
    writer.add_token_types([gguf.TokenType.NORMAL] * len(tokens))
    writer.add_bos_token_id(c["bos_token_id"])
    writer.add_eos_token_id(c["eos_token_id"])
    scaling = c.get("rope_scaling") or {}
    if scaling.get("rope_type") == "llama3":
        writer.add_tensor("rope_freqs.weight", llama3_factors(c))
    if scaling.get("rope_type") == "longrope":
        writer.add_tensor("rope_factors_long.weight", np.array(scaling["long_factor"], np.float32))
        writer.add_tensor("rope_factors_short.weight", np.array(scaling["short_factor"], np.float32))
    for name, w in tensors.items():
        target = names.get_name(name, try_suffixes=(".weight", ".bias"))
        w = np.ascontiguousarray(stored(name, w, c), np.float32)
        kind = quantise(target, w)
        if kind is None:
            writer.add_tensor(target, w)
        else:
            writer.add_tensor(target, ggml_quantised(w, kind), raw_dtype=kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def ggml_quantised(w, kind):
    """llama.cpp's own quantisation: PyPI's xllamacpp has its library inside."""
    from xllamacpp import xllamacpp

    ggml = ctypes.CDLL(xllamacpp.__file__)
    elements, size = gguf.GGML_QUANT_SIZES[kind]
    out = np.zeros((w.shape[0], w.shape[1] // elements * size), np.uint8)
    ggml.ggml_quantize_chunk.restype = ctypes.c_size_t
    written = ggml.ggml_quantize_chunk(
        ctypes.c_int(int(kind)), w.ctypes.data_as(ctypes.c_void_p), out.ctypes.data_as(ctypes.c_void_p),
        ctypes.c_int64(0), ctypes.c_int64(w.shape[0]), ctypes.c_int64(w.shape[1]), None,
    )
    assert written == out.nbytes
    return out


QUANTISED = DECODER | {
    "model_type": "llama", "vocab_size": 96, "hidden_size": 256, "intermediate_size": 256, "num_hidden_layers": 1,
    "num_attention_heads": 4, "num_key_value_heads": 1, "head_dim": 64,
}
KINDS = {
    "token_embd": "Q5_1", "output": "Q8_0", "attn_q": "Q4_K", "attn_k": "Q5_0", "attn_v": "Q4_1", "attn_output": "Q5_K",
    "ffn_gate": "Q6_K", "ffn_up": "Q4_0", "ffn_down": "Q4_K",
}


def greedy(c, w, prompt, count):
    """Llama in float64 (Touvron et al. 2023), without a cache."""
    h, d = c["num_attention_heads"], c["head_dim"]
    group = h // c["num_key_value_heads"]

    def norm(x, weight):
        return x / np.sqrt((x * x).mean(-1, keepdims=True) + c["rms_norm_eps"]) * weight

    def rotate(x):
        angles = np.arange(x.shape[0])[:, None] / c["rope_theta"] ** (np.arange(0, d, 2) / d)
        cos, sin = np.cos(angles)[:, None], np.sin(angles)[:, None]
        a, b = x[..., : d // 2], x[..., d // 2 :]
        return np.concatenate([a * cos - b * sin, b * cos + a * sin], -1)

    tokens, margins = list(prompt), []
    for _ in range(count):
        x = w["model.embed_tokens.weight"][tokens]
        for i in range(c["num_hidden_layers"]):
            p = f"model.layers.{i}."
            n = norm(x, w[p + "input_layernorm.weight"])
            q = rotate((n @ w[p + "self_attn.q_proj.weight"].T).reshape(len(tokens), h, d))
            k = rotate((n @ w[p + "self_attn.k_proj.weight"].T).reshape(len(tokens), -1, d)).repeat(group, 1)
            v = (n @ w[p + "self_attn.v_proj.weight"].T).reshape(len(tokens), -1, d).repeat(group, 1)
            s = np.einsum("thd,shd->hts", q, k) / np.sqrt(d) + np.triu(np.full((len(tokens),) * 2, -np.inf), 1)
            s = np.exp(s - s.max(-1, keepdims=True))
            a = np.einsum("hts,shd->thd", s / s.sum(-1, keepdims=True), v).reshape(len(tokens), -1)
            x = x + a @ w[p + "self_attn.o_proj.weight"].T
            n = norm(x, w[p + "post_attention_layernorm.weight"])
            gate = n @ w[p + "mlp.gate_proj.weight"].T
            up = n @ w[p + "mlp.up_proj.weight"].T
            x = x + (gate / (1 + np.exp(-gate)) * up) @ w[p + "mlp.down_proj.weight"].T
        logits = norm(x[-1], w["model.norm.weight"]) @ w["lm_head.weight"].T
        top = np.sort(logits)
        margins.append(float(top[-1] - top[-2]))
        tokens.append(int(logits.argmax()))
    return tokens, min(margins)


def dequantised(path, c):
    """The Hugging Face tensors of a GGUF file by PyPI's gguf, float64."""
    names = gguf.get_tensor_name_map(gguf.MODEL_ARCH.LLAMA, c["num_hidden_layers"])
    values = {t.name: gguf.quants.dequantize(t.data, t.tensor_type) for t in gguf.GGUFReader(path).tensors}
    tensors = {}
    for name, shape in shapes(c):
        w = values[names.get_name(name, try_suffixes=(".weight", ".bias"))].reshape(shape).astype(np.float64)
        for part, heads in ((".q_proj.", "num_attention_heads"), (".k_proj.", "num_key_value_heads")):
            if part in name:
                w = w.reshape(c[heads], -1, 2, w.shape[-1]).swapaxes(1, 2).reshape(w.shape)
        tensors[name] = w
    return tensors


def random_tensors(c, rng):
    for name, shape in shapes(c):
        scale = 0.5 if len(shape) == 1 else shape[-1] ** -0.5
        w = rng.normal(0, scale, shape) + (1 if len(shape) == 1 and "norm" in name else 0)
        yield name, w.astype(np.float32)


def main():
    rng = np.random.default_rng(7)
    for name, c in CONFIGS.items():
        tensors = dict(random_tensors(c, rng))
        save_file(tensors, HERE / f"{name}.safetensors")
        (HERE / f"{name}.json").write_text(json.dumps(c) + "\n")
        write_gguf(HERE / f"{name}.gguf", c, tensors)
    c = QUANTISED
    tensors = dict(random_tensors(c, rng))
    tensors["model.embed_tokens.weight"] *= 16
    path = HERE / "quantised.gguf"
    kind = lambda name, w: None if w.ndim == 1 else gguf.GGMLQuantizationType[KINDS[name.split(".")[-2]]]
    write_gguf(path, c, tensors, kind)
    prompt = [1, 17, 80, 5]
    tokens, margin = greedy(c, dequantised(path, c), prompt, 32)
    (HERE / "quantised.json").write_text(
        json.dumps({"prompt": prompt, "tokens": tokens[len(prompt) :], "smallest_margin": margin}) + "\n"
    )


def convert(source, target):
    source = pathlib.Path(source)
    tensors = {}
    for file in sorted(source.glob("*.safetensors")):
        tensors |= load_file(file)
    write_gguf(target, json.loads((source / "config.json").read_text()), tensors)


if len(sys.argv) == 3:
    convert(*sys.argv[1:])
else:
    main()
