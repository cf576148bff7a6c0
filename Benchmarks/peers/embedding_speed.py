"""Sentences per second of an embedding model, tokenising included, with sentence-transformers or onnxruntime.

    python embedding_speed.py DIR sentence-transformers|onnxruntime f32|bf16 THREADS SENTENCES_FILE BATCH ONNX_FILE

onnxruntime runs a graph that is exported from the directory to ONNX_FILE when that is missing. Prints one JSON line.
"""

import json
import os
import resource
import sys
import time

directory, engine, dtype, threads, sentences_file, batch, onnx_file = sys.argv[1:]
os.environ["OMP_NUM_THREADS"] = threads
os.environ["TOKENIZERS_PARALLELISM"] = "false"
batch = int(batch)
with open(sentences_file) as file:
    sentences = file.read().splitlines()


def sentence_transformers_encoder():
    import torch
    from sentence_transformers import SentenceTransformer
    torch.set_num_threads(int(threads))
    model = SentenceTransformer(directory, device="cpu")
    if dtype == "bf16":
        model = model.bfloat16()
    return lambda: model.encode(sentences, batch_size=batch, normalize_embeddings=True, show_progress_bar=False)


def export_graph():
    import torch
    from transformers import AutoModel
    encoder = AutoModel.from_pretrained(directory, attn_implementation="eager").eval()

    class MeanPooled(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.encoder = encoder

        def forward(self, ids, mask):
            states = self.encoder(input_ids=ids, attention_mask=mask).last_hidden_state
            weights = mask.unsqueeze(-1).float()
            return torch.nn.functional.normalize((states * weights).sum(1) / weights.sum(1), dim=-1)

    example = torch.ones(2, 7, dtype=torch.long)
    axes = {"ids": {0: "batch", 1: "tokens"}, "mask": {0: "batch", 1: "tokens"}, "embedding": {0: "batch"}}
    torch.onnx.export(
        MeanPooled(), (example, example), onnx_file, input_names=["ids", "mask"], output_names=["embedding"],
        dynamo=False, opset_version=17, dynamic_axes=axes)


def onnxruntime_encoder():
    if not os.path.exists(onnx_file):
        export_graph()
    import numpy
    import onnxruntime
    from tokenizers import Tokenizer
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = int(threads)
    session = onnxruntime.InferenceSession(onnx_file, options, providers=["CPUExecutionProvider"])
    tokenizer = Tokenizer.from_file(f"{directory}/tokenizer.json")
    tokenizer.no_truncation()
    tokenizer.enable_padding()

    def encode():
        for start in range(0, len(sentences), batch):
            encoded = tokenizer.encode_batch(sentences[start:start + batch])
            ids = numpy.array([each.ids for each in encoded])
            mask = numpy.array([each.attention_mask for each in encoded])
            session.run(None, {"ids": ids, "mask": mask})

    return encode


encode = {"sentence-transformers": sentence_transformers_encoder, "onnxruntime": onnxruntime_encoder}[engine]()
encode()
start = time.perf_counter()
encode()
speed = len(sentences) / (time.perf_counter() - start)
print(json.dumps({
    "engine": engine, "dtype": dtype, "what": "embed", "batch": batch, "sent_s": speed,
    "peak_rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024}), flush=True)
