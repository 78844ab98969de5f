"""Makes randommlp.json: mean cosines of small random networks, layer by layer, over seeds, and the share of variance that comes from
initialisation, by NumPy.

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
    "relu+linear": None,
    "linear+relu+linear": None,
    "linear+relu+linear+relu": None,
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


def step(activation, bias, rng, x):
    linear = lambda x, b=bias: x @ rng.normal(0, WIDTH_STD, (WIDTH, WIDTH)).T + BIASES[b](rng)
    relu = ACTIVATIONS["relu"]
    match activation:
        case "maxout":
            return np.maximum(linear(x), linear(x))
        case "relu+linear":
            return linear(relu(x))
        case "linear+relu+linear":
            return linear(relu(linear(x)), "none")
        case "linear+relu+linear+relu":  # process_with_linear_ReLu_linear as the authors run it
            return relu(linear(relu(linear(x)), "none"))
    return ACTIVATIONS[activation](linear(x))


def curve(activation, bias, rng):
    x = rng.normal(size=(BATCH, WIDTH))
    layers = [x]
    for _ in range(DEPTH):
        layers.append(x := step(activation, bias, rng, x))
    return [mean_cosine(x) for x in layers], layers


def share(h):
    """One-way analysis of variance of h (networks, inputs, units), the components summed over units."""
    n = h.shape[1]
    within = h.var(1, ddof=1).mean(0).sum()
    between = h.mean(1).var(0, ddof=1).sum() - within / n
    return between / (between + within)


def jackknife(h):
    left = np.array([share(np.delete(h, i, 0)) for i in range(len(h))])
    return np.sqrt((len(h) - 1) * left.var())


out = {"numpy": np.__version__, "python": platform.python_version(), "width": WIDTH, "batch": BATCH, "depth": DEPTH, "seeds": SEEDS, "curves": []}
for a in ACTIVATIONS:
    for b in BIASES:
        c, layers = zip(*(curve(a, b, np.random.default_rng([seed, len(out["curves"])])) for seed in range(SEEDS)))
        c = np.array(c)
        h = [np.array(x) for x in zip(*layers)]
        out["curves"].append({"activation": a, "bias": b, "mean": c.mean(0).tolist(), "std": c.std(0, ddof=1).tolist(),
                              "share": [share(x) for x in h], "share_error": [jackknife(x) for x in h]})
# A case small enough to hold whole: 5 networks, 6 inputs, 3 units.
h = np.random.default_rng(9).normal(size=(5, 6, 3)).round(3) + np.random.default_rng(10).normal(size=(5, 1, 3)).round(3)
h = h.astype("f4").astype(float)
out["share"] = {"networks": h.reshape(5, -1).tolist(), "share": share(h), "error": jackknife(h), "of_two": share(h[:2])}
with open("randommlp.json", "w") as f:
    json.dump(out, f)
    f.write("\n")
