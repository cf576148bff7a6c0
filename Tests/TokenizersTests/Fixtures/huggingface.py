"""What Hugging Face tokenizers 0.23.3 and sentencepiece 0.2.x give; the tests compare.

    python3 huggingface.py available
    python3 huggingface.py components SEED COUNT
    python3 huggingface.py vocabularies SEED COUNT DATA
    python3 huggingface.py unigram SEED COUNT FOLDER
    python3 huggingface.py hashes DATA > text-hashes.json

All but `hashes` print a JSON line for each tokenizer: where it is (`json` or `path`), and `cases` of text, ids, decoded.
"""

import base64
import glob
import json
import os
import random
import sys

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

SPLIT = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*"
    r"|\s*[\r\n]+|\s+(?!\S)|\s+"
)

# Places where scripts, spaces, marks, symbols and digits are; random scalars alone would be mostly ideographs.
RANGES = [
    (0x20, 0x7F), (0x20, 0x7F), (0x20, 0x7F), (0x00, 0x20), (0xA0, 0x180), (0x300, 0x370), (0x370, 0x530),
    (0x590, 0x700), (0x900, 0xA00), (0xE00, 0xE80), (0x1100, 0x1200), (0x1E00, 0x2000), (0x2000, 0x2070),
    (0x2070, 0x2200), (0x2460, 0x2500), (0x2580, 0x2590), (0x3000, 0x3100), (0x3300, 0x3400), (0x4E00, 0xA000),
    (0xAC00, 0xD7A4), (0xF900, 0xFB50), (0xFB50, 0x10000), (0x10000, 0x12000), (0x1D100, 0x1D800), (0x1F000, 0x1FB00),
    (0x20000, 0x32400), (0xE0000, 0xE0200), (0, 0x110000),
]
WORDS = ["'s", "'LL", "'ſ", " don't", "  ", "\n\n", " \r\n", "\t", "123456", "１２", "²", "é", "e\u0301", "가각", "\u1100\u1161\u11a8",
         "Hello", " world", "中文字", "ﬁ", "Ⅷ", "...", "!!\n", "▁", " ▁▁", "<|x|>", "İ", "ς", "\u0085", "\u180e", "\u200d",
         "\U0001F468\u200d\U0001F469", "</w>", "##a", "<0x0A>"]


def scalar(random):
    while True:
        value = random.randrange(*random.choice(RANGES))
        if not 0xD800 <= value < 0xE000:
            return chr(value)


def text(random):
    parts = []
    for _ in range(random.choice([1, 2, 3, 5, 10, 30])):
        kind = random.randrange(4)
        if kind == 0:
            parts.append(random.choice(WORDS))
        elif kind == 1:
            first = ord(scalar(random))
            parts += [chr(first + i) for i in range(random.randrange(1, 6)) if first + i < 0xD800 or 0xE000 <= first + i < 0x110000]
        else:
            parts += [scalar(random) for _ in range(random.randrange(1, 5))]
    return "".join(parts)


def cases(tokenizer, texts, special=False):
    for each in texts:
        ids = tokenizer.encode(each, add_special_tokens=special).ids
        yield {"text": each, "ids": ids, "decoded": tokenizer.decode(ids, skip_special_tokens=False)}


def pieces_model():
    """Ids that are the bytes of each piece, with `##` before every scalar of it but the first: pieces can be seen."""
    return models.BPE(
        vocab={f"<0x{byte:02X}>": byte for byte in range(256)}, merges=[], byte_fallback=True,
        continuing_subword_prefix="##",
    )


def component_tokenizers():
    tokens = [AddedToken("<|x|>", normalized=False), AddedToken("Hello", normalized=True, single_word=True),
              AddedToken("world", lstrip=True, rstrip=True, normalized=False)]
    charsmap = precompiled_charsmap()
    for normalizer in [
        normalizers.NFC(), normalizers.NFD(), normalizers.NFKC(), normalizers.NFKD(), normalizers.Lowercase(),
        normalizers.StripAccents(), normalizers.Strip(), normalizers.Strip(left=False), normalizers.Nmt(),
        normalizers.BertNormalizer(), normalizers.BertNormalizer(lowercase=False),
        normalizers.BertNormalizer(clean_text=False, handle_chinese_chars=False, strip_accents=True, lowercase=False),
        normalizers.Replace("e", "▁▁"), normalizers.Replace(Regex(r"\s+|\p{N}"), "#"), normalizers.Prepend("▁"),
        normalizers.ByteLevel(), normalizers.Sequence([normalizers.NFD(), normalizers.StripAccents(), normalizers.Lowercase()]),
    ] + ([normalizers.Precompiled(charsmap)] if charsmap else []):
        tokenizer = Tokenizer(pieces_model())
        tokenizer.normalizer = normalizer
        yield tokenizer
    for pre_tokenizer in [
        pre_tokenizers.Digits(False), pre_tokenizers.Digits(True), pre_tokenizers.Whitespace(),
        pre_tokenizers.WhitespaceSplit(), pre_tokenizers.BertPreTokenizer(), pre_tokenizers.ByteLevel(),
        pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False), pre_tokenizers.CharDelimiterSplit("e"),
        pre_tokenizers.Metaspace(), pre_tokenizers.Metaspace(prepend_scheme="never"),
        pre_tokenizers.Metaspace(prepend_scheme="first", split=False),
        *[pre_tokenizers.Punctuation(behavior) for behavior in BEHAVIORS],
        *[pre_tokenizers.Split(Regex(r"\p{Lu}|\d+|\s"), behavior, invert)
          for behavior in BEHAVIORS for invert in (False, True)],
        *[pre_tokenizers.Split(" ", behavior) for behavior in BEHAVIORS],
        pre_tokenizers.Split(Regex(SPLIT), "isolated"), pre_tokenizers.Split(Regex(SPLIT), "removed", True),
        pre_tokenizers.Split(Regex(SPLIT.replace("{1,3}", "")), "isolated"),
        pre_tokenizers.Split(Regex(r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+|\p{N}|\s+|."), "isolated"),
        pre_tokenizers.Sequence([pre_tokenizers.Digits(True), pre_tokenizers.ByteLevel(add_prefix_space=True)]),
        pre_tokenizers.Sequence([pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace()]),
    ]:
        tokenizer = Tokenizer(pieces_model())
        tokenizer.pre_tokenizer = pre_tokenizer
        tokenizer.add_tokens(tokens)
        yield tokenizer
    for decoder in [
        decoders.ByteLevel(), decoders.Metaspace(), decoders.Metaspace(prepend_scheme="never"), decoders.WordPiece(),
        decoders.WordPiece(cleanup=False), decoders.BPEDecoder(), decoders.ByteFallback(), decoders.Fuse(),
        decoders.Replace("▁", " "), decoders.Strip("e", 1, 0),
        decoders.Sequence([decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)]),
    ]:
        tokenizer = Tokenizer(spelled_model())
        tokenizer.decoder = decoder
        tokenizer.add_special_tokens(["<|x|>"])
        yield tokenizer


BEHAVIORS = ["removed", "isolated", "merged_with_previous", "merged_with_next", "contiguous"]


def spelled_model():
    """Merges of many spellings, with an unknown token, so that decoders meet them all."""
    alphabet = sorted({c for word in WORDS for c in word} | set(pre_tokenizers.ByteLevel.alphabet()))
    vocab = {token: id for id, token in enumerate(["<unk>"] + alphabet)}
    merges = []
    for word in WORDS:
        for end in range(2, len(word) + 1):
            if word[:end] not in vocab:
                vocab[word[:end]] = len(vocab)
                merges.append((word[:end - 1], word[end - 1]))
    return models.BPE(vocab=vocab, merges=merges, unk_token="<unk>", fuse_unk=True)


def precompiled_charsmap():
    try:
        import sentencepiece, io
        from sentencepiece import sentencepiece_model_pb2 as proto
    except ImportError:
        return None
    stream = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(["a b c d e f g h"] * 10), model_writer=stream, vocab_size=16, hard_vocab_limit=False,
        minloglevel=2)
    model = proto.ModelProto.FromString(stream.getvalue())
    return model.normalizer_spec.precompiled_charsmap


def components(seed, count):
    generator = random.Random(seed)
    texts = [text(generator) for _ in range(count)] + WORDS
    for tokenizer in component_tokenizers():
        print(json.dumps({"json": tokenizer.to_str(), "cases": list(cases(tokenizer, texts))}))


def llama3(data):
    """The ranks of the tiktoken file as a tokenizer: what transformers' converter does."""
    ranks = {}
    with open(f"{data}/tokenizers/llama3/tokenizer.model", "rb") as file:
        for line in file:
            token, rank = line.split()
            ranks[base64.b64decode(token)] = int(rank)
    spelling = byte_spelling()
    spell = lambda token: "".join(spelling[byte] for byte in token)
    merges = []
    for token, rank in ranks.items():
        cuts = [(token[:i], token[i:]) for i in range(1, len(token)) if token[:i] in ranks and token[i:] in ranks]
        merges += [(rank, spell(a), spell(b)) for a, b in sorted(cuts, key=lambda cut: (ranks[cut[0]], ranks[cut[1]]))]
    merges.sort(key=lambda merge: merge[0])
    tokenizer = Tokenizer(models.BPE({spell(t): r for t, r in ranks.items()}, [m[1:] for m in merges], ignore_merges=True))
    tokenizer.pre_tokenizer = split_then_bytes(SPLIT)
    tokenizer.decoder = decoders.ByteLevel()
    named = {0: "begin_of_text", 1: "end_of_text", 4: "finetune_right_pad_id", 6: "start_header_id",
             7: "end_header_id", 8: "eom_id", 9: "eot_id", 10: "python_tag"}
    reserved = iter(range(256))
    tokenizer.add_special_tokens(
        [f"<|{named[i] if i in named else f'reserved_special_token_{next(reserved)}'}|>" for i in range(256)])
    return tokenizer


def byte_spelling():
    plain = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = iter(range(0x100, 0x200))
    return [chr(byte if byte in plain else next(others)) for byte in range(256)]


def split_then_bytes(expression):
    return pre_tokenizers.Sequence([
        pre_tokenizers.Split(Regex(expression), "isolated"),
        pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])


def byte_level(folder):
    tokenizer = Tokenizer(models.BPE.from_file(f"{folder}/vocab.json", f"{folder}/merges.txt"))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    return tokenizer


def bert(file):
    tokenizer = Tokenizer(models.WordPiece.from_file(file, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece()
    tokenizer.add_special_tokens(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"])
    return tokenizer


def vocabulary_tokenizers(data):
    folder = f"{data}/tokenizers"
    gpt2 = byte_level(f"{folder}/gpt2")
    gpt2.add_special_tokens(["<|endoftext|>"])
    qwen2 = byte_level(f"{folder}/qwen2")
    qwen2.normalizer = normalizers.NFC()
    qwen2.pre_tokenizer = split_then_bytes(SPLIT.replace("{1,3}", ""))
    qwen2.add_special_tokens(["<|endoftext|>", "<|im_start|>", "<|im_end|>"])
    yield "gpt2", gpt2
    yield "qwen2", qwen2
    yield "llama3", llama3(data)
    yield "bert-chinese", bert(f"{folder}/bert-chinese/vocab.txt")
    for name in ["bert-uncased", "llama2", "phi2", "phi3"]:
        tokenizer = Tokenizer.from_file(f"{folder}/{name}/tokenizer.json")
        tokenizer.no_truncation()
        tokenizer.no_padding()
        yield name, tokenizer


def vocabularies(seed, count, data):
    generator = random.Random(seed)
    texts = [text(generator) for _ in range(count)] + WORDS
    for name, tokenizer in vocabulary_tokenizers(data):
        print(json.dumps({"path": name, "cases": list(cases(tokenizer, texts))}))


def unigram(seed, count, folder):
    """Models trained here: by Hugging Face's trainer, and by SentencePiece with several settings."""
    generator = random.Random(seed)
    with open(__file__, encoding="utf8") as file:
        lines = [line.strip() for line in file if line.strip()]
    lines += ["人之初性本善性相近习相远", "Größe, naïve café ½ ﬁne"] * 5
    texts = [text(generator) for _ in range(count)] + WORDS + lines
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFKC(), normalizers.Replace(Regex(" {2,}"), " ")])
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.decoder = decoders.Metaspace()
    tokenizer.train_from_iterator(
        lines, trainers.UnigramTrainer(vocab_size=800, special_tokens=["<unk>", "<s>"], unk_token="<unk>", show_progress=False))
    print(json.dumps({"json": tokenizer.to_str(), "cases": list(cases(tokenizer, texts))}))
    import sentencepiece
    for name, settings in {
        "plain": {},
        "bytes": {"byte_fallback": True, "vocab_size": 1000},
        "identity": {"normalization_rule_name": "identity", "remove_extra_whitespaces": False},
        "pairs": {"model_type": "bpe"},
        "pairs-bytes": {"model_type": "bpe", "byte_fallback": True, "normalization_rule_name": "identity",
                        "remove_extra_whitespaces": False, "split_digits": True, "vocab_size": 1000},
        "suffix": {"treat_whitespace_as_suffix": True, "add_dummy_prefix": True},
        "symbols": {"user_defined_symbols": ["<sep>", "qq"]},
    }.items():
        path = f"{folder}/{name}.model"
        with open(path, "wb") as file:
            sentencepiece.SentencePieceTrainer.train(
                sentence_iterator=iter(lines), model_writer=file, minloglevel=2,
                **{"vocab_size": 700, "hard_vocab_limit": False, "character_coverage": 0.98, **settings})
        processor = sentencepiece.SentencePieceProcessor(model_file=path)
        # Control tokens written out are ids for us and text for SentencePiece.
        plain = [each for each in texts if not any(token in each for token in ["<s>", "</s>", "<unk>"])]
        print(json.dumps({"path": path, "cases": [
            {"text": each, "ids": processor.encode(each), "decoded": None} for each in plain]}))


def fnv(ids):
    """FNV-1a of 64 bits over the ids as 32-bit little-endian numbers."""
    value = 0xCBF29CE484222325
    for id in ids:
        for byte in id.to_bytes(4, "little"):
            value = (value ^ byte) * 0x100000001B3 & 0xFFFFFFFFFFFFFFFF
    return value


def hashes(data):
    """For each vocabulary and text file the count and the hash of the ids of the whole file."""
    tokenizers = list(vocabulary_tokenizers(data))
    rows = []
    for path in sorted(glob.glob(f"{data}/text/*")) + [f"{data}/clean/web_zh.txt"]:
        with open(path, encoding="utf8", newline="") as file:
            whole = file.read()
        for name, tokenizer in tokenizers:
            ids = tokenizer.encode(whole, add_special_tokens=False).ids
            row = {"model": name, "file": os.path.relpath(path, data), "count": len(ids), "fnv": f"{fnv(ids):016x}"}
            rows.append(json.dumps(row))
    print("[\n" + ",\n".join(rows) + "\n]")


if __name__ == "__main__":
    arguments = [int(each) if each.isdigit() else each for each in sys.argv[2:]]
    os.environ["TOKENIZERS_PARALLELISM"] = "false"
    if sys.argv[1] != "available":
        {"components": components, "vocabularies": vocabularies, "unigram": unigram, "hashes": hashes}[sys.argv[1]](*arguments)
