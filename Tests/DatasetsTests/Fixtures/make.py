#!/usr/bin/env python3
"""Reference values for the dataset tests, from TRL 1.16.0 and transformers 5.24.0.

python3 -m venv venv && venv/bin/pip install trl==1.16.0 transformers==5.24.0 jinja2 sentencepiece tiktoken protobuf
venv/bin/python make.py DATA          # DATA: the directory with tokenizers/, chat_templates/, text/
"""
import csv, io, json, pathlib, random, re, sys, types
from datasets import Dataset
from transformers import AutoTokenizer, GPT2Tokenizer, PreTrainedTokenizerFast, Qwen2Tokenizer
from transformers.convert_slow_tokenizer import TikTokenConverter
from trl import SFTConfig, SFTTrainer, chat_template_utils, pack_dataset

data = pathlib.Path(sys.argv[1])
here = pathlib.Path(__file__).parent
random.seed(20240726)


def write(name, rows):
    lines = (json.dumps(row, ensure_ascii=False, separators=(",", ":")) + "\n" for row in rows)
    (here / name).write_text("".join(lines), encoding="utf-8")


# Tokenizers: the files beside the repository, as transformers reads them.
vocabularies = data / "tokenizers"
special = ["begin_of_text", "end_of_text", "reserved_special_token_0", "reserved_special_token_1", "finetune_right_pad_id",
           "reserved_special_token_2", "start_header_id", "end_header_id", "eom_id", "eot_id", "python_tag"]
special += [f"reserved_special_token_{i}" for i in range(3, 248)]
llama3 = TikTokenConverter(vocab_file=str(vocabularies / "llama3/tokenizer.model"),
                           extra_special_tokens=[f"<|{name}|>" for name in special]).converted()
qwen2_config = json.loads((vocabularies / "qwen2/tokenizer_config.json").read_text())
tokenizers = {
    "gpt2": GPT2Tokenizer(vocab=str(vocabularies / "gpt2/vocab.json"), merges=str(vocabularies / "gpt2/merges.txt")),
    "llama2": AutoTokenizer.from_pretrained(str(vocabularies / "llama2")),
    "phi3": PreTrainedTokenizerFast(tokenizer_file=str(vocabularies / "phi3/tokenizer.json"), bos_token="<s>", eos_token="<|endoftext|>"),
    "qwen2": Qwen2Tokenizer.from_pretrained(str(vocabularies / "qwen2")),
    "llama3": PreTrainedTokenizerFast(tokenizer_object=llama3, bos_token="<|begin_of_text|>", eos_token="<|eot_id|>"),
}


# What TRL's SFTTrainer makes of rows: ids and labels.
def prepared(tokenizer, rows, **options):
    args = SFTConfig(output_dir="/nonexistent", report_to="none", use_cpu=True, bf16=False, **options)
    only = args.completion_only_loss
    trainer = types.SimpleNamespace(
        _tokenizer=tokenizer, chat_template=tokenizer.chat_template,
        completion_only_loss="prompt" in rows[0] if only is None else only)
    made = SFTTrainer._prepare_dataset(trainer, Dataset.from_list(rows), tokenizer, args, False, None, "train")
    return [dict(tokens=row["input_ids"], labels=row["labels"]) for row in made]


answers = [
    ("Name a colour.", "Blue, like the sky at noon."),
    ("Describe the sea.\nIn two lines.", "It is wide and it is deep;\nit never stops moving, not even at night, when nobody looks."),
    ("翻译：早上好", "Good morning!"), ("写一句诗", "床前明月光，疑是地上霜。"), ("Emoji?", "🙂👩‍🚀 — sure."),
]
pairs = [dict(prompt=prompt + "\n", completion=answer) for prompt, answer in answers]
pairs += [dict(prompt="The answer is", completion=" 42."), dict(prompt="The ans", completion="wer merges"),
          dict(prompt="", completion="no prompt"), dict(prompt="line\n", completion="\n\nmore"), dict(prompt="x", completion="")]
texts = [dict(text=answer) for _, answer in answers] + [dict(text="already ended"), dict(text="🙂 naïve")]
cases = []
for name in ["gpt2", "llama2", "qwen2"]:
    for rows, options in [(texts, {}), (pairs, {}), (pairs, dict(completion_only_loss=False)), (pairs, dict(max_length=24)),
                          (texts, dict(max_length=16, truncation_mode="keep_end"))]:
        options = dict(dict(max_length=1024), **options)
        cases.append(dict(tokenizer=name, options=options, rows=rows, expected=prepared(tokenizers[name], rows, **options)))
write("texts.jsonl", cases)

# transformers 5 builds Llama's tokenizer anew; this is the file as the tokenizers library reads it.
tokenizers["llama2"] = PreTrainedTokenizerFast(tokenizer_file=str(vocabularies / "llama2/tokenizer.json"), bos_token="<s>", eos_token="</s>")

# Conversations. TRL's training templates say what the assistant says where there is one; elsewhere the marks of the
# template's own format do, and transformers' offsets turn them into tokens.
conversations = {
    "single": [("user", "Hello"), ("assistant", "Hi there")],
    "multi": [("user", "Hello"), ("assistant", "Hi there"), ("user", "   Who are you?   "), ("assistant", "  A model.\n\n- one\n- two")],
    "system": [("system", "Be brief."), ("user", "你好，今天天气怎么样？"), ("assistant", "今天天气很好。🙂")],
    "open": [("user", "One"), ("assistant", "two"), ("user", "three?")],
    "code": [("user", "Show code"), ("assistant", "```python\nprint('<b>')\n```\n"), ("user", "é\u0301 again"), ("assistant", "\n\nSure:\té")],
    "thought": [("user", "2+2?"), ("assistant", "<think>\nadd them\n</think>\n\n4"), ("user", "3+3?"), ("assistant", "<think>\nagain\n</think>\n\n6")],
}
# Calls of tools, for the formats whose every turn of the assistant has its marks.
call = dict(type="function", function=dict(name="now", arguments=dict(zone="UTC")))
conversations["tool"] = [("user", "What time is it?"), ("assistant", "", [call]), ("tool", "12:00"), ("assistant", "Noon.")]
formats = {
    "chatml": ("<|im_start|>assistant\n", "<|im_end|>\n"),
    "llama3": ("<|start_header_id|>assistant<|end_header_id|>\n\n", "<|eot_id|>"),
    "gemma": ("<start_of_turn>model\n", "<end_of_turn>\n"),
    "phi3": ("<|assistant|>\n", "<|end|>\n"),
    "phi4": ("<|assistant|>", "<|end|>"),
    "mistral": ("[/INST]", "</s>"),
    "deepseek": ("<｜Assistant｜>", "<｜end▁of▁sentence｜>"),
}
models = [
    ("Qwen-Qwen2.jinja", "qwen2", "chatml"),
    ("Qwen-Qwen2.5-7B-Instruct.jinja", "qwen2", "chatml"),
    ("Qwen-Qwen3.jinja", "qwen2", "chatml"),
    ("NousResearch-Hermes-3-Llama-3.1-8B-tool_use.jinja", "qwen2", "chatml"),
    ("deepseek-ai-DeepSeek-R1-Distill-Qwen-32B.jinja", "qwen2", "deepseek"),
    ("meta-llama-Llama-3.1-8B-Instruct.jinja", "llama3", "llama3"),
    ("meta-llama-Llama-3.2-3B-Instruct.jinja", "llama3", "llama3"),
    ("google-gemma-1.jinja", "llama2", "gemma"),
    ("google-gemma-2-2b-it.jinja", "llama2", "gemma"),
    ("google-gemma-3.jinja", "llama2", "gemma"),
    ("microsoft-Phi-3-mini.jinja", "phi3", "phi3"),
    ("microsoft-Phi-3.5-mini-instruct.jinja", "phi3", "phi3"),
    ("microsoft-Phi-4-mini.jinja", "gpt2", "phi4"),
    ("mistralai-Mistral-Nemo-Instruct-2407.jinja", "llama2", "mistral"),
]
# For these, TRL's training template renders another text, or counts a part of the generation prompt as said.
unlike = {"Qwen-Qwen3.jinja", "Qwen-Qwen2.5-7B-Instruct.jinja", "deepseek-ai-DeepSeek-R1-Distill-Qwen-32B.jinja"}


def training_template(tokenizer, template):
    tokenizer.chat_template = template
    try:
        return chat_template_utils.get_training_chat_template(tokenizer)
    except Exception:
        return None


def marked(tokenizer, text, marks):
    start, end = marks
    encoding = tokenizer(text, add_special_tokens=False, return_offsets_mapping=True)
    spans = [m.span(1) for m in re.finditer(re.escape(start) + "(.*?" + re.escape(end) + ")", text, re.DOTALL)]
    # Phi 3 and 4 end the whole text with a token of their own, which the last turn says.
    if spans and text[spans[-1][1]:] == tokenizer.eos_token: spans[-1] = (spans[-1][0], len(text))
    mask = [0] * len(encoding["input_ids"])
    for i, (start, end) in enumerate(encoding["offset_mapping"]):
        mask[i] = int(any(start < last and end > first for first, last in spans))
    return encoding["input_ids"], mask


# Hermes' template cannot do without tools.
tool = dict(type="function", function=dict(name="now", description="the time", parameters=dict(type="object", properties={})))
cases = []
for file, name, marks in models:
    tokenizer = tokenizers[name]
    source = (data / "chat_templates" / file).read_text()
    training = None if file in unlike else training_template(tokenizer, source)
    for title, turns in conversations.items():
        if title == "tool" and marks not in ("chatml", "llama3") or title == "tool" and "Qwen2.jinja" in file: continue
        messages = [dict(role=role, content=content) for role, content, *_ in turns]
        for message, turn in zip(messages, turns):
            if len(turn) > 2: message["tool_calls"] = turn[2]
        row = dict(messages=messages, chat_template_kwargs=dict(date_string="26 Jul 2024"))
        if "tool_use" in file or title == "tool": row["tools"] = [tool]
        variables = dict(tools=row.get("tools"), **row["chat_template_kwargs"])
        case = dict(template=file, tokenizer=name, conversation=title, row=row)
        try:
            text = tokenizer.apply_chat_template(messages, chat_template=source, tokenize=False, **variables)
            (ids, mask), judge = marked(tokenizer, text, formats[marks]), "marks"
            if training:
                made = tokenizer.apply_chat_template(messages, chat_template=training, return_dict=True,
                                                     return_assistant_tokens_mask=True, **variables)
                # Some render thoughts that the model's own template takes out.
                if made["input_ids"] == ids: mask, judge = made["assistant_masks"], "trl"
            learned = [i for i, bit in enumerate(mask) if bit]
            # Where no token of the vocabulary ends the last answer, ours gets one more than TRL's.
            ends = {"<|im_end|>", "<|eot_id|>", "<|end|>", "<|endoftext|>", "</s>"}
            last = [t for t in tokenizer.convert_ids_to_tokens(ids) if t not in ("Ċ", "▁", "<0x0A>")][-1]
            case |= dict(needs_end=turns[-1][0] == "assistant" and last not in ends)
            case |= dict(judge=judge, bos=tokenizer.bos_token, eos=tokenizer.eos_token, tokens=ids, learned=learned)
        except Exception as error:
            case |= dict(error=type(error).__name__)
        cases.append(case)
    tokenizer.chat_template = None
write("conversations.jsonl", cases)

# Prompt and completion as messages.
cases = []
for file, name in [("Qwen-Qwen2.5-7B-Instruct.jinja", "qwen2"), ("microsoft-Phi-3.5-mini-instruct.jinja", "phi3"),
                   ("meta-llama-Llama-3.2-3B-Instruct.jinja", "llama3")]:
    tokenizer = tokenizers[name]
    tokenizer.chat_template = (data / "chat_templates" / file).read_text()
    rows = [dict(prompt=[dict(role="user", content=prompt)], completion=[dict(role="assistant", content=answer)],
                 chat_template_kwargs=dict(date_string="26 Jul 2024"))
            for prompt, answer in answers]
    cases.append(dict(template=file, tokenizer=name, bos=tokenizer.bos_token, eos=tokenizer.eos_token, rows=rows,
                      expected=prepared(tokenizer, rows, max_length=1024)))
    tokenizer.chat_template = None
write("completions.jsonl", cases)

# Packing.
cases = []
for capacity, count in [(8, 12), (64, 200), (1024, 300)]:
    lengths = [random.choice([1, 2, capacity, capacity - 1, random.randint(1, capacity)]) for _ in range(count)]
    rows = [dict(input_ids=[i] * length) for i, length in enumerate(lengths)]
    packed = pack_dataset(Dataset.from_list(rows), capacity, "bfd")
    packs = [list(dict.fromkeys(row["input_ids"])) for row in packed]
    cases.append(dict(capacity=capacity, lengths=lengths, packs=packs))
write("packing.jsonl", cases)

# CSV: what Python's writer quotes, its reader reads back.
pieces = ["plain", "", "a,b", 'say "hi"', "two\nlines", "cr\r\nlf", " spaces ", "é\u0301", "\u2028", '"', '""', ",", "你好", "0x0", "'"]
rows = [[random.choice(pieces) + random.choice(pieces) for _ in range(3)] for _ in range(60)]
buffer = io.StringIO()
csv.writer(buffer, lineterminator="\r\n").writerows([["prompt", "completion", 'odd "name", here']] + rows)
(here / "fields.csv").write_bytes(buffer.getvalue().encode())
header, *read = csv.reader(io.StringIO(buffer.getvalue(), newline=""), strict=True)
assert read == rows
write("fields.jsonl", [dict(zip(header, row)) for row in read])
