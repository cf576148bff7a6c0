"""What PEFT, transformers and TensorBoard make of files that Quern wrote.

    python3 peers.py REQUEST

REQUEST is JSON: "ids" of one sequence, "base" and "adapter" directories, "models" by name, a "text", "runs" of
TensorBoard. Prints JSON: logits of the adapted base and of each model, ids of the text by the models' tokenizers, and
scalars by tag, or null without tensorboard.
"""

import json
import sys

import torch
from peft import PeftModel
from transformers import AutoModelForCausalLM, AutoTokenizer


def load(directory):
    return AutoModelForCausalLM.from_pretrained(directory, dtype=torch.float32).eval()


def logits(model, ids):
    with torch.no_grad():
        return model(torch.tensor([ids])).logits[0].tolist()


def scalars(directory):
    try:
        from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
    except ImportError:
        return None
    events = EventAccumulator(directory)
    events.Reload()
    return {tag: [[e.step, e.value] for e in events.Scalars(tag)] for tag in events.Tags()["scalars"]}


request = json.loads(sys.argv[1])
ids = request["ids"]
answer = {
    "adapted": logits(PeftModel.from_pretrained(load(request["base"]), request["adapter"]).eval(), ids),
    "models": {name: logits(load(path), ids) for name, path in request["models"].items()},
    "tokens": {name: AutoTokenizer.from_pretrained(path)(request["text"]).input_ids for name, path in request["models"].items()},
    "scalars": scalars(request["runs"]),
}
print(json.dumps(answer))
