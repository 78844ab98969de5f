"""Makes inits.json: how the cones of random initialisations lie to each other, by NumPy and scikit-learn, on the embeddings of inits.npy.

inits.npy holds float32 rows of 64 numbers: both towers, then seeds 3 to 6 of the built-in architecture, then the first 16 built-in items. It is
of mindgap itself (for each seed: mindgap embed --model "random:builtin?seed=N" --limit 16 --format npy), and is the input here, not the
answer. Run in this folder: python inits.py
"""

import json
import platform
from itertools import combinations

import numpy as np
import sklearn
from sklearn.decomposition import PCA
from sklearn.metrics.pairwise import cosine_similarity

SEEDS, N = [3, 4, 5, 6], 16
rows = np.load("inits.npy").astype(float).reshape(2, len(SEEDS), N, -1)
off = ~np.eye(N, dtype=bool)


def spread(values):
    return {"mean": float(np.mean(values)), "std": float(np.std(values, ddof=1)), "min": float(np.min(values)), "max": float(np.max(values))}


def tower(x):
    s = [[cosine_similarity(a, b) for b in x] for a in x]
    unit = x / np.linalg.norm(x, axis=-1, keepdims=True)
    stacked = unit.reshape(-1, x.shape[-1])
    pca = PCA(svd_solver="full").fit(stacked)
    # LAPACK leaves signs open: the entry of largest magnitude is positive.
    v = pca.components_[:2]
    v = v * np.sign(v[[0, 1], np.abs(v).argmax(1)])[:, None]
    between = unit.mean(1).var(0).sum()
    pairs = list(combinations(range(len(x)), 2))
    return {
        "cones": [{"mean": float(s[k][k][off].mean()), "min": float(s[k][k][off].min()), "max": float(s[k][k][off].max()), "std": float(s[k][k][off].std())} for k in range(len(x))],
        "within": spread([s[k][k][off].mean() for k in range(len(x))]),
        "same": spread([np.diag(s[k][l]).mean() for k, l in pairs]),
        "different": spread([s[k][l][off].mean() for k, l in pairs]),
        "share": float(between / stacked.var(0).sum()),
        "singular": pca.singular_values_[:50].tolist(),
        "explained": pca.explained_variance_ratio_[:2].tolist(),
        "points": ((stacked - stacked.mean(0)) @ v.T).tolist(),
    }


unit = rows / np.linalg.norm(rows, axis=-1, keepdims=True)
gaps = np.linalg.norm(unit[0].mean(1) - unit[1].mean(1), axis=1)
out = {"numpy": np.__version__, "scikit-learn": sklearn.__version__, "python": platform.python_version(), "seeds": SEEDS, "n": N,
       "gaps": gaps.tolist(), "gap": spread(gaps), "image": tower(rows[0]), "text": tower(rows[1])}
with open("inits.json", "w") as f:
    json.dump(out, f)
    f.write("\n")
