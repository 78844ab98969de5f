"""Writes benchmark.json: what the verb benchmark gives on the built-in embeddings, by NumPy and SciPy in float64 from the frozen embeddings and labels of
package gap. Every row is moved and normalised as it is defined. Last run with Python 3.11, numpy 2.4.6, scipy 1.17.1.

    python benchmark.py
"""
import json
import os

import numpy as np
from scipy.stats import binomtest

here = os.path.dirname(os.path.abspath(__file__))
data = os.path.join(here, "..", "..", "gap", "testdata")
ref = json.load(open(os.path.join(data, "sweep.json")))
load = lambda name: np.load(os.path.join(data, "emoji", name + ".npy")).astype(np.float64)
unit = lambda x: x / np.linalg.norm(x, axis=1, keepdims=True)
images, texts = unit(load("image_embeds")), unit(load("text_embeds"))
lambdas = np.arange(-5, 5, 0.25)
zero = 20


def right(x, c, labels, delta):
    """Which items are classified right at every λ, and the distance of the centroids with its sign; and how many items have two nearest classes
    within 4e-6 of each other, which embeddings that differ by 1e-6 may turn over."""
    g = delta / np.linalg.norm(delta)
    rows, distances, ties = [], [], []
    for lam in lambdas:
        xs, cs = unit(x - lam / 2 * g), unit(c + lam / 2 * g)
        cos = xs @ cs.T
        rows.append(cos.argmax(1) == labels)
        top = np.partition(cos, -2, axis=1)[:, -2:]
        ties.append(int((top[:, 1] - top[:, 0] < 4e-6).sum()))
        d = xs.mean(0) - cs.mean(0)
        distances.append(float(np.sign(d @ g) * np.linalg.norm(d)))
    return np.array(rows), distances, ties


def mcnemar(a, b):
    only = int((a & ~b).sum()), int((b & ~a).sum())
    return 1.0 if sum(only) == 0 else float(binomtest(min(only), sum(only), 0.5).pvalue)


def deal(labels):
    """The images of each class by turns to half 0 and 1, beginning with the half that is next among the classes in order of appearance."""
    order = list(dict.fromkeys(labels.tolist()))
    out = np.zeros(len(labels), int)
    for rank, c in enumerate(order):
        where = np.flatnonzero(labels == c)
        out[where] = (np.arange(len(where)) + rank) % 2
    return out


def choose(share):
    best = np.flatnonzero(share == share.max())
    return int(best[np.argmin(np.abs(lambdas[best]))])


out = {}
for target, name, rows, labels in (
    ("name", "names_1300", range(1300), range(1300)),
    ("everyday", "friendly_50", ref["friendly_images"], ref["friendly_labels"]),
    ("group", "groups_9", range(1300), ref["groups_labels"]),
):
    order = np.argsort(np.array(rows), kind="stable")
    rows, labels = np.array(rows)[order], np.array(labels)[order]
    c, x = unit(load("class_embeds_ensemble_" + name)), images[rows]
    for source in ("classes", "pairs"):
        every = np.full(1300, -1)
        every[rows] = labels
        every = deal(every)
        half = every[rows]
        if source == "classes":
            fit = lambda keep: x[keep(rows)].mean(0) - c.mean(0)
        else:
            fit = lambda keep: images[keep(np.arange(1300))].mean(0) - texts[keep(np.arange(1300))].mean(0)
        ok, distances, ties = right(x, c, labels, fit(lambda i: i >= 0))
        p = [mcnemar(ok[zero], row) for row in ok]
        others = sorted((v, i) for i, v in enumerate(p) if i != zero)
        adjusted, least = [1.0] * len(p), 0.0
        for k, (v, i) in enumerate(others):
            least = max(least, min(1.0, (len(others) - k) * v))
            adjusted[i] = least
        best = choose(ok.sum(1))
        chosen, halves = [], []
        for h in (0, 1):
            part, _, _ = right(x, c, labels, fit(lambda i: every[i] == h))
            k = choose(part[:, half == h].sum(1))
            chosen.append(k)
            halves.append((part[zero], part[k]))
        crossed = [np.where(half == 1, halves[0][j], halves[1][j]) for j in (0, 1)]
        odd = half == 1
        out[target + " " + source] = {
            "n": len(rows), "correct": ok.sum(1).tolist(), "signed_distance": distances, "near_ties": ties, "p": p, "adjusted": adjusted, "best": float(lambdas[best]),
            "held_out": {"lambda": float(lambdas[chosen[0]]), "n": int(odd.sum()), "at_zero": int(halves[0][0][odd].sum()),
                         "at_lambda": int(halves[0][1][odd].sum()), "p": mcnemar(halves[0][0][odd], halves[0][1][odd])},
            "cross_fit": {"lambdas": [float(lambdas[k]) for k in chosen], "at_zero": int(crossed[0].sum()), "at_lambda": int(crossed[1].sum()),
                          "p": mcnemar(*crossed)},
        }
with open(os.path.join(here, "benchmark.json"), "w") as f:
    json.dump(out, f)
    f.write("\n")
