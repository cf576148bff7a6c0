#!/usr/bin/env python3
"""Reference values for the tokenizer tests, from Hugging Face tokenizers 0.23.3.

python3 -m venv venv && venv/bin/pip install tokenizers==0.23.3
venv/bin/python make.py DATA          # DATA: the directory with models/, text/, clean/, tokenizers/
"""
import json, pathlib, random, sys
from tokenizers import Tokenizer

data = pathlib.Path(sys.argv[1])
here = pathlib.Path(__file__).parent
# (Its Strip decoder crashes on a text shorter than `stop`, so `stop` is 0 here.)
random.seed(20240726)

# A model that has what the two real ones lack: holes in the byte tokens, added tokens with every option, ignored merges.
def added(id, content, **options):
    base = dict(single_word=False, lstrip=False, rstrip=False, normalized=False, special=False)
    return dict(id=id, content=content, **(base | options))

letters = ["▁"] + list("abcdehlorw") + ["é", "e\u0301", "你"]
letters = [t for t in letters if len(t) == 1] + ["\u0301"]
vocab = {"<unk>": 0, "<s>": 1}
for token in letters + ["<0x0A>", "<0xE5>", "<0xA5>", "<0xBD>"] + ["▁h", "he", "ll", "lo", "llo", "hello", "▁hello", "wo", "or", "rl", "ld", "e\u0301", "aa", "aaaa"]:
    vocab[token] = len(vocab)
merges = ["e \u0301", "l l", "h e", "l o", "ll o", "he llo", "▁ hello", "▁ h", "w o", "o r", "r l", "l d", "a a", "aa aa"]
n = len(vocab)
odd = {
    "version": "1.0", "truncation": {"max_length": 3, "strategy": "LongestFirst", "stride": 0, "direction": "Right"}, "padding": None,
    "added_tokens": [added(0, "<unk>", special=True), added(1, "<s>", special=True), added(n, "<word>", single_word=True),
                     added(n + 1, "<left>", lstrip=True, special=True), added(n + 2, "<right>", rstrip=True), added(n + 3, "<both>", lstrip=True, rstrip=True),
                     added(n + 4, "lo w", normalized=True), added(n + 5, "<s>x"), added(n + 6, "é!")],
    "normalizer": {"type": "Replace", "pattern": {"String": " "}, "content": "▁"}, "pre_tokenizer": None,
    "post_processor": {"type": "TemplateProcessing", "single": [{"SpecialToken": {"id": "<s>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}, {"SpecialToken": {"id": "<unk>", "type_id": 0}}],
                       "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 1}}],
                       "special_tokens": {"<s>": {"id": "<s>", "ids": [1], "tokens": ["<s>"]}, "<unk>": {"id": "<unk>", "ids": [0], "tokens": ["<unk>"]}}},
    "decoder": {"type": "Sequence", "decoders": [{"type": "ByteFallback"}, {"type": "Replace", "pattern": {"String": "▁"}, "content": " "}, {"type": "Fuse"}, {"type": "Strip", "content": " ", "start": 2, "stop": 0}]},
    "model": {"type": "BPE", "dropout": None, "unk_token": "<unk>", "continuing_subword_prefix": None, "end_of_word_suffix": "",
              "fuse_unk": True, "byte_fallback": True, "ignore_merges": True, "vocab": vocab, "merges": merges},
}
plain = json.loads(json.dumps(odd))
plain["decoder"] = None
plain["post_processor"] = None
# 0.23.3 shows a normalised added token as the normaliser spells it ("lo▁w"); without a decoder to undo that we do not follow.
plain["added_tokens"] = [token for token in plain["added_tokens"] if not token["normalized"]]
for position, token in enumerate(plain["added_tokens"]):
    token["id"] = position if position < 2 else n + position - 2
plain["model"] |= {"fuse_unk": False, "byte_fallback": False, "ignore_merges": False}

files = {
    "stories260K": (data / "models/stories260K/tokenizer.json").read_text(),
    "zh-poem-750k": (data / "models/zh-poem-750k/tokenizer.json").read_text(),
    "odd": json.dumps(odd, ensure_ascii=False),
    "plain": json.dumps(plain, ensure_ascii=False),
}

def scalar():
    while True:
        value = random.choice([random.randrange(0x20, 0x7f), random.randrange(0x80, 0x800), random.randrange(0x800, 0x10000), random.randrange(0x10000, 0x110000)])
        if not 0xd800 <= value < 0xe000:
            return chr(value)

shakespeare = (data / "text/tinyshakespeare.txt").read_text()
web = (data / "clean/web_zh.txt").read_text()
difficult = [json.loads(line)["text"] for line in (data / "tokenizers/llama_cpp_vectors.jsonl").read_bytes().split(b"\n") if line.strip()]
poems = [json.loads(line)["content"] for line in (data / "text/tang_poems_zh.jsonl").read_bytes().split(b"\n")[:400:20]]
texts = {
    "stories260K": difficult + [shakespeare[i:i + 200] for i in range(0, len(shakespeare), 60000)] + [web[i:i + 60] for i in range(0, len(web), 40000)]
        + ["".join(scalar() for _ in range(random.randrange(1, 40))) for _ in range(20)] + ["a</s>b <s>c", "<unk> <0x41>", "▁▁ x  ▁"],
    "zh-poem-750k": difficult + poems + [web[i:i + 60] for i in range(0, len(web), 40000)] + ["主题：明月 体裁：五绝\n", "月</s>明<s>", "é e\u0301"],
}
pool = ["<s>", "<s>x", "<word>", "<left>", "<right>", "<both>", "lo w", "é!", "é", "e\u0301", "\u0301", "你", "好", "奥", "\n", " ", "  ", "\u3000", "a", "aaa", "hello", "world", "q", "z", "_", "b", "<unk>"]
texts["odd"] = ["", " ", "hello hello", "aaaaaaa", "好好", "q\n好z", "x<word>", "x <word> y", "<word>", "a<left> b  <left>", "<right>  a", " <both>  <both> a"] + ["".join(random.choice(pool) for _ in range(random.randrange(1, 14))) for _ in range(120)]
texts["plain"] = texts["odd"]

with open(here / "reference.jsonl", "w") as out:
    for name, file in files.items():
        tokenizer = Tokenizer.from_str(file)
        tokenizer.no_truncation()
        for text in texts[name]:
            ids = tokenizer.encode(text).ids
            assert tokenizer.encode(text, add_special_tokens=False).ids == ids[ids[:1] == [1] and name != "plain":][: -1 if name == "odd" else None]
            out.write(json.dumps({"model": name, "text": text, "ids": ids, "decoded": tokenizer.decode(ids)}, ensure_ascii=False) + "\n")
        size = tokenizer.get_vocab_size()
        for _ in range(40):
            low = random.choice([3, 3, 0])
            ids = [random.randrange(low, random.choice([size, min(size, 260)])) for _ in range(random.randrange(0, 24))] + random.choice([[], [size + 7]])
            out.write(json.dumps({"model": name, "ids": ids, "decoded": tokenizer.decode(ids), "decoded_all": tokenizer.decode(ids, skip_special_tokens=False)}, ensure_ascii=False) + "\n")
for name in ["odd", "plain"]:
    (here / f"{name}.json").write_text(files[name] + "\n")
