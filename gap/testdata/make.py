"""Makes the fixtures of package gap: embeddings of the built-in model and what NumPy, SciPy and scikit-learn say about them.

    MINDGAP_REFERENCE=<reference folder> python gap/testdata/make.py

The reference folder holds models/emoji/reference: embeddings of 1,300 Noto drawings and their captions by the small CLIP that ships with
mindgap, as PyTorch computes them, and the sweep that was run there. Arrays are stored as float32, and every value below is computed from
the stored arrays in float64; sweep.json is PyTorch's own, copied.
"""

import json
import os
import platform

import numpy as np
import scipy
import sklearn
from scipy.linalg import sqrtm, svdvals
from scipy.spatial.distance import cdist, pdist
from scipy.special import logsumexp
from scipy.stats import binomtest, bootstrap, permutation_test, skew
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss

ROOT = os.path.join(os.environ["MINDGAP_REFERENCE"], "models", "emoji", "reference")
HERE = os.path.dirname(os.path.abspath(__file__))
OUT = os.path.join(HERE, "emoji")
SCALE = 37.793272088261325


def unit(a):
    return a / np.linalg.norm(a, axis=1, keepdims=True)


def dump(name, value):
    with open(os.path.join(HERE, name), "w") as f:
        json.dump(value, f, indent=1)
        f.write("\n")


def cosines(u):
    c = 1 - pdist(u, "sqeuclidean") / 2
    return {"mean": c.mean(), "min": c.min(), "max": c.max(), "std": c.std()}, [int(v) for v in np.histogram(c, 20, (-1, 1))[0]]


def effective_rank(u):
    s = svdvals(u - u.mean(0))
    s = s[s >= 1e-12 * s[0]]
    p = s / s.sum()
    return float(np.exp(-(p * np.log(p)).sum())), float((s**2).sum() ** 2 / (s**4).sum())


def separability(x, y, image_of):
    """Telling images from texts; an image and its texts are always on the same side of a split."""
    z, image = np.vstack([x, y]), np.concatenate([np.arange(len(x)), image_of])
    label = np.concatenate([np.ones(len(x)), -np.ones(len(y))])
    accuracy, nll = [], []
    for fold in range(5):
        test = image % 5 == fold
        model = LogisticRegression(C=1, tol=1e-14, solver="newton-cholesky", max_iter=1000).fit(z[~test], label[~test])
        accuracy.append(model.score(z[test], label[test]))
        nll.append(log_loss(label[test], model.predict_proba(z[test])))
    train = image % 2 == 0
    a, b = z[train & (label > 0)], z[train & (label < 0)]
    ma, mb = a.mean(0), b.mean(0)
    w = ((a - ma).T @ (a - ma) + (b - mb).T @ (b - mb)) / (train.sum() - 2)
    v = np.linalg.solve(w + 1e-3 * np.trace(w) / len(w) * np.eye(len(w)), ma - mb)
    right = label * (z @ v - v @ (ma + mb) / 2) > 0
    return {"separability_logreg_accuracy": np.mean(accuracy), "separability_logreg_nll": np.mean(nll), "separability_lda_accuracy": right[~train].mean()}


def metrics(raw_x, raw_y, image_of):
    """Every metric for images raw_x and texts raw_y, text j describing image image_of[j]."""
    x, y = unit(raw_x), unit(raw_y)
    n, m = len(x), len(y)
    delta = x.mean(0) - y.mean(0)
    s = x @ y.T
    own = s[image_of, np.arange(m)]
    mask = np.ones((n, m), bool)
    mask[image_of, np.arange(m)] = False
    first = np.array([np.flatnonzero(image_of == i)[0] for i in range(n)])
    r = {"gap": np.linalg.norm(delta), "gap_raw": np.linalg.norm(raw_x.mean(0) - raw_y.mean(0)),
         "centroid_cosine": x.mean(0) @ y.mean(0) / np.linalg.norm(x.mean(0)) / np.linalg.norm(y.mean(0)),
         "centroid_norm_image": np.linalg.norm(x.mean(0)), "centroid_norm_text": np.linalg.norm(y.mean(0)),
         "matched_cosine_mean": own.mean(), "matched_cosine_min": own.min(), "matched_cosine_max": own.max(),
         "unmatched_cosine_mean": s[mask].mean(), "alignment": (np.linalg.norm(x[image_of] - y, axis=1) ** 2).mean()}
    ci, hi = cosines(x)
    ct, ht = cosines(y)
    for k, c in (("image", ci), ("text", ct)):
        r |= {f"cosine_{k}_{a}": b for a, b in c.items()}
    for k, u in (("image", x), ("text", y), ("union", np.vstack([x, y]))):
        r[f"uniformity_{k}"] = np.log(np.exp(-2 * pdist(u, "sqeuclidean")).mean())
    a, b, c = (1 - own.mean()) / 2, (1 - ci["mean"]) / 2, (1 - ct["mean"]) / 2
    r["rmg"] = a / (a + (b + c) / 2)
    # An image is found at K if any of its texts ranks below K.
    text_rank = (s > own).sum(0)
    image_rank = np.array([min((s[i] > s[i, j]).sum() for j in np.flatnonzero(image_of == i)) for i in range(n)])
    for k in (1, 5, 10):
        r[f"image_to_text_recall_at_{k}"] = (image_rank < k).mean()
        r[f"text_to_image_recall_at_{k}"] = (text_rank < k).mean()
    d2 = np.sort(delta**2)[::-1]
    for k in (1, 2, 5, 10):
        r[f"gap_top{k}_share"] = d2[:k].sum() / d2.sum()
    logits = SCALE * s[:, first]
    diag = np.diag(logits)
    r["loss"] = ((logsumexp(logits, 1) + logsumexp(logits, 0)) / 2 - diag).mean()
    pca = PCA(10, svd_solver="full").fit(np.vstack([x, y]))
    for k in range(10):
        r[f"pca{k + 1}_explained"] = pca.explained_variance_ratio_[k]
    r["pca1_gap_cosine"] = abs(pca.components_[0] @ delta) / np.linalg.norm(delta)
    for k, u in (("image", x), ("text", y)):
        r[f"effective_rank_{k}"], r[f"participation_ratio_{k}"] = effective_rank(u)
    p, q = x, y[first]
    pc, qc = p - p.mean(0), q - q.mean(0)
    r["cka_linear"] = np.linalg.norm(qc.T @ pc) ** 2 / np.linalg.norm(pc.T @ pc) / np.linalg.norm(qc.T @ qc)
    r["procrustes_relative"] = (2 * n - 2 * svdvals(p.T @ q).sum()) / n
    r |= separability(x, y, image_of)
    # Nearest first, ties to the lower index; all cosines from one product, so that equal rows tie exactly.
    r["hubness_text_to_image"] = skew(np.bincount(np.argsort(-s.T, axis=1, kind="stable")[:, :10].ravel(), minlength=n))
    r["hubness_image_to_text"] = skew(np.bincount(np.argsort(-s, axis=1, kind="stable")[:, :10].ravel(), minlength=m))
    sigma = np.median(pdist(np.vstack([x, y])))
    kxx, kyy, kxy = (np.exp(-cdist(a, b, "sqeuclidean") / (2 * sigma**2)) for a, b in ((x, x), (y, y), (x, y)))
    r["mmd2_biased"] = kxx.mean() + kyy.mean() - 2 * kxy.mean()
    r["mmd2_unbiased"] = (kxx.sum() - n) / (n * (n - 1)) + (kyy.sum() - m) / (m * (m - 1)) - 2 * kxy.mean()
    cx, cy = np.cov(x.T), np.cov(y.T)
    r["frechet_d2"] = delta @ delta + np.trace(cx) + np.trace(cy) - 2 * np.trace(sqrtm(cx @ cy)).real
    return {"metrics": {k: float(v) for k, v in r.items()}, "hist20_image": hi, "hist20_text": ht}


def main():
    os.makedirs(OUT, exist_ok=True)
    arrays = {}
    for name in ["image_embeds", "text_embeds"] + [f"class_embeds_{a}_{b}" for a in ("single", "ensemble") for b in ("names_1300", "friendly_50", "groups_9")] + [
            "prompt_embeds_friendly_50"]:
        arrays[name] = np.load(f"{ROOT}/trained/{name}.npy").astype("<f4")
        np.save(f"{OUT}/{name}.npy", arrays[name])
    versions = {"python": platform.python_version(), "numpy": np.__version__, "scipy": scipy.__version__, "scikit-learn": sklearn.__version__}
    x, y = arrays["image_embeds"].astype(float), arrays["text_embeds"].astype(float)
    # One-to-many: the first 400 images, each with its caption; every second one also with its name, in between.
    names = arrays["class_embeds_single_names_1300"].astype(float)
    many, image_of = [], []
    for i in range(400):
        if i % 2:
            many.append(names[i])
            image_of.append(i)
        many.append(y[i])
        image_of.append(i)
    dump("metrics.json", {"versions": versions, "scale": SCALE, "one_to_one": metrics(x, y, np.arange(len(x))),
                          "one_to_many": metrics(x[:400], np.array(many), np.array(image_of))})

    summary = json.load(open(f"{ROOT}/summary.json"))
    friendly = json.load(open(f"{ROOT}/classes_friendly_50.json"))
    trained = summary["trained"]
    dump("sweep.json", {"versions": summary["versions"], "scale": trained["logit_scale_exp"], "sweep": trained["pairs_1300"]["sweep"],
                        "zero_shot": {k: {a: b for a, b in trained["zero_shot"][k].items() if a.startswith("top") and "per" not in a or a == "images"}
                                      for k in ("names_1300", "friendly_50", "groups_9")},
                        "friendly_images": friendly["images"], "friendly_labels": friendly["labels"],
                        "groups_labels": np.load(f"{ROOT}/labels.npy").tolist()})

    wilson = []
    for k, n in ((0, 1), (1, 1), (0, 10), (3, 10), (10, 10), (835, 1300), (55, 74), (8223, 10000), (1, 1000000)):
        ci = binomtest(k, n).proportion_ci(0.95, "wilson")
        wilson.append([k, n, ci.low, ci.high])
    mcnemar = [[b, c, binomtest(min(b, c), b + c, 0.5).pvalue if b + c else 1.0]
               for b, c in ((0, 0), (0, 1), (1, 0), (5, 5), (2, 9), (10, 3), (120, 90), (1500, 1400), (0, 2000))]
    rng = np.random.default_rng(7)
    skewed = rng.exponential(size=60).round(6)
    bca = []
    for name, f in (("mean", np.mean), ("std", np.std), ("max", np.max)):
        b = bootstrap((skewed,), f, n_resamples=400, method="BCa", vectorized=False, rng=rng)
        bca.append({"statistic": name, "estimate": float(f(skewed)), "draws": b.bootstrap_distribution.tolist(),
                    "jackknife": [float(f(np.delete(skewed, i))) for i in range(len(skewed))],
                    "low": float(b.confidence_interval.low), "high": float(b.confidence_interval.high)})
    permutations = []
    for n, shift in ((6, 0.0), (8, 0.6), (10, 0.3)):
        a, b = rng.normal(size=(n, 3)).round(3) + [shift, 0, 0], rng.normal(size=(n, 3)).round(3)
        a, b = a.astype("f4"), b.astype("f4")
        index = np.arange(n)
        ua, ub = unit(a.astype(float)), unit(b.astype(float))
        rows = np.vstack([ua, ub])
        statistic = lambda i, j: np.linalg.norm(rows[i.astype(int)].mean(0) - rows[j.astype(int)].mean(0))
        test = permutation_test((index, index + n), statistic, permutation_type="samples", vectorized=False, n_resamples=np.inf, alternative="greater")
        permutations.append({"n": n, "images": a.ravel().tolist(), "texts": b.ravel().tolist(), "gap": float(test.statistic), "p": float(test.pvalue)})
    values = [0.25, -1.0, 3.0, 0.5, 0.125, 2.0, -0.75]
    dump("statistics.json", {"versions": versions, "wilson": wilson, "mcnemar": mcnemar,
                             "quantiles": [[q, float(np.quantile(values, q))] for q in (0, 0.025, 0.3, 0.5, 0.9, 0.975, 1)], "values": values,
                             "bca": bca, "permutations": permutations})


main()
