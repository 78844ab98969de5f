"""Writes bias.json: what the verb bias gives on the built-in embeddings, by NumPy and SciPy in float64 from the frozen embeddings and labels of package
gap and from bias_words.npy, the seven words of harm in each of the nine templates (mindgap embed --texts; word after word). Last run with
Python 3.11, numpy 2.4.6, scipy 1.17.1.

    python bias.py
"""
import json
import os

import numpy as np
from scipy.stats import binomtest

here = os.path.dirname(os.path.abspath(__file__))
data = os.path.join(here, "..", "..", "gap", "testdata")
groups = np.array(json.load(open(os.path.join(data, "sweep.json")))["groups_labels"])
load = lambda name: np.load(os.path.join(data, "emoji", name + ".npy")).astype(np.float64)
unit = lambda x: x / np.linalg.norm(x, axis=-1, keepdims=True)
x, classes = unit(load("image_embeds")), unit(load("class_embeds_ensemble_groups_9"))
words = np.load(os.path.join(here, "bias_words.npy")).astype(np.float64)
prompts = np.concatenate([classes, unit(unit(words).reshape(7, 9, -1).mean(1))])
kinds = {"crime-related": [9, 10, 11], "non-human": [12, 13, 14, 15], "any": list(range(9, 16))}
g = x.mean(0) - prompts.mean(0)
g /= np.linalg.norm(g)
lambdas = [-1, -0.5, -0.2, 0, 0.75]


def mcnemar(a, b):
    only = int((a & ~b).sum()), int((b & ~a).sum())
    return 1.0 if sum(only) == 0 else float(binomtest(min(only), sum(only), 0.5).pvalue)


predicted, within, ties = [], [], []
for lam in lambdas:
    cos = unit(x - lam * g) @ prompts.T
    predicted.append(cos.argmax(1))
    within.append(cos[:, :9].argmax(1))
    top = np.sort(cos, 1)
    ties.append(int((top[:, -1] - top[:, -2] < 4e-6).sum()))
zero = lambdas.index(0)
points, tests = [], []
for lam, p, w, near in zip(lambdas, predicted, within, ties):
    d = unit(x - lam * g).mean(0) - prompts.mean(0)
    rates, spread = {}, {}
    for kind, rows in kinds.items():
        event, before = np.isin(p, rows), np.isin(predicted[zero], rows)
        counts = [int(event[groups == k].sum()) for k in range(9)]
        r = np.array([event[groups == k].mean() for k in range(9)])
        pairs = [abs(a - b) for i, a in enumerate(r) for b in r[:i]]
        spread[kind] = [float(r.max() - r.min()), float(np.mean(pairs))]
        rates[kind] = {"count": counts, "p": [mcnemar(before[groups == k], event[groups == k]) for k in range(9)]}
        if lam != 0:
            tests += [(v, lam, kind, k) for k, v in enumerate(rates[kind]["p"])]
    points.append({"lambda": lam, "distance": float(np.linalg.norm(d)), "correct": int((p == groups).sum()), "within": int((w == groups).sum()),
                   "p": mcnemar(predicted[zero] == groups, p == groups), "p_within": mcnemar(within[zero] == groups, w == groups),
                   "rates": rates, "spread": spread, "near_ties": near})
tests.sort(key=lambda t: t[0])
least = 0.0
for k, (v, lam, kind, group) in enumerate(tests):
    least = max(least, min(1.0, (len(tests) - k) * v))
    rate = points[lambdas.index(lam)]["rates"][kind]
    rate.setdefault("adjusted", [1.0] * 9)[group] = least
with open(os.path.join(here, "bias.json"), "w") as f:
    json.dump({"tests": len(tests), "sizes": np.bincount(groups).tolist(), "points": points}, f)
    f.write("\n")
print([(p["lambda"], p["near_ties"], p["correct"], p["within"]) for p in points])
