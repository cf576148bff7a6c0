"""Writes runs.json: losses and gradient norms of each step of transformers' Trainer on stories260K.

    python runs.py ../../../../shared/data > runs.json    (transformers 5.24, torch 2.15; `shared` beside the repository)

Rows are taken in order, dropout is 0; the rows' ids are in the file, so that reading it needs no tokenizer.
"""

import json
import sys
import tempfile

import torch
from torch.utils.data import Dataset
from transformers import AutoModelForCausalLM, AutoTokenizer, PrinterCallback, Trainer, TrainingArguments

DATA = sys.argv[1]
MODEL = DATA + "/models/stories260K"
COMMON = dict(
    per_device_train_batch_size=4,
    num_train_epochs=3,
    learning_rate=1e-3,
    logging_steps=1,
    train_sampling_strategy="sequential",
    save_strategy="no",
    report_to="none",
    use_cpu=True,
    disable_tqdm=True,
)
# 22 rows make 6 batches, the last of 2 rows.
RUNS = [
    dict(),
    dict(gradient_accumulation_steps=4, lr_scheduler_type="cosine", warmup_steps=2, weight_decay=0.1,
         max_grad_norm=0.3),
    dict(gradient_accumulation_steps=2, label_smoothing_factor=0.1, max_grad_norm=0, adam_beta2=0.95,
         lr_scheduler_type="constant"),
    dict(optim="sgd", learning_rate=0.05, weight_decay=0.01, max_steps=7),
]


class Rows(Dataset):
    def __init__(self, rows):
        self.rows = rows

    def __len__(self):
        return len(self.rows)

    def __getitem__(self, index):
        return self.rows[index]


def collate(rows):
    width = max(len(row["input_ids"]) for row in rows)

    def padded(key, value):
        return torch.tensor([row[key] + [value] * (width - len(row[key])) for row in rows])

    mask = torch.tensor([[1] * len(row["input_ids"]) + [0] * (width - len(row["input_ids"])) for row in rows])
    return {"input_ids": padded("input_ids", 0), "attention_mask": mask, "labels": padded("labels", -100)}


def rows():
    tokenizer = AutoTokenizer.from_pretrained(MODEL)
    text = open(DATA + "/text/tinyshakespeare.txt").read()
    parts = [part for part in text.split("\n\n") if len(part) > 20][:22]
    result = []
    for index, part in enumerate(parts):
        ids = tokenizer(part)["input_ids"][: 20 + 7 * (index % 5)]
        # Every third row learns its second half alone.
        hidden = len(ids) // 2 if index % 3 == 2 else 0
        result.append({"input_ids": ids, "labels": [-100] * hidden + ids[hidden:]})
    return result


def run(arguments, examples):
    torch.manual_seed(0)
    model = AutoModelForCausalLM.from_pretrained(MODEL, dtype=torch.float32, attn_implementation="eager")
    with tempfile.TemporaryDirectory() as folder:
        trainer = Trainer(
            model=model,
            args=TrainingArguments(output_dir=folder, **{**COMMON, **arguments}),
            train_dataset=Rows(examples),
            data_collator=collate,
        )
        trainer.remove_callback(PrinterCallback)
        trainer.train()
    logs = [log for log in trainer.state.log_history if "loss" in log]
    return {
        "arguments": arguments,
        "log": [{key: log[key] for key in ("step", "epoch", "loss", "grad_norm", "learning_rate")} for log in logs],
    }


examples = rows()
print(json.dumps({"rows": examples, "runs": [run(arguments, examples) for arguments in RUNS]}))
