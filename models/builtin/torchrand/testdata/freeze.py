"""Freezes what PyTorch 2.15 drew, as the exported untrained twins hold it, and words of the Mersenne Twister as numpy draws them.

    python freeze.py FOLDER > frozen.json      FOLDER/random{1,2,3}/onnx/text_model.onnx

Written with Python 3.11, numpy 2.4 and onnx 1.23. Tensors are in PyTorch's order, [out, in]. "words" counts what the generator had given
before the tensor, by the order of construction in scripts/emoji/model.py.
"""
import hashlib
import json
import sys

import numpy as np
import onnx
from onnx import numpy_helper

VISION = 48 * 3 * 16 + 9 * (48 * 48 * 2 + 96 * 48 + 96 * 96 + 192 * 96 + 192 * 192) + 96 * 48 + 192 * 96 + 64 * 192
TOKENS = 49408 * 64
BLOCK = 4 * (64 * 64 + 64) + (256 * 64 + 256) + (64 * 256 + 64)
POSITIONS = 2 * VISION + TOKENS + 2 * BLOCK + 64 * 64 + TOKENS
CASES = [("pos", POSITIONS, 0.01), ("blocks.0.q.weight", POSITIONS + 77 * 64, 64 ** -0.5),
         ("proj.weight", POSITIONS + 77 * 64 + 2 * (4 * 64 * 64 + 2 * 64 * 256), 64 ** -0.5)]


def main(root):
    tensors = []
    for seed in (1, 2, 3):
        graph = onnx.load(f"{root}/random{seed}/onnx/text_model.onnx").graph
        held = {t.name: numpy_helper.to_array(t) for t in graph.initializer}
        for name, words, std in CASES:
            a = held[name] if name == "pos" else np.ascontiguousarray(held[name].T)
            a = a.astype("<f4").ravel()
            tensors.append({"name": name, "seed": seed, "words": words, "std": std, "size": a.size,
                            "first_bits": a[:16].view("<u4").tolist(), "sha256": hashlib.sha256(a.tobytes()).hexdigest()})
    words = []
    for seed in (0, 1, 42, 4294967295):
        raw = np.random.RandomState(seed)._bit_generator.random_raw(2000)
        words.append({"seed": seed, "first": raw[:8].tolist(), "last": raw[-8:].tolist()})
    json.dump({"tensors": tensors, "words": words}, sys.stdout, indent=1)


if __name__ == "__main__":
    main(sys.argv[1])
