"""All metrics of gap.Measure in NumPy, SciPy and scikit-learn, as one would write them for speed: matrix products in float32 where that
is enough, every product of the two clouds computed once and shared.

    python measure.py DATA N D

DATA holds images, then texts, as raw float32 unit rows, one text an image. Prints JSON: seconds, seconds of each part, and the metrics by
the names of gap.Metrics.
"""

import json
import sys
import time

import numpy as np
from scipy.linalg import qr, svdvals
from scipy.special import logsumexp
from scipy.stats import skew
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss

path, n, d = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
X, Y = np.fromfile(path, np.float32).reshape(2, n, d)
SCALE = 100
r, parts = {}, {}
begun = time.perf_counter()


def part(name):
    def run(f):
        start = time.perf_counter()
        f()
        parts[name] = time.perf_counter() - start
    return run


x, y = X.astype(float), Y.astype(float)
x /= np.linalg.norm(x, axis=1, keepdims=True)
y /= np.linalg.norm(y, axis=1, keepdims=True)
mx, my = x.mean(0), y.mean(0)
delta = mx - my
cloud = {"image": x, "text": y}
x32, y32 = x.astype(np.float32), y.astype(np.float32)
upper = np.triu_indices(n, 1)
within, cross = {}, None


@part("gap and shares")
def _():
    r.update(gap=np.linalg.norm(delta), gap_raw=np.linalg.norm(X.mean(0, dtype=float) - Y.mean(0, dtype=float)),
             centroid_cosine=mx @ my / np.linalg.norm(mx) / np.linalg.norm(my),
             centroid_norm_image=np.linalg.norm(mx), centroid_norm_text=np.linalg.norm(my))
    d2 = np.sort(delta**2)[::-1]
    for k in (1, 2, 5, 10):
        r[f"gap_top{k}_share"] = d2[:k].sum() / d2.sum()


@part("cosines and uniformity")
def _():
    global cross
    potential = {}
    for k, u in (("image", x32), ("text", y32)):
        c = (u @ u.T)[upper]
        within[k] = c
        r.update({f"cosine_{k}_mean": c.mean(dtype=float), f"cosine_{k}_min": c.min(), f"cosine_{k}_max": c.max(),
                  f"cosine_{k}_std": c.std(dtype=float)})
        potential[k] = np.exp(4 * (c - 1)).sum(dtype=float)
        r[f"uniformity_{k}"] = np.log(potential[k] / len(c))
    cross = x32 @ y32.T
    across = np.exp(4 * (cross - 1)).sum(dtype=float)
    r["uniformity_union"] = np.log((potential["image"] + potential["text"] + across) / (2 * len(upper[0]) + n * n))


@part("matches, recall, loss")
def _():
    own = np.einsum("ij,ij->i", x, y)
    r.update(matched_cosine_mean=own.mean(), matched_cosine_min=own.min(), matched_cosine_max=own.max(),
             unmatched_cosine_mean=(n * mx @ (n * my) - own.sum()) / (n * n - n), alignment=2 - 2 * own.mean())
    a, b, c = (1 - own.mean()) / 2, (1 - r["cosine_image_mean"]) / 2, (1 - r["cosine_text_mean"]) / 2
    r["rmg"] = a / (a + (b + c) / 2)
    diagonal = np.diagonal(cross)
    for name, ranks in (("image_to_text", (cross > diagonal[:, None]).sum(1)), ("text_to_image", (cross > diagonal).sum(0))):
        for k in (1, 5, 10):
            r[f"{name}_recall_at_{k}"] = (ranks < k).mean()
    logits = SCALE * cross
    r["loss"] = ((logsumexp(logits, 1) + logsumexp(logits, 0)) / 2 - SCALE * own).mean(dtype=float)


@part("separability")
def _():
    z, fold = np.vstack([x, y]), np.tile(np.arange(n), 2)
    label = np.concatenate([np.ones(n), -np.ones(n)])
    accuracy, nll = [], []
    for f in range(5):
        test = fold % 5 == f
        model = LogisticRegression(C=1, tol=1e-8, solver="newton-cholesky", max_iter=1000).fit(z[~test], label[~test])
        accuracy.append(model.score(z[test], label[test]))
        nll.append(log_loss(label[test], model.predict_proba(z[test])))
    r.update(separability_logreg_accuracy=np.mean(accuracy), separability_logreg_nll=np.mean(nll))
    train = fold % 2 == 0
    a, b = z[train & (label > 0)], z[train & (label < 0)]
    ma, mb = a.mean(0), b.mean(0)
    w = ((a - ma).T @ (a - ma) + (b - mb).T @ (b - mb)) / (train.sum() - 2)
    v = np.linalg.solve(w + 1e-3 * np.trace(w) / d * np.eye(d), ma - mb)
    r["separability_lda_accuracy"] = (label * (z @ v - v @ (ma + mb) / 2) > 0)[~train].mean()


triangles = {}


@part("effective ranks")
def _():
    for k, u in cloud.items():
        triangles[k] = qr(u - u.mean(0), mode="r")[0][:d]
        s = svdvals(triangles[k])
        s = s[s >= 1e-12 * s[0]]
        p = s / s.sum()
        r[f"effective_rank_{k}"] = np.exp(-(p * np.log(p)).sum())
        r[f"participation_ratio_{k}"] = (s**2).sum() ** 2 / (s**4).sum()


@part("principal components")
def _():
    pca = PCA(10, svd_solver="covariance_eigh").fit(np.vstack([x, y]))
    for k in range(10):
        r[f"pca{k + 1}_explained"] = pca.explained_variance_ratio_[k]
    r["pca1_gap_cosine"] = abs(pca.components_[0] @ delta) / np.linalg.norm(delta)


@part("CKA and Procrustes")
def _():
    xc, yc = x - mx, y - my
    r["cka_linear"] = np.linalg.norm(yc.T @ xc) ** 2 / np.linalg.norm(xc.T @ xc) / np.linalg.norm(yc.T @ yc)
    r["procrustes_relative"] = (2 * n - 2 * svdvals(x.T @ y).sum()) / n


@part("hubness")
def _():
    for name, s in (("image_to_text", cross), ("text_to_image", cross.T)):
        nearest = np.argpartition(-s, 10, axis=1)[:, :10]
        r["hubness_" + name] = skew(np.bincount(nearest.ravel(), minlength=n))


@part("MMD")
def _():
    every = np.concatenate([within["image"], within["text"], cross.ravel()])
    sigma2 = 2 - 2 * float(np.median(every))
    kernel = lambda c: np.exp((c - 1) / sigma2).sum(dtype=float)
    xx, yy, xy = 2 * kernel(within["image"]), 2 * kernel(within["text"]), kernel(cross)
    r["mmd2_biased"] = (xx + n + yy + n - 2 * xy) / n**2
    r["mmd2_unbiased"] = (xx + yy) / (n * (n - 1)) - 2 * xy / n**2


@part("Fréchet")
def _():
    a, b = triangles["image"], triangles["text"]
    r["frechet_d2"] = delta @ delta + (np.linalg.norm(a) ** 2 + np.linalg.norm(b) ** 2 - 2 * svdvals(a @ b.T).sum()) / (n - 1)


print(json.dumps({"seconds": time.perf_counter() - begun, "parts": parts, "metrics": {k: float(v) for k, v in r.items()}}))
