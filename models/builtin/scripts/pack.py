"""Packs the exported models into ../data, the form that the Go package embeds.

    python pack.py FOLDER      FOLDER/{emoji,cifar10}/{trained,random1,random2,random3} as export.py leaves them

Written with Python 3.11, numpy 2.4 and onnx 1.23. What is stored, and why:

* emoji/*.onnx, cifar10/vision_model.onnx: as they are (gzip would save 7% and cost 60 ms a start);
* cifar10/text_model.delta: the difference to emoji's text tower. Both were drawn from one seed and neither trains the tokens
  that its captions cannot hold, so 88% of the token table is the same. Runs of: uvarint number of bytes to keep, uvarint number of
  bytes to replace, the new bytes;
* twin/*.onnx.gz: the untrained graphs with every drawn tensor zeroed, gzipped. The Go package draws the tensors;
* the small files, once; merges.txt gzipped;
* files.json: size and SHA-256 of every file of every model. Those of the ONNX files are checked against export_report.json.
"""
import gzip
import hashlib
import json
import os
import shutil
import sys

import numpy as np
import onnx

SMALL = ["config.json", "preprocessor_config.json", "tokenizer_config.json", "special_tokens_map.json", "merges.txt"]
GRAPHS = ["onnx/vision_model.onnx", "onnx/text_model.onnx"]
DATA = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "data")


def uvarint(n):
    out = bytearray()
    while n >= 0x80:
        out.append(n & 0x7F | 0x80)
        n >>= 7
    out.append(n)
    return bytes(out)


def delta(old, new, join=4):
    """Runs of bytes that differ; runs fewer than `join` equal bytes apart become one."""
    assert len(old) == len(new)
    at = np.flatnonzero(np.frombuffer(old, np.uint8) != np.frombuffer(new, np.uint8))
    starts = np.concatenate([[0], np.flatnonzero(np.diff(at) > join) + 1])
    ends = np.concatenate([starts[1:], [len(at)]])
    out, pos = bytearray(), 0
    for a, b in zip(at[starts], at[ends - 1] + 1):
        out += uvarint(a - pos) + uvarint(b - a) + new[a:b]
        pos = b
    return bytes(out)


def hollow(paths):
    """The bytes of the first file with the tensors zeroed in which the files differ; the rest must be equal."""
    models = [onnx.load(p) for p in paths]
    for tensors in zip(*(m.graph.initializer for m in models)):
        if len({t.raw_data for t in tensors}) > 1:
            for t in tensors:
                t.raw_data = bytes(len(t.raw_data))
    out = {m.SerializeToString() for m in models}
    assert len(out) == 1 and os.path.getsize(paths[0]) == len(models[0].SerializeToString())
    return out.pop()


def put(name, content):
    path = os.path.join(DATA, name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as f:
        f.write(content)


def main(root):
    read = lambda *p: open(os.path.join(root, *p), "rb").read()
    files = {}
    for family in ("emoji", "cifar10"):
        report = json.loads(read(family, "export_report.json"))
        for name in ("trained", "random1", "random2", "random3"):
            entry = {}
            for f in SMALL + GRAPHS:
                b = read(family, name, f)
                entry[f] = {"size": len(b), "sha256": hashlib.sha256(b).hexdigest()}
            for tower in ("vision", "text"):
                assert entry[f"onnx/{tower}_model.onnx"]["sha256"] == report[name][tower + "_sha256"]
            files[family if name == "trained" else f"{family}-{name}"] = entry
        put(f"{family}/config.json", read(family, "trained", "config.json"))
        put(f"{family}/vision_model.onnx", read(family, "trained", GRAPHS[0]))
    text = read("emoji", "trained", GRAPHS[1])
    put("emoji/text_model.onnx", text)
    put("cifar10/text_model.delta", delta(text, read("cifar10", "trained", GRAPHS[1])))
    put("twin/config.json", read("emoji", "random1", "config.json"))
    for f in GRAPHS:
        skeleton = hollow([os.path.join(root, "emoji", f"random{k}", f) for k in (1, 2, 3)])
        put(f"twin/{os.path.basename(f)}.gz", gzip.compress(skeleton, 9, mtime=0))
    for f in SMALL[1:4]:
        put(f, read("emoji", "trained", f))
    put("merges.txt.gz", gzip.compress(read("emoji", "trained", "merges.txt"), 9, mtime=0))
    put("files.json", (json.dumps(files, indent=1) + "\n").encode())


if __name__ == "__main__":
    main(sys.argv[1])
