"""Writes auroc.json: areas under the ROC curve by scikit-learn. Last run with Python 3.11, numpy 2.4.6, scikit-learn 1.9.1."""
import json
import os

import numpy as np
from sklearn.metrics import roc_auc_score

rng = np.random.default_rng(3)
cases = []
for name, n, levels, shift in (("no ties", 50, 0, .5), ("many ties", 200, 7, .8), ("two values", 40, 2, .2), ("unbalanced", 300, 12, 1.5), ("reversed", 60, 0, -3)):
    labels = (rng.random(n) < (.05 if name == "unbalanced" else .4)).astype(int)
    labels[:2] = 0, 1
    scores = rng.standard_normal(n) + shift * labels
    if levels:
        scores = np.floor(scores * levels / 4) / 8
    cases.append({"name": name, "scores": scores.tolist(), "labels": labels.tolist(), "auroc": roc_auc_score(labels, scores)})
for name, scores in (("all equal", [1, 1, 1, 1]), ("perfect", [0, 1, 0, 1]), ("worst", [1, 0, 1, 0]), ("infinite", [-np.finfo(float).max, np.finfo(float).max, 0, 0])):
    scores = [float(s) for s in scores]
    cases.append({"name": name, "scores": scores, "labels": [0, 1, 0, 1], "auroc": roc_auc_score([0, 1, 0, 1], scores)})
with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "auroc.json"), "w") as f:
    json.dump(cases, f, indent=None)
    f.write("\n")
