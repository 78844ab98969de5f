"""umap-learn on the data of the benchmark, warm: compiled and run once before the clock starts.

    python umaplearn.py DATA N D

DATA holds images, then texts, as raw float32 rows. Prints JSON: the median of the seconds of three runs (no seed, which is what lets umap-learn use
all cores), and as a note the trustworthiness (k = 15) of the last picture by scikit-learn. (A script named umap.py would hide the package.)
"""

import json
import sys
import time
import warnings

import numpy as np
import umap
from sklearn.manifold import trustworthiness

warnings.filterwarnings("ignore")
path, n, d = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
x = np.fromfile(path, np.float32).reshape(2 * n, d)
umap.UMAP(metric="cosine", n_epochs=20).fit(x)
seconds = []
for _ in range(3):
    start = time.perf_counter()
    picture = umap.UMAP(metric="cosine").fit_transform(x)
    seconds.append(time.perf_counter() - start)
trust = trustworthiness(x, picture, n_neighbors=15, metric="cosine")
print(json.dumps({"seconds": sorted(seconds)[1], "notes": {"trustworthiness (k = 15)": trust}}))
