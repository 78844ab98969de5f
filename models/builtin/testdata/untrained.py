"""Makes untrained.json: the projections that PyTorch draws for the built-in architecture under seeds other than the twins'.

Run in this folder: python untrained.py
"""

import json
import sys

import torch

sys.path.append("../scripts/emoji")
from model import TinyCLIP

torch.set_num_threads(1)
out = {"torch": torch.__version__, "seeds": {}}
for seed in [0, 4, 25, 2**32 + 5]:
    torch.manual_seed(seed)
    m = TinyCLIP()
    heads = {name: getattr(m, name).proj.weight.detach().numpy() for name in dir(m) if hasattr(getattr(m, name, None), "proj")}
    # Hexadecimal keeps every bit; the last weights drawn depend on all draws before them.
    out["seeds"][str(seed)] = {name: [float(v).hex() for v in w[-1, -4:]] for name, w in heads.items()}
with open("untrained.json", "w") as f:
    json.dump(out, f, indent=1)
    f.write("\n")
