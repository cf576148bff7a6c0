"""Writes schedules.json: learning rates of transformers' schedules, to compare ours with.

    python schedules.py > schedules.json        (transformers 5.24, torch 2.15)
"""

import json
import warnings

import torch
from transformers import get_scheduler

warnings.filterwarnings("ignore")

BASE = 2e-4
CASES = [
    ("linear", 20, 0, {}),
    ("linear", 20, 5, {}),
    ("linear", 3, 7, {}),
    ("cosine", 20, 4, {}),
    ("cosine", 20, 4, {"num_cycles": 1.5}),
    ("cosine_with_restarts", 20, 3, {"num_cycles": 3}),
    ("polynomial", 20, 2, {}),
    ("polynomial", 20, 2, {"power": 2.5, "lr_end": 1e-5}),
    ("constant", 10, 4, {}),
    ("constant_with_warmup", 10, 4, {}),
    ("inverse_sqrt", 20, 4, {}),
    ("inverse_sqrt", 20, 0, {}),
    ("inverse_sqrt", 20, 4, {"timescale": 100}),
    ("cosine_with_min_lr", 20, 4, {"min_lr_rate": 0.1}),
    ("cosine_with_min_lr", 20, 4, {"min_lr": 5e-5, "num_cycles": 1.0}),
    ("cosine_warmup_with_min_lr", 20, 4, {"min_lr_rate": 0.1}),
    ("cosine_warmup_with_min_lr", 20, 4, {"min_lr": 5e-5, "warmup_lr_rate": 0.2}),
    ("warmup_stable_decay", 20, 4, {"num_decay_steps": 6}),
    ("warmup_stable_decay", 20, 4, {"num_decay_steps": 6, "num_stable_steps": 5, "min_lr_ratio": 0.1,
                                    "warmup_type": "cosine", "decay_type": "1-sqrt"}),
    ("warmup_stable_decay", 20, 4, {"num_decay_steps": 6, "decay_type": "linear", "warmup_type": "1-sqrt"}),
]
# Of each evaluation, in the order in which they come; the step is the number of evaluations so far.
PLATEAU = [
    ("min", [3.0, 2.0, 2.0, 2.0, 2.0, 1.9, 1.9, 1.9, 1.9, 1.9], {"patience": 2}),
    ("min", [3.0, 3.0, 3.0, 3.0, 3.0, 3.0, 2.9999, 2.0, 2.5, 2.5, 2.5], {"patience": 1, "cooldown": 2, "factor": 0.5}),
    ("max", [1.0, 0.9, 0.95, 1.00005, 1.5, 1.4, 1.3], {"patience": 0, "threshold_mode": "abs", "threshold": 0.01,
                                                      "min_lr": 5e-6}),
]
GREEDY = [
    ("min", [3.0, 2.0, 1.5, 1.4, 1.6, 1.6, 1.6, 1.3, 1.2, 1.1, 1.0], {"patience": 1, "min_lr": 1e-5, "factor": 0.5}),
    ("min", [3.0, 2.0, 1.5, 1.4, 1.6, 1.6, 1.6, 1.3, 1.2, 1.1, 1.0], {}),
    ("max", [1.0, 2.0, 3.0, 4.0, 3.0, 3.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 9.0],
     {"patience": 0, "min_lr": 1e-4, "max_lr": 3e-4, "factor": 0.8, "cooldown": 1, "warmup": 1, "reset_start": 2}),
    ("min", [3.0, 2.0, 2.5, 2.4, 2.6, 1.6, 1.6, 1.9], {"patience": 0, "min_lr": 1e-6, "smooth": True, "window_size": 3,
                                                       "threshold_mode": "rel", "threshold": 0.01}),
]


def optimizer():
    return torch.optim.AdamW([torch.nn.Parameter(torch.zeros(1))], lr=BASE)


def rates(name, total, warmup, arguments):
    o = optimizer()
    schedule = get_scheduler(name, o, num_warmup_steps=warmup, num_training_steps=total,
                             scheduler_specific_kwargs=dict(arguments))
    values = []
    for _ in range(total + 3):
        values.append(o.param_groups[0]["lr"])
        o.step()
        schedule.step()
    return values


def adaptive(name, mode, metrics, arguments):
    o = optimizer()
    schedule = get_scheduler(name, o, scheduler_specific_kwargs={"mode": mode, **arguments})
    values = []
    for metric in metrics:
        schedule.step(metric)
        values.append(o.param_groups[0]["lr"])
    return values


print(json.dumps({
    "base": BASE,
    "schedules": [{"type": n, "total": t, "warmup": w, "arguments": a, "rates": rates(n, t, w, a)}
                  for n, t, w, a in CASES],
    "adaptive": [{"type": n, "mode": m, "metrics": v, "arguments": a, "rates": adaptive(n, m, v, a)}
                 for n, cases in (("reduce_lr_on_plateau", PLATEAU), ("greedy", GREEDY)) for m, v, a in cases],
}))
