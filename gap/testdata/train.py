"""Makes train.json: contrastive training by PyTorch, and gradients by its autograd, in float64, on pairs of testdata/emoji.

    python gap/testdata/train.py

It also prints how far PyTorch's own float32 runs stray from these curves.
"""

import json
import os
import platform

import numpy as np
import torch
import torch.nn.functional as F

HERE = os.path.dirname(os.path.abspath(__file__))
PAIRS, STEPS, BATCH = 80, 200, 32
EVERY = 20  # steps between two measurements
TEMPERATURES = [1, 0.1, 0.01]
torch.set_num_threads(1)
X, Y = (F.normalize(torch.tensor(np.load(f"{HERE}/emoji/{a}_embeds.npy")).double()) for a in ("image", "text"))


def contrastive(x, y, temperature):
    logits = x @ y.T / temperature
    own = torch.arange(len(x))
    return (F.cross_entropy(logits, own) + F.cross_entropy(logits.T, own)) / 2


def optimizer(kind, weights):
    o = dict(kind)
    method = o.pop("method")
    if method == "sgd":
        return torch.optim.SGD(weights, lr=o["rate"], momentum=o["momentum"], weight_decay=o["weight_decay"])
    build = torch.optim.Adam if method == "adam" else torch.optim.AdamW
    return build(weights, lr=o["rate"], betas=(0.9, 0.98), eps=1e-6, weight_decay=o["weight_decay"])


def turn(x, y):
    u, _, vh = torch.linalg.svd(x.T @ y)
    return (u @ vh).T  # y @ turn lies on x


def begin(parameters, start, x, y):
    """Weights of both sides, and what makes rows of them."""
    q = turn(x, y) if start == "amended" else torch.eye(x.shape[1], dtype=x.dtype)
    if parameters == "free":
        weights = [x.clone(), y @ q]
        rows = lambda side, batch: F.normalize(weights[side][batch])
    else:
        weights = [torch.eye(x.shape[1], dtype=x.dtype), q.clone()]
        rows = lambda side, batch: F.normalize((x, y)[side][batch] @ weights[side])
    for w in weights:
        w.requires_grad_()
    return weights, rows


def measures(x, y, temperature):
    s = x @ y.T
    own = torch.diagonal(s)
    return {"loss": contrastive(x, y, temperature).item(), "gap": (x.mean(0) - y.mean(0)).norm().item(), "matched_cosine": own.mean().item(),
            "image_to_text_recall_at_1": (s <= own[:, None]).all(1).double().mean().item(),
            "text_to_image_recall_at_1": (s <= own[None, :]).all(0).double().mean().item()}


def curve(case, order, dtype=torch.float64):
    x, y = X[:PAIRS].to(dtype), Y[:PAIRS].to(dtype)
    weights, rows = begin(case["parameters"], case["start"], x, y)
    o = optimizer(case["optimizer"], weights)
    points, losses = [], []
    for step in range(STEPS + 1):
        if step % EVERY == 0:
            with torch.no_grad():
                points.append(measures(rows(0, slice(None)), rows(1, slice(None)), case["temperature"]))
        if step == STEPS:
            return points, losses
        batch = torch.tensor(order[step]) if case["batches"] else slice(None)
        o.zero_grad()
        loss = contrastive(rows(0, batch), rows(1, batch), case["temperature"])
        losses.append(loss.item())
        loss.backward()
        o.step()


def gradient(parameters, temperature):
    x, y = F.normalize(X[:20, :12]), F.normalize(Y[:20, :12])
    weights, rows = begin(parameters, "gap", x, y)
    if parameters == "heads":  # away from the identity, where much cancels
        with torch.no_grad():
            for side, w in enumerate(weights):
                w += torch.sin(torch.arange(w.numel(), dtype=w.dtype) + side).reshape(w.shape) / 4
    loss = contrastive(rows(0, slice(None)), rows(1, slice(None)), temperature)
    loss.backward()
    return {"parameters": parameters, "temperature": temperature, "loss": loss.item(), "image": weights[0].grad.flatten().tolist(),
            "text": weights[1].grad.flatten().tolist()}


rng = np.random.default_rng(1)
ORDER = []
while len(ORDER) < STEPS:
    ORDER += rng.permutation(PAIRS)[: PAIRS // BATCH * BATCH].reshape(-1, BATCH).tolist()
ORDER = ORDER[:STEPS]

cases = []
for parameters in ("free", "heads"):
    for t in TEMPERATURES:
        sgd = (20 if parameters == "free" else 0.3) * t
        for o in ({"method": "adam", "rate": 0.005, "weight_decay": 0}, {"method": "sgd", "rate": sgd, "momentum": 0.9, "weight_decay": 0}):
            cases.append({"parameters": parameters, "start": "gap", "temperature": t, "batches": False, "optimizer": o})
    cases.append({"parameters": parameters, "start": "gap", "temperature": 0.1, "batches": True,
                  "optimizer": {"method": "adam", "rate": 0.005, "weight_decay": 0.001}})
    cases.append({"parameters": parameters, "start": "amended", "temperature": 0.02, "batches": True,
                  "optimizer": {"method": "adamw", "rate": 0.002, "weight_decay": 0.2}})
    cases.append({"parameters": parameters, "start": "amended", "temperature": 0.02, "batches": False,
                  "optimizer": {"method": "sgd", "rate": 0.1 if parameters == "free" else 0.01, "momentum": 0.5, "weight_decay": 0.01}})
for case in cases:
    points, losses = curve(case, ORDER)
    single, single_losses = curve(case, ORDER, torch.float32)
    case["batch_loss"] = [float(f"{v:.9g}") for v in losses]
    for name in points[0]:
        case[name] = [float(f"{p[name]:.10g}") for p in points]
    case["float32_strays"] = {name: max(abs(a[name] - b[name]) for a, b in zip(points, single)) for name in ("loss", "gap", "matched_cosine")}
    case["float32_strays"]["batch_loss"] = max(abs(a - b) for a, b in zip(losses, single_losses))
    print(case["parameters"], case["start"], case["temperature"], case["optimizer"]["method"], "batches" if case["batches"] else "all",
          f"loss {points[0]['loss']:.4f} to {points[-1]['loss']:.4f}, gap {points[0]['gap']:.4f} to {points[-1]['gap']:.4f}",
          {k: f"{v:.0e}" for k, v in case["float32_strays"].items()})

out = {"versions": {"python": platform.python_version(), "torch": torch.__version__, "numpy": np.__version__}, "pairs": PAIRS, "steps": STEPS, "every": EVERY,
       "order": ORDER, "curves": cases, "gradient_pairs": 20, "gradient_width": 12,
       "gradients": [gradient(p, t) for p in ("free", "heads") for t in TEMPERATURES]}
with open(f"{HERE}/train.json", "w") as f:
    json.dump(out, f, separators=(",", ":"))
    f.write("\n")
