"""Random checkpoints of every architecture with what transformers computes from them.

usage: make_checkpoints.py SEED DIRECTORY

Each DIRECTORY/<name> has config.json, weights and reference.json: `input_ids` and `rows` (logits, or hidden states of
encoders) of some sequences at every position, and `greedy` (prompt and 32 tokens; weights are drawn until no step is a
close call). Sizes, head ratios, windows, biases, ties, rotary scaling, dtypes and shards are drawn from SEED.
"""
import copy, json, os, random, sys
os.environ["HF_HUB_OFFLINE"] = "1"
import torch, transformers as hf
torch.set_num_threads(1)
hf.logging.set_verbosity_error()

seed, directory = int(sys.argv[1]), sys.argv[2]
draw = random.Random(seed)
CONTEXT = 128


def sizes(heads, keys, head, hidden=None):
    return dict(vocab_size=draw.randrange(60, 300), hidden_size=hidden or heads * draw.choice([5, 8, 11, 16]),
                intermediate_size=draw.randrange(9, 90), num_hidden_layers=draw.choice([1, 1, 2, 3]),
                num_attention_heads=heads, num_key_value_heads=keys, head_dim=head, max_position_embeddings=CONTEXT,
                bos_token_id=0, eos_token_id=1, pad_token_id=None, tie_word_embeddings=draw.random() < 0.5)


def heads():
    return draw.choice([(1, 1), (2, 1), (3, 3), (4, 2), (5, 1), (6, 2), (8, 2)])


def decoder(**more):
    return {**sizes(*heads(), draw.choice([2, 6, 10, 14, 18, 22, 34, 50])), **more}


def rope(kind, **more):
    return {"rope_type": kind, "rope_theta": draw.choice([1e4, 5e5, 1e6]), **more}


def window():
    return draw.choice([1, 2, 5, 8, 20])


def flag():
    return draw.random() < 0.5


def phi3(**more):
    count, keys = heads()
    head = draw.choice([8, 12, 20, 33])
    values = sizes(count, keys, head, hidden=count * head)
    del values["head_dim"]
    # Of 33 dimensions 0.5 is 16.
    partial = 1.0 if head % 2 == 0 and flag() else 0.5
    width = int(head * partial) // 2
    if more.pop("long", False):
        spread = lambda top: [round(draw.uniform(1, top), 3) for _ in range(width)]
        values["rope_parameters"] = rope("longrope", partial_rotary_factor=partial, short_factor=spread(2),
                                         long_factor=spread(9))
        values["original_max_position_embeddings"] = draw.choice([20, 32, 64])
    else:
        values["rope_parameters"] = rope("default", partial_rotary_factor=partial)
    return hf.Phi3Config(**{**values, "pad_token_id": 0, "sliding_window": draw.choice([None, window()])})


def gemma(**more):
    return decoder(query_pre_attn_scalar=draw.randrange(3, 60), sliding_window=window(), attention_bias=flag(),
                   final_logit_softcapping=draw.choice([None, 5.0, 30.0]), **more)


def encoder(**more):
    count = draw.choice([1, 2, 3, 5])
    hidden = count * draw.choice([3, 7, 12, 33])
    return dict(vocab_size=draw.randrange(60, 300), hidden_size=hidden, num_hidden_layers=draw.choice([1, 2, 3]),
                num_attention_heads=count, intermediate_size=draw.randrange(9, 90), max_position_embeddings=CONTEXT,
                hidden_act=draw.choice(["gelu", "gelu", "gelu_new", "relu", "silu"]), type_vocab_size=2, **more)


def gpt2():
    count = draw.choice([1, 2, 3, 5])
    return hf.GPT2Config(vocab_size=draw.randrange(60, 300), n_embd=count * draw.choice([3, 7, 17, 33]),
                         n_layer=draw.choice([1, 2, 3]), n_head=count, n_positions=CONTEXT,
                         n_inner=draw.choice([None, 37]), bos_token_id=0, eos_token_id=1,
                         activation_function=draw.choice(["gelu_new", "gelu", "relu"]),
                         scale_attn_by_inverse_layer_idx=flag(), scale_attn_weights=flag(), tie_word_embeddings=flag())


cases = {
    "gpt2": gpt2(),
    "llama": hf.LlamaConfig(**decoder(attention_bias=flag(), mlp_bias=flag(), rope_parameters=rope("default"))),
    "llama-linear": hf.LlamaConfig(**decoder(rope_parameters=rope("linear", factor=draw.choice([2.0, 3.7])))),
    "llama-llama3": hf.LlamaConfig(**decoder(rope_parameters=rope(
        "llama3", factor=8.0, low_freq_factor=1.0, high_freq_factor=4.0, original_max_position_embeddings=32))),
    "llama-yarn": hf.LlamaConfig(**decoder(rope_parameters=rope(
        "yarn", factor=4.0, original_max_position_embeddings=draw.choice([24, 32]),
        **draw.choice([{}, {"beta_fast": 8.0, "beta_slow": 0.5}, {"attention_factor": 1.3},
                       {"mscale": 1.0, "mscale_all_dim": 0.7}])))),
    "mistral": hf.MistralConfig(**decoder(
        sliding_window=draw.choice([None, window()]), rope_parameters=rope("default"))),
    "qwen2": hf.Qwen2Config(**decoder(
        use_sliding_window=flag(), sliding_window=window(), max_window_layers=draw.choice([0, 1]),
        rope_parameters=rope("default"))),
    "qwen3": hf.Qwen3Config(**decoder(
        use_sliding_window=flag(), sliding_window=window(), max_window_layers=draw.choice([0, 1]),
        attention_bias=flag(), rope_parameters=rope("default"))),
    "gemma2": hf.Gemma2Config(**gemma(
        attn_logit_softcapping=draw.choice([None, 2.0, 50.0]), rope_parameters=rope("default"))),
    "gemma3": hf.Gemma3TextConfig(**gemma(
        sliding_window_pattern=draw.choice([2, 6]),
        rope_parameters={"full_attention": rope("linear", factor=8.0), "sliding_attention": rope("default")})),
    "phi3": phi3(),
    "phi3-longrope": phi3(long=True),
    "bert": hf.BertConfig(**encoder()),
    "roberta": hf.RobertaConfig(**encoder(pad_token_id=1)),
}


def fill(model, name, generator):
    """Nothing is 1 or 0, so that every parameter matters."""
    isGemma = name.startswith("gemma")
    for key, parameter in model.named_parameters():
        noise = torch.randn(parameter.shape, generator=generator)
        if parameter.dim() == 1:
            isNorm = key.endswith("weight")
            noise = (0.2 * noise + (0 if isGemma else 1)) if isNorm else 0.1 * noise
        elif any(word in key for word in ("embed", "wte", "wpe")):
            noise = (0.1 if isGemma else 0.5) * noise
        else:
            noise = noise * 1.6 / parameter.shape[-1] ** 0.5
        parameter.copy_(noise)


def round_to(model, dtype):
    """Rounds the parameters; the rotary frequencies, which are no parameters, stay as they are."""
    for parameter in model.parameters():
        parameter.copy_(parameter.to(dtype).float())


def greedy(model, prompt):
    tokens, margins = list(prompt), []
    for _ in range(32):
        best = model(torch.tensor([tokens])).logits[0, -1].topk(2)
        tokens.append(int(best.indices[0]))
        margins.append(float(best.values[0] - best.values[1]))
    return tokens[len(prompt):], margins


def decoder_reference(model, name, dtype, number, vocabulary):
    generator = torch.Generator().manual_seed(1000 * seed + number)
    for attempt in range(300):
        fill(model, name, generator)
        round_to(model, dtype)
        ids = [torch.randint(0, vocabulary, (length,), generator=generator).tolist() for length in (70, 17)]
        tokens, margins = greedy(model, ids[0][:12])
        if min(margins) > 2e-3:
            break
    else:
        raise SystemExit(f"{name}: every draw of weights has a close call")
    return {"input_ids": ids, "rows": [model(torch.tensor([row])).logits[0].tolist() for row in ids],
            "greedy": {"prompt": ids[0][:12], "tokens": tokens}}


def encoder_reference(model, name, dtype, number, vocabulary):
    generator = torch.Generator().manual_seed(1000 * seed + number)
    fill(model, name, generator)
    round_to(model, dtype)
    lengths = [70, 33, 1]
    # Token 1 is RoBERTa's padding.
    ids = torch.randint(2, vocabulary, (3, 70), generator=generator)
    mask = torch.tensor([[int(place < length) for place in range(70)] for length in lengths])
    ids = torch.where(mask == 1, ids, torch.tensor(1))
    states = model(input_ids=ids, attention_mask=mask).last_hidden_state
    return {"input_ids": [row[:length].tolist() for row, length in zip(ids, lengths)],
            "rows": [row[:length].tolist() for row, length in zip(states, lengths)]}


def as_published(path):
    """config.json with the rotary keys that files had before transformers 5."""
    values = json.load(open(path))
    rotary = values.pop("rope_parameters", None)
    if not rotary:
        return
    local = rotary.get("sliding_attention")
    rotary = rotary.get("full_attention", rotary)
    if local:
        values["rope_local_base_freq"] = local["rope_theta"]
    values["rope_theta"] = rotary.pop("rope_theta")
    partial = rotary.pop("partial_rotary_factor", None)
    if partial is not None:
        values["partial_rotary_factor"] = partial
    values["rope_scaling"] = None if rotary["rope_type"] == "default" else rotary
    json.dump(values, open(path, "w"))


with torch.no_grad():
    for number, (name, configuration) in enumerate(cases.items()):
        configuration._attn_implementation = "eager"
        isEncoder = name in ("bert", "roberta")
        make = hf.AutoModel if isEncoder else hf.AutoModelForCausalLM
        model = make.from_config(configuration).eval()
        dtype = draw.choice([torch.float32, torch.float32, torch.float16, torch.bfloat16])
        compute = encoder_reference if isEncoder else decoder_reference
        reference = compute(model, name, dtype, number, configuration.vocab_size)
        path = os.path.join(directory, name)
        copy.deepcopy(model).to(dtype).save_pretrained(path, max_shard_size=draw.choice(["5GB", "9KB"]))
        if flag():
            as_published(path + "/config.json")
        # Only its presence is asked for.
        open(path + "/tokenizer.json", "w").write("{}")
        json.dump(reference, open(path + "/reference.json", "w"))
