"""Writes tables.json: what the paper's tables need beside accuracies, computed the long way round. Holm's adjustment by trying every level of
rejection, DeLong's standard errors from all pairs of items, areas by scikit-learn, and shifted clouds by moving every row. Last run with Python
3.11, numpy 2.4.6, scipy 1.17.1, scikit-learn 1.9.1."""
import json
import os

import numpy as np
from scipy.stats import norm
from sklearn.metrics import roc_auc_score

here = os.path.dirname(os.path.abspath(__file__))
rng = np.random.default_rng(5)


def rejected(p, alpha):
    """Holm's procedure as it is defined: go up the sorted p-values and stop at the first that is too large."""
    order, out = np.argsort(p, kind="stable"), np.zeros(len(p), bool)
    for k, i in enumerate(order):
        if p[i] > alpha / (len(p) - k):
            break
        out[i] = True
    return out


def holm(p):
    """The least level at which each hypothesis is rejected, among all levels at which anything changes."""
    levels = sorted({min(1.0, v * m) for v in p for m in range(1, len(p) + 1)} | {1.0})
    out = np.ones(len(p))
    for alpha in reversed(levels):
        out[rejected(p, alpha * (1 + 1e-12))] = alpha
    return out


holms = []
for n in (1, 2, 7, 39):
    p = rng.random(n) ** 3
    if n == 7:
        p[3] = p[5]
    holms.append({"p": p.tolist(), "adjusted": holm(p).tolist()})


def psi(a, b):
    return (a[:, None] > b) + 0.5 * (a[:, None] == b)


delongs = []
for name, n, levels in (("no ties", 60, 0), ("ties", 150, 8), ("unbalanced", 90, 5), ("same", 30, 0)):
    labels = (rng.random(n) < (0.1 if name == "unbalanced" else 0.45)).astype(int)
    labels[:4] = 0, 1, 0, 1
    first = rng.standard_normal(n) + 0.6 * labels
    second = first + 0.7 * rng.standard_normal(n) + 0.3 * labels
    if levels:
        first, second = np.floor(first * levels / 4), np.floor(second * levels / 4)
    if name == "same":
        second = first.copy()
    v1 = np.stack([psi(s[labels == 1], s[labels == 0]).mean(1) for s in (first, second)])
    v0 = np.stack([psi(s[labels == 1], s[labels == 0]).mean(0) for s in (first, second)])
    cov = np.cov(v1) / v1.shape[1] + np.cov(v0) / v0.shape[1]
    variance = max(0.0, cov[0, 0] + cov[1, 1] - 2 * cov[0, 1]) if name != "same" else 0.0
    areas = [roc_auc_score(labels, s) for s in (first, second)]
    p = 2 * norm.sf(abs(areas[1] - areas[0]) / np.sqrt(variance)) if variance else 1.0
    delongs.append({"name": name, "first": first.tolist(), "second": second.tolist(), "labels": labels.tolist(), "areas": areas,
                    "errors": np.sqrt(np.diag(cov)).tolist(), "difference_error": float(np.sqrt(variance)), "p": float(p)})

unit = lambda x: x / np.linalg.norm(x, axis=1, keepdims=True)
images = np.load(os.path.join(here, "emoji", "image_embeds.npy")).astype(np.float64)
classes = np.load(os.path.join(here, "emoji", "class_embeds_ensemble_groups_9.npy")).astype(np.float64)
x, y = unit(images), unit(classes)
delta = x.mean(0) - y.mean(0)
lambdas = [-5, -1.25, 0, 0.5, 1, 2.75, 4.75]
moves = []
for name, g in (("fraction", delta), ("distance", delta / np.linalg.norm(delta))):
    for side, (a, b) in (("both", (0.5, 0.5)), ("image", (1, 0)), ("text", (0, 1))):
        rows = []
        for lam in lambdas:
            xs, ys = unit(x - a * lam * g), unit(y + b * lam * g)
            d = xs.mean(0) - ys.mean(0)
            cos = xs @ ys[:2].T
            rows.append({"distance": float(np.linalg.norm(d)), "sign": float(np.sign(d @ g)), "scores": (cos[:5, 1] - cos[:5, 0]).tolist()})
        moves.append({"unit": name, "side": side, "points": rows})

rates = [[0.1, 0.4, 0.15], [0.2, float("nan"), 0.2, 0.9, 0.05], [0.3, 0.3]]
disparities = []
for r in rates:
    known = [v for v in r if v == v]
    disparities.append({"rates": [None if v != v else v for v in r], "range": max(known) - min(known),
                        "mean_difference": float(np.mean([abs(a - b) for i, a in enumerate(known) for b in known[:i]]))})
groups = np.repeat([0, 1, 2], [60, 200, 140])
before = rng.random(400) < np.array([0.3, 0.1, 0.15])[groups]
after = np.where(rng.random(400) < 0.8, before, rng.random(400) < 0.1)


def spread(event):
    r = np.array([event[groups == g].mean() for g in range(3)])
    return [r.max() - r.min(), np.abs(r[[0, 0, 1]] - r[[1, 2, 2]]).mean()]


draws = []
for _ in range(20000):
    i = np.concatenate([rng.choice(np.flatnonzero(groups == g), (groups == g).sum()) for g in range(3)])
    r = [[e[i][groups == g].mean() for g in range(3)] for e in (before, after)]
    s = [[max(v) - min(v), np.mean([abs(v[0] - v[1]), abs(v[0] - v[2]), abs(v[1] - v[2])])] for v in r]
    draws.append([s[1][0], s[1][1], s[1][0] - s[0][0], s[1][1] - s[0][1]])
resampled = {"groups": groups.tolist(), "before": before.tolist(), "after": after.tolist(), "spread": [spread(before), spread(after)],
             "low": np.quantile(draws, 0.025, axis=0).tolist(), "high": np.quantile(draws, 0.975, axis=0).tolist()}

with open(os.path.join(here, "tables.json"), "w") as f:
    json.dump({"holm": holms, "delong": delongs, "lambdas": lambdas, "moves": moves, "disparity": disparities, "resampled": resampled}, f)
    f.write("\n")
