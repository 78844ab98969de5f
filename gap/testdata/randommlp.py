"""Makes randommlp.json: mean cosines of small random networks, layer by layer, over seeds, by NumPy.

Run in this folder: python randommlp.py
"""

import json
import platform

import numpy as np
from math import erf

WIDTH, BATCH, DEPTH, SEEDS = 64, 128, 8, 40
gelu_cdf = np.vectorize(lambda v: 0.5 * (1 + erf(v / 2**0.5)))
ACTIVATIONS = {
    "linear": lambda x: x,
    "relu": lambda x: np.maximum(x, 0),
    "leaky-relu": lambda x: np.where(x > 0, x, 0.01 * x),
    "sigmoid": lambda x: 1 / (1 + np.exp(-x)),
    "tanh": np.tanh,
    "gelu": lambda x: x * gelu_cdf(x),
    "maxout": None,
}
WIDTH_STD = 1 / np.sqrt(WIDTH)
BIASES = {
    "none": lambda rng: np.zeros(WIDTH),
    "normal": lambda rng: rng.normal(0, WIDTH_STD, WIDTH),
    "uniform": lambda rng: rng.uniform(-WIDTH_STD, WIDTH_STD, WIDTH),
}


def mean_cosine(x):
    """Over pairs of different rows, from the whole matrix."""
    u = x / np.linalg.norm(x, axis=1, keepdims=True)
    s = u @ u.T
    n = len(x)
    return (s.sum() - np.trace(s)) / (n * (n - 1))


def curve(activation, bias, rng):
    x = rng.normal(size=(BATCH, WIDTH))
    means = [mean_cosine(x)]
    for _ in range(DEPTH):
        layers = [x @ rng.normal(0, WIDTH_STD, (WIDTH, WIDTH)).T + BIASES[bias](rng) for _ in range(2 if activation == "maxout" else 1)]
        x = np.maximum(*layers) if activation == "maxout" else ACTIVATIONS[activation](layers[0])
        means.append(mean_cosine(x))
    return means


out = {"numpy": np.__version__, "python": platform.python_version(), "width": WIDTH, "batch": BATCH, "depth": DEPTH, "seeds": SEEDS, "curves": []}
for a in ACTIVATIONS:
    for b in BIASES:
        c = np.array([curve(a, b, np.random.default_rng([seed, len(out["curves"])])) for seed in range(SEEDS)])
        out["curves"].append({"activation": a, "bias": b, "mean": c.mean(0).tolist(), "std": c.std(0, ddof=1).tolist()})
with open("randommlp.json", "w") as f:
    json.dump(out, f)
    f.write("\n")
