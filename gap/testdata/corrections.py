"""Makes corrections.json: what NumPy says of the corrections of package gap, fitted on the even pairs of testdata/emoji, read on the odd ones.

    python gap/testdata/corrections.py
"""

import json
import os
import platform

import numpy as np
import scipy
from scipy.linalg import orthogonal_procrustes
from scipy.special import logsumexp

HERE = os.path.dirname(os.path.abspath(__file__))
SCALE = 37.793272088261325


def unit(a):
    return a / np.linalg.norm(a, axis=1, keepdims=True)


X, Y = (unit(np.load(f"{HERE}/emoji/{a}_embeds.npy").astype(float)) for a in ("image", "text"))
TRAIN, TEST = (X[::2], Y[::2]), (X[1::2], Y[1::2])
MX, MY = TRAIN[0].mean(0), TRAIN[1].mean(0)
DELTA = MX - MY


def centred(p):
    return unit(p[0] - MX), unit(p[1] - MY)


def dropped(k):
    keep = np.ones(len(DELTA))
    keep[np.argsort(-np.abs(DELTA), kind="stable")[:k]] = 0
    return unit(TEST[0] * keep), unit(TEST[1] * keep)


def turned(train, test):
    return test[0] @ orthogonal_procrustes(*train)[0], test[1]


def measure(p):
    x, y = p
    s = x @ y.T
    own = np.diag(s)
    logits = SCALE * s
    return {"gap": np.linalg.norm(x.mean(0) - y.mean(0)), "matched_cosine_mean": own.mean(),
            "loss": ((logsumexp(logits, 1) + logsumexp(logits, 0)) / 2 - SCALE * own).mean(),
            "image_to_text_recall_at_1": ((s > own[:, None]).sum(1) == 0).mean(), "text_to_image_recall_at_1": ((s > own).sum(0) == 0).mean()}


moved = {"none": TEST, "shift": (unit(TEST[0] - DELTA / 2), unit(TEST[1] + DELTA / 2)), "centre": centred(TEST),
         "standardise": (unit((TEST[0] - MX) / TRAIN[0].std(0)), unit((TEST[1] - MY) / TRAIN[1].std(0))),
         "drop_1": dropped(1), "drop_2": dropped(2), "drop_5": dropped(5),
         "procrustes": turned(TRAIN, TEST), "procrustes_centred": turned(centred(TRAIN), centred(TEST))}
out = {"versions": {"python": platform.python_version(), "numpy": np.__version__, "scipy": scipy.__version__}, "scale": SCALE,
       "corrections": {k: {a: float(b) for a, b in measure(v).items()} for k, v in moved.items()}}
with open(os.path.join(HERE, "corrections.json"), "w") as f:
    json.dump(out, f, indent=1)
    f.write("\n")
