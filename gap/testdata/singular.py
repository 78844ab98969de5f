"""Makes singular.json: the leading singular values of the built-in model's unit rows, stacked and centred, by scikit-learn and NumPy.

Run in this folder: python singular.py
"""

import json
import platform

import numpy as np
import sklearn
from sklearn.decomposition import PCA

unit = lambda a: a / np.linalg.norm(a, axis=1, keepdims=True)
x, y = (unit(np.load(f"emoji/{name}_embeds.npy").astype(float)) for name in ("image", "text"))
out = {"numpy": np.__version__, "scikit-learn": sklearn.__version__, "python": platform.python_version()}
for name, rows in {"pair": np.vstack([x, y]), "few": np.vstack([x[:10], y[:10]])}.items():
    values = PCA(svd_solver="full").fit(rows).singular_values_
    assert np.abs(values - np.linalg.svd(rows - rows.mean(0), compute_uv=False)).max() < 1e-9
    out[name] = values[values > 1e-9].tolist()
with open("singular.json", "w") as f:
    json.dump(out, f)
    f.write("\n")
