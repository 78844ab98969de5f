"""Makes scene.json: a small pair of clouds with labels and several texts an image, and by the definitions, in full space, everything that a
scene says of it: maps at several shifts, u, v, ranks, neighbours, predictions, and the metrics of a selection.

Run in this folder: python scene.py
"""

import json
import platform

import numpy as np

rng = np.random.default_rng(7)
N, M, D, CLASSES, K = 40, 56, 6, 4, 5
STRIDE = 5  # every 5th point of a map is kept


def rounded(a):
    return np.round(a, 4).astype(np.float32)


labels = np.arange(N) % CLASSES
labels[5] = -1
topics = rng.normal(size=(CLASSES, D))
images = rounded(topics[labels] + rng.normal(size=(N, D)) + 0.8)
image_of = np.concatenate([np.arange(N), rng.integers(0, N, M - N)])
rng.shuffle(image_of)
texts = rounded(0.6 * images[image_of] + rng.normal(size=(M, D)) - 0.9)
texts[11] = texts[3]  # equal texts tie
prompts = rounded(topics + 0.5 * rng.normal(size=(CLASSES, D)) - 0.5)


def unit(a):
    a = a.astype(float)
    return a / np.linalg.norm(a, axis=-1, keepdims=True)


x, y, c = unit(images), unit(texts), unit(prompts)
z = np.vstack([x, y])
delta = x.mean(0) - y.mean(0)
norm = np.linalg.norm(delta)


def signed(v):
    return v * np.sign(v[np.arange(len(v)), np.abs(v).argmax(1)])[:, None]


centred = z - z.mean(0)
pca = signed(np.linalg.svd(centred, full_matrices=False)[2][:2])
svd = signed(np.linalg.svd(z, full_matrices=False)[2][:2])
g = delta / norm
across = signed(np.linalg.svd(centred - np.outer(centred @ g, g), full_matrices=False)[2][:1])
maps = {"pca": (pca, z.mean(0)), "svd": (svd, np.zeros(D)), "gap": (np.vstack([g, across]), z.mean(0))}


def shift(lam, unit_, side):
    """Rows of both clouds and of the classes at a shift, normalised again."""
    s = lam if unit_ == "fraction" else lam / norm
    a, b = {"both": (s / 2, s / 2), "image": (s, 0), "text": (0, s)}[side]
    return unit(x - a * delta), unit(y + b * delta), unit(c + b * delta)


def cone(rows):
    """Mean cosine of all pairs of rows."""
    return float((rows @ rows.T)[np.triu_indices(len(rows), 1)].mean())


def selection(xs, ys, cs, chosen_images, chosen_texts):
    """The metrics of a selection that depend on the shift."""
    a, b, known = xs[chosen_images], ys[chosen_texts], [i for i in chosen_images if labels[i] >= 0]
    pairs = [j for j in chosen_texts if image_of[j] in chosen_images]
    return {"matched": len(pairs), "matched_cosine": float(np.mean([xs[image_of[j]] @ ys[j] for j in pairs])),
            "separation": float((a.mean(0) - b.mean(0)) @ g), "gap": float(np.linalg.norm(a.mean(0) - b.mean(0))),
            "cosine_images": cone(a), "cosine_texts": cone(b), "correct": int(((xs @ cs.T).argmax(1) == labels)[known].sum())}


chosen_images, chosen_texts = list(range(3, 40, 2)), list(range(0, 50, 3))
shifts = []
for unit_, side in [("fraction", "both"), ("distance", "both"), ("fraction", "image"), ("distance", "text")]:
    for lam in [0.0, 0.5, -1.0]:
        xs, ys, cs = shift(lam, unit_, side)
        shifts.append({"unit": unit_, "side": side, "lambda": lam,
                       "maps": {m: {"images": ((xs - o) @ v.T)[::STRIDE].tolist(), "texts": ((ys - o) @ v.T)[::STRIDE].tolist()} for m, (v, o) in maps.items()},
                       "selection": selection(xs, ys, cs, chosen_images, chosen_texts)})


def accuracy(predicted):
    return int((predicted == labels)[labels >= 0].sum())


def predict(lam):
    xs, _, cs = shift(lam, "fraction", "both")
    return (xs @ cs.T).argmax(1)


s = x @ y.T
own = [s[i, image_of == i].max() for i in range(N)]
rank_image = [int((s[i] > own[i]).sum()) for i in range(N)]
rank_text = [int((s[:, j] > s[image_of[j], j]).sum()) for j in range(M)]


def nearest(similarity, itself=False):
    similarity = similarity.copy()
    if itself:
        np.fill_diagonal(similarity, -2)
    order = np.argsort(-similarity, axis=1, kind="stable")[:, :K]
    return order.tolist(), np.take_along_axis(similarity, order, 1).tolist()


near = {"near_image_texts": nearest(s), "near_text_images": nearest(s.T), "near_image_images": nearest(x @ x.T, True), "near_text_texts": nearest(y @ y.T, True)}
shown = [i for i in chosen_images if labels[i] >= 0]
out = {
    "numpy": np.__version__, "python": platform.python_version(), "classes": CLASSES, "stride": STRIDE,
    "images": images.astype(float).round(4).tolist(), "texts": texts.astype(float).round(4).tolist(), "prompts": prompts.astype(float).round(4).tolist(),
    "image_of": image_of.tolist(), "labels": labels.tolist(), "gap_norm": float(norm), "u": (x @ delta).tolist(), "v": (y @ delta).tolist(),
    "matched": [float(s[image_of[j], j]) for j in range(M)], "rank_image": rank_image, "rank_text": rank_text,
    "explained": {"pca": ((centred @ pca.T).var(0, ddof=1) / centred.var(0, ddof=1).sum()).tolist(), "svd": (((z @ svd.T) ** 2).sum(0) / (z**2).sum()).tolist()},
    "near": {k: {"index": i, "cosine": c_} for k, (i, c_) in near.items()},
    "predictions": {str(lam): predict(lam).tolist() for lam in (0.0, 0.5)},
    "shifts": shifts,
    "selection": {"images": chosen_images, "texts": chosen_texts, "i2t1": float(np.mean([rank_image[i] < 1 for i in chosen_images])),
                  "i2t5": float(np.mean([rank_image[i] < 5 for i in chosen_images])), "t2i1": float(np.mean([rank_text[j] < 1 for j in chosen_texts])),
                  "t2i5": float(np.mean([rank_text[j] < 5 for j in chosen_texts])),
                  "correct": int(sum(predict(0.0)[i] == labels[i] for i in shown)), "labelled": len(shown)},
}
with open("scene.json", "w") as f:
    f.write(json.dumps(json.loads(json.dumps(out), parse_float=lambda v: float(f"{float(v):.9g}"))))
    f.write("\n")
