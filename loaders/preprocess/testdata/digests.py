"""Digests of the reference arrays, so that the repository need not hold the arrays themselves.

usage: python digests.py REFERENCE_DIR > photographs.json

REFERENCE_DIR holds goldens.json, preprocess.npz and resize.npz (made with Pillow 13.0.0, torchvision 0.29.2, transformers 5.23.0 and
open_clip 3.3.0; the versions are copied into the output). Digests are SHA-256 of the arrays' bytes, C order.
"""
import hashlib, json, sys
import numpy as np

ref = sys.argv[1]
goldens = json.load(open(f"{ref}/goldens.json"))
pre = np.load(f"{ref}/preprocess.npz")
sha = lambda a: hashlib.sha256(np.ascontiguousarray(a).tobytes()).hexdigest()

images = []
for e in goldens["images"]:
    grey16 = e["mode"] == "I;16"
    images.append(dict(
        file=e["file"], mode=e["mode"], width=e["width"], height=e["height"],
        # The 16-bit picture is taken as its high byte, deliberately unlike Pillow: digests of that.
        rgb=None if grey16 else e["decoded_rgb_sha256"], rgba=e.get("decoded_rgba_sha256"), grey=e.get("decoded_8bit_grey_sha256"),
        open_clip=sha(pre[e["arrays"]["openclip_8bit" if grey16 else "openclip"]]),
        hf=sha(pre[e["arrays"]["openclip_8bit" if grey16 else "hf_pil"]])))
resize = [dict(key=r["key"], file=r["file"], mode=r["mode"], filter=r["filter"], to=r["to_wh"], sha256=r["sha256"]) for r in goldens["resize"]]
json.dump(dict(versions=goldens["versions"], mean=goldens["mean"], std=goldens["std"], size=goldens["size"], images=images, resize=resize), sys.stdout, indent=1)
print()
