"""Runs CLIP_benchmark's own zeroshot_classification.evaluate on the built-in model and images and writes what it finds to
clip_benchmark_counts.json.

    python clip_benchmark_counts.py MODEL REFERENCE

MODEL is the folder of the trained emoji model (models/builtin's files, unpacked), REFERENCE that of its reference values (classes_*.json, items.json).
The model is a shim with CLIP_benchmark's interface over ONNX Runtime; pictures go through Pillow, texts through the library tokenizers. Last
run with Python 3.11, clip_benchmark 1.6.2, torch 2.15.0, numpy 2.3.5, onnxruntime 1.30.0, tokenizers 0.23.3, Pillow 13.0.0.
"""
import io
import json
import os
import sys
import zipfile

import numpy as np
import onnxruntime
import tokenizers
import torch
from clip_benchmark.metrics import zeroshot_classification
from PIL import Image

MODEL, REF = sys.argv[1:]
HERE = os.path.dirname(os.path.abspath(__file__))
config = json.load(open(os.path.join(MODEL, "preprocessor_config.json")))
size = config["crop_size"]["height"]


class Shim:
    def __init__(self):
        self.image = onnxruntime.InferenceSession(os.path.join(MODEL, "onnx", "vision_model.onnx"))
        self.text = onnxruntime.InferenceSession(os.path.join(MODEL, "onnx", "text_model.onnx"))

    def encode_image(self, x):
        return torch.from_numpy(self.image.run(["image_embeds"], {"pixel_values": x.numpy()})[0])

    def encode_text(self, ids):
        return torch.from_numpy(self.text.run(["text_embeds"], {"input_ids": ids.numpy()})[0])


bpe = tokenizers.Tokenizer.from_file(os.path.join(MODEL, "tokenizer.json"))
bpe.no_padding()
context = json.load(open(os.path.join(MODEL, "tokenizer_config.json"))).get("model_max_length", 77)


def tokenize(texts):
    ids = [e.ids for e in bpe.encode_batch(texts)]
    return torch.tensor([i + [i[-1]] * (context - len(i)) for i in ids])  # padded with the end of text, as CLIP's processor does


def pixels(data):
    im = Image.open(io.BytesIO(data)).convert("RGB")
    w, h = im.size
    s = size / min(w, h)
    im = im.resize((int(w * s), int(h * s)), Image.BICUBIC)
    left, top = (im.width - size) // 2, (im.height - size) // 2
    x = np.asarray(im.crop((left, top, left + size, top + size)), np.float32) / np.float32(255)
    x = (x - np.array(config["image_mean"], np.float32)) / np.array(config["image_std"], np.float32)
    return np.ascontiguousarray(x.transpose(2, 0, 1))


archive = zipfile.ZipFile(os.path.join(HERE, "../../datasets/builtin/emoji-test-1300.zip"))
items = json.load(open(os.path.join(REF, "items.json"), encoding="utf-8"))["items"]
out = {}
for target, name in ("name", "names_1300"), ("everyday", "friendly_50"), ("group", "groups_9"):
    c = json.load(open(os.path.join(REF, "classes_%s.json" % name), encoding="utf-8"))
    x = torch.from_numpy(np.stack([pixels(archive.read(items[i]["file"])) for i in c["images"]]))
    y = torch.tensor(c["labels"])
    pairs = torch.utils.data.TensorDataset(x, y)
    pairs.classes = c["classes"]
    loader = torch.utils.data.DataLoader(pairs, batch_size=64)
    for kind, templates in ("ensemble", c["templates"]), ("single", c["templates"][:1]):
        templates = [t.replace("{}", "{c}") for t in templates]
        m = zeroshot_classification.evaluate(Shim(), loader, tokenize, c["classes"], templates, "cpu", amp=False)
        out["%s %s" % (target, kind)] = {"n": len(y), "acc1": m["acc1"], "acc5": m["acc5"], "mean_per_class_recall": m["mean_per_class_recall"]}
with open(os.path.join(HERE, "clip_benchmark_counts.json"), "w") as f:
    json.dump(out, f, indent=1)
    f.write("\n")
