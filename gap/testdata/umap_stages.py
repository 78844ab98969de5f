"""Makes umap.json: what umap-learn, scikit-learn and NumPy say of the stages of UMAP on embeddings of the built-in model.

    MINDGAP_REFERENCE=<reference folder> python gap/testdata/umap_stages.py

The reference folder holds features/features_*.npy, from which only the trustworthiness of umap-learn's pictures is kept.
"""

import json
import os
import platform

import numba
import numpy as np
import sklearn
import umap
from sklearn.manifold import trustworthiness
from sklearn.metrics import pairwise_distances
from umap.umap_ import find_ab_params, fuzzy_simplicial_set

HERE = os.path.dirname(os.path.abspath(__file__))
K, SMALL, PICTURE = 15, 60, 400


def pairs(n):
    return np.vstack([np.load(f"{HERE}/emoji/{a}_embeds.npy")[:n] for a in ("image", "text")])


def neighbours(x, metric):
    """Nearest first, ties to the lower index, the row itself left out."""
    u = x.astype(float)
    if metric == "cosine":
        u /= np.linalg.norm(u, axis=1, keepdims=True)
    d = np.linalg.norm(u[:, None] - u[None], axis=2)
    if metric == "cosine":
        d = d**2 / 2
    np.fill_diagonal(d, -1)
    index = np.argsort(d, axis=1, kind="stable")[:, :K]
    distance = np.take_along_axis(d, index, 1)
    assert (index[:, 0] == np.arange(len(x))).all()
    distance[:, 0] = 0
    return index, distance


def stages(x, metric):
    index, distance = neighbours(x, metric)
    graph, sigma, rho = fuzzy_simplicial_set(x, K, np.random.RandomState(0), metric, knn_indices=index, knn_dists=distance.astype(np.float32))
    graph = graph.tocsr()
    graph.sort_indices()
    low = x[:, :2].astype(float)
    return {"index": index[:, 1:].ravel().tolist(), "distance": distance[:, 1:].ravel().tolist(), "sigma": sigma.tolist(), "rho": rho.tolist(),
            "start": graph.indptr.tolist(), "tail": graph.indices.tolist(), "weight": [round(float(v), 7) for v in graph.data],
            "trustworthiness": [[k, trustworthiness(x.astype(float), low, n_neighbors=k, metric=metric)] for k in (1, 5, 15, 40)]}


def picture(x):
    """Trustworthiness of umap-learn's pictures by three seeds."""
    return [trustworthiness(x, umap.UMAP(metric="cosine", random_state=s).fit_transform(x), n_neighbors=15, metric="cosine") for s in range(3)]


def main():
    small, large = pairs(SMALL), pairs(PICTURE)
    features = {}
    for name in ("clip", "clip_random", "convirt", "convirt_random"):
        f = np.load(os.path.join(os.environ["MINDGAP_REFERENCE"], "features", f"features_{name}.npy"))
        features[name] = picture(f.reshape(-1, f.shape[-1]))
    out = {"versions": {"python": platform.python_version(), "numpy": np.__version__, "scikit-learn": sklearn.__version__, "numba": numba.__version__,
                        "umap-learn": umap.__version__},
           "k": K, "small": SMALL, "picture": PICTURE,
           "curve": [[m, s, *map(float, find_ab_params(s, m))] for m, s in ((0.1, 1), (0, 1), (0.5, 1), (0.99, 1), (0.25, 2), (0.05, 0.3))],
           "cosine": stages(small, "cosine"), "euclidean": stages(small, "euclidean"),
           "emoji": picture(large), "features": features}
    with open(os.path.join(HERE, "umap.json"), "w") as f:
        json.dump(out, f)
        f.write("\n")


main()
