"""Steps of contrastive training by PyTorch, in float32, as one would write them.

    python train.py DATA N D free|heads THREADS

DATA holds images, then texts, as raw float32 unit rows. Prints JSON: the median of the seconds of a step, and the last step's loss.
"""

import json
import sys
import time

import numpy as np
import torch
import torch.nn.functional as F

path, n, d, parameters, threads = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4], int(sys.argv[5])
torch.set_num_threads(threads)
x, y = torch.from_numpy(np.fromfile(path, np.float32).reshape(2, n, d))
weights = [x.clone(), y.clone()] if parameters == "free" else [torch.eye(d), torch.eye(d)]
for w in weights:
    w.requires_grad_()
optimizer = torch.optim.Adam(weights, lr=1e-3, betas=(0.9, 0.98), eps=1e-6)
own = torch.arange(n)
seconds = []
for _ in range(60):
    start = time.perf_counter()
    u, v = weights if parameters == "free" else (x @ weights[0], y @ weights[1])
    logits = F.normalize(u) @ F.normalize(v).T * 20
    loss = (F.cross_entropy(logits, own) + F.cross_entropy(logits.T, own)) / 2
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    seconds.append(time.perf_counter() - start)
print(json.dumps({"seconds": sorted(seconds)[30], "points": [[loss.item()]]}))
