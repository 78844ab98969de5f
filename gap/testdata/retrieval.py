"""Retrieval with five captions an image, as CLIP_benchmark's zeroshot_retrieval defines it, computed with numpy.

    python retrieval.py > retrieval.json

Last run with Python 3.11, numpy 2.4.6. Embeddings are random whole numbers, so that both programs start from the same values; captions
stand in random order, and two images have one and seven captions.

CLIP_benchmark normalises both sides, takes scores[t, i] = text t · image i, and of each query the k largest scores:
image_retrieval_recall@k is the share of texts whose image is among them, text_retrieval_recall@k the share of images any of whose texts is
(its recall_at_k, the share of positives found, is reported as recall_at_k > 0).
"""
import json

import numpy as np

rng = np.random.default_rng(5)
n, d = 60, 12
counts = np.full(n, 5)
counts[7], counts[20] = 1, 7
image_of = rng.permutation(np.repeat(np.arange(n), counts))
images = rng.integers(-50, 51, (n, d))
texts = (0.8 * images[image_of] + rng.integers(-60, 61, (len(image_of), d))).round().astype(int) + 3

unit = lambda a: a / np.linalg.norm(a, axis=1, keepdims=True)
scores = unit(texts.astype(np.float64)) @ unit(images.astype(np.float64)).T
positive = np.zeros(scores.shape, bool)
positive[np.arange(len(scores)), image_of] = True


def recall(scores, positive, k):
    top = np.argsort(-scores, axis=1, kind="stable")[:, :k]
    found = np.take_along_axis(positive, top, axis=1).sum(axis=1) / positive.sum(axis=1)
    return float((found > 0).mean())


for s in (scores, scores.T):  # no two candidates of a query tie, so the order among equals does not matter
    assert np.diff(np.sort(s, axis=1), axis=1).min() > 1e-12
out = {"images": images.tolist(), "texts": texts.tolist(), "image_of": image_of.tolist()}
for k in (1, 5, 10):
    out["image_retrieval_recall@%d" % k] = recall(scores, positive, k)
    out["text_retrieval_recall@%d" % k] = recall(scores.T, positive.T, k)
print(json.dumps(out))
