"""Freezes the cones of PyTorch's own untrained ViT-B/32 on noise: 32 images N(0, 1), 32 rows of 77 ids uniform over the vocabulary.

    python cones.py OUT.json
"""
import json
import sys

import open_clip
import torch
import transformers

torch.set_num_threads(1)


def cone(x):
    x = x.double()
    x = x / x.norm(dim=-1, keepdim=True)
    c, n = x @ x.T, len(x)
    return ((c.sum() - c.diag().sum()) / (n * (n - 1))).item(), x.mean(0)


def plain(x):
    return x if torch.is_tensor(x) else x.pooler_output


def run(scheme, seed):
    torch.manual_seed(seed)
    if scheme == "openai":
        m = open_clip.CLIP(**{**open_clip.get_model_config("ViT-B-32"), "quick_gelu": True}).eval()
        image, text = m.encode_image, m.encode_text
    else:
        config = transformers.CLIPConfig()
        config.text_config.eos_token_id = 2  # OpenAI's files: the text ends at its greatest id
        m = transformers.CLIPModel(config).eval()
        image, text = lambda p: plain(m.get_image_features(pixel_values=p)), lambda i: plain(m.get_text_features(input_ids=i))
    torch.manual_seed(1000 + seed)
    pixels, ids = torch.randn(32, 3, 224, 224), torch.randint(0, 49408, (32, 77))
    with torch.no_grad():
        a, ma = cone(image(pixels))
        b, mb = cone(text(ids))
    print(scheme, seed, a, b, (ma - mb).norm().item(), flush=True)
    return {"image": a, "text": b, "gap": (ma - mb).norm().item()}


out = {"versions": {"torch": torch.__version__, "transformers": transformers.__version__, "open_clip": open_clip.__version__}}
for scheme in ("openai", "hf"):
    out[scheme] = [run(scheme, seed) for seed in range(10)]
with open(sys.argv[1], "w") as f:
    json.dump(out, f, indent=0)
