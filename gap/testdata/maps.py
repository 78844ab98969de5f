"""Makes maps.json: the singular value decomposition of the built-in model's unit rows, uncentred, and their principal components without
the gap, by NumPy and scikit-learn.

Run in this folder: python maps.py
"""

import json
import platform

import numpy as np
import sklearn
from sklearn.decomposition import PCA, TruncatedSVD

K, POINTS = 4, 40  # components; every 65th of the 2,600 rows is kept

unit = lambda a: a / np.linalg.norm(a, axis=1, keepdims=True)
x, y = (unit(np.load(f"emoji/{name}_embeds.npy").astype(float)) for name in ("image", "text"))
z = np.vstack([x, y])


def signed(components):
    """Turns each component so that its entry of largest magnitude is positive."""
    return components * np.sign(components[np.arange(len(components)), np.abs(components).argmax(1)])[:, None]


# The map of Fig. 1: the first columns of U·S, up to the sign of each, which LAPACK leaves open.
u, s, vt = np.linalg.svd(z, full_matrices=False)
v = signed(vt[:K])
scores = u[:, :K] * s[:K] * np.sum(vt[:K] * v, axis=1)
assert np.abs(scores - z @ v.T).max() < 1e-12
truncated = TruncatedSVD(K, algorithm="arpack", random_state=1).fit(z)
assert np.abs(truncated.singular_values_ - s[:K]).max() < 1e-9

# The gap's own axes: its direction, then principal components of what is left.
delta = x.mean(0) - y.mean(0)
g = delta / np.linalg.norm(delta)
centred = z - z.mean(0)
rest = centred - np.outer(centred @ g, g)
pca = PCA(K - 1, svd_solver="full").fit(rest)
axes = np.vstack([g, signed(pca.components_)])
total = centred.var(0, ddof=1).sum()

stride = len(z) // POINTS
out = {"numpy": np.__version__, "scikit-learn": sklearn.__version__, "python": platform.python_version(), "stride": stride,
       "svd": {"singular_values": s[:K].tolist(), "total": float((s**2).sum()), "explained": (s[:K] ** 2 / (s**2).sum()).tolist(),
               "components": v.tolist(), "points": scores[::stride].tolist()},
       "gap": {"gap": float(np.linalg.norm(delta)), "total": float(total), "explained": [float((centred @ g).var(ddof=1) / total)] + (pca.explained_variance_ / total).tolist(),
               "components": axes.tolist(), "points": (centred @ axes.T)[::stride].tolist()}}
with open("maps.json", "w") as f:
    json.dump(out, f)
    f.write("\n")
