"""The sweep of gap.Sweep in NumPy, in two ways, both vectorised and in float32:

definition  moves the rows, multiplies them out and exponentiates each direction against its own maxima, at every λ
identity    multiplies out once, moves similarities by the identity of gap.Sweep, and lets one exponential serve rows and columns

    python sweep.py definition|identity DATA N D

DATA holds images, then texts, as raw float32 unit rows. λ = -1 … 1 in 41 steps of the gap, scales 1 5 35 50 100. Prints JSON: seconds, and
for every λ the losses and both recalls at 1.
"""

import json
import sys
import time

import numpy as np

how, path, n, d = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
x, y = np.fromfile(path, np.float32).reshape(2, n, d)
SCALES = [1, 5, 35, 50, 100]
LAMBDAS = np.linspace(-1, 1, 41)


def recalls(s):
    own = np.diagonal(s)
    return [float((s.max(1) <= own).mean()), float((s.max(0) <= own).mean())]


def definition():
    g = x.mean(0) - y.mean(0)
    for lam in LAMBDAS.astype(np.float32):
        xs, ys = x - lam / 2 * g, y + lam / 2 * g
        xs /= np.linalg.norm(xs, axis=1, keepdims=True)
        ys /= np.linalg.norm(ys, axis=1, keepdims=True)
        s = xs @ ys.T
        losses = []
        for scale in SCALES:
            logits = scale * s
            own = np.diagonal(logits)
            loss = 0
            for axis in (1, 0):
                top = logits.max(axis, keepdims=True)
                loss += (np.log(np.exp(logits - top).sum(axis)) + top.squeeze(axis) - own).mean() / 2
            losses.append(float(loss))
        yield losses + recalls(s)


def identity():
    g = x.mean(0) - y.mean(0)
    s0, u, v, g2 = x @ y.T, x @ g, y @ g, g @ g
    c, e = np.empty_like(s0), np.empty_like(s0)
    for lam in LAMBDAS.astype(np.float32):
        a = lam / 2
        p, q = 1 / np.sqrt(1 - 2 * a * u + a * a * g2), 1 / np.sqrt(1 + 2 * a * v + a * a * g2)
        np.add(s0, (a * u - a * a * g2)[:, None], out=c)
        c -= a * v
        c *= p[:, None]
        c *= q
        own = np.diagonal(c)
        losses = []
        for scale in SCALES:
            shift = max(0, 1 - 80 / scale)
            np.subtract(c, shift, out=e)
            e *= scale
            np.exp(e, out=e)
            rows, columns = np.log(e.sum(1)), np.log(e.sum(0))
            losses.append(float(((rows + columns) / 2 + scale * (shift - own)).mean()))
        yield losses + recalls(c)


start = time.perf_counter()
points = list({"definition": definition, "identity": identity}[how]())
print(json.dumps({"seconds": time.perf_counter() - start, "points": points}))
