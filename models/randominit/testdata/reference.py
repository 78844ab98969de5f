"""Freezes what PyTorch's own initialisations give, and what transformers and open_clip make of checkpoints that this package wrote.

    python reference.py statistics OUT.json            mean, deviation, least and greatest value of each group of parameters
    python reference.py embeddings WRITTEN RESNET OUT.json   embeddings of fixed inputs by two models, written by
                                                             mindgap init --seed 11 --arch tiny, and --arch tiny-resnet

The frozen files state the versions that made them.
"""
import json
import math
import sys

import numpy as np
import open_clip
import torch
import transformers

here = __file__.rsplit("/", 1)[0]
versions = {"torch": torch.__version__, "transformers": transformers.__version__, "open_clip": open_clip.__version__}


def group(name):
    return ".".join("*" if part.isdigit() and i > 0 and parts_are_layers(name.split("."), i) else part for i, part in enumerate(name.split(".")))


def parts_are_layers(parts, i):
    return parts[i - 1] in ("layers", "resblocks")


def statistics(state):
    groups = {}
    for name, t in state.items():
        if name.endswith(("position_ids", "num_batches_tracked")):
            continue
        groups.setdefault(group(name), []).append(t.detach().double().flatten())
    out = {}
    for name, ts in groups.items():
        t = torch.cat(ts)
        out[name] = {"n": t.numel(), "mean": t.mean().item(), "std": t.std(correction=0).item(), "min": t.min().item(), "max": t.max().item()}
    return out


def openai_names(state):
    """open_clip's vision transformer under transformers' names: q, k and v lie packed in open_clip."""
    out = {}
    for name, t in state.items():
        tower, name = ("vision_model", name[7:]) if name.startswith("visual.") else ("text_model", name)
        fixed = {"class_embedding": "embeddings.class_embedding", "conv1.weight": "embeddings.patch_embedding.weight",
                 "positional_embedding": "embeddings.position_embedding.weight", "token_embedding.weight": "embeddings.token_embedding.weight"}
        if name == "logit_scale":
            out[name] = t
        elif name in ("proj", "text_projection"):
            out["visual_projection.weight" if name == "proj" else "text_projection.weight"] = t
        elif name in fixed:
            out[f"{tower}.{fixed[name]}"] = t
        elif "resblocks" in name:
            _, _, i, rest = name.split(".", 3)
            rest = rest.replace("ln_", "layer_norm").replace("attn.", "self_attn.").replace("c_fc", "fc1").replace("c_proj", "fc2")
            p = f"{tower}.encoder.layers.{i}."
            if "in_proj_" in rest:
                for k, part in zip("qkv", t.chunk(3)):
                    out[p + rest.replace("in_proj_", k + "_proj.")] = part
            else:
                out[p + rest] = t
        elif name != "attn_mask":
            module, kind = name.rsplit(".", 1)
            out[f"{tower}." + {"ln_pre": "pre_layrnorm", "ln_post": "post_layernorm", "ln_final": "final_layer_norm"}[module] + "." + kind] = t
    return out


def open_clip_model(cfg):
    return open_clip.CLIP(**{k: cfg[k] for k in ("embed_dim", "vision_cfg", "text_cfg", "quick_gelu")})


def inputs(side, context, vocab, n=4):
    """Inputs that need no file: sines for pixels, a linear congruence for ids; each text ends with the greatest id."""
    pixels = np.sin(np.arange(n * 3 * side * side, dtype=np.float64) * 0.37) * 2
    ids = np.array([[(r * 7919 + k * 104729 + k * k * 31) % (vocab - 2) for k in range(context)] for r in range(n)])
    for r in range(n):
        ids[r, 5 + 3 * r:] = vocab - 1
    return torch.tensor(pixels.reshape(n, 3, side, side), dtype=torch.float32), torch.tensor(ids)


def main():
    torch.manual_seed(20)
    if sys.argv[1] == "statistics":
        tiny = json.load(open(f"{here}/tiny/config.json"))
        resnet = json.load(open(f"{here}/tiny-resnet/open_clip_config.json"))["model_cfg"]
        tiny_cfg = {"embed_dim": 48, "quick_gelu": True, "vision_cfg": {"image_size": 48, "layers": 2, "width": 96, "patch_size": 8, "head_width": 32},
                    "text_cfg": {"context_length": 32, "vocab_size": 1200, "width": 64, "heads": 2, "layers": 3}}
        full = {"quick_gelu": True, **open_clip.get_model_config("ViT-B-32")}
        rn50 = {"quick_gelu": True, **open_clip.get_model_config("RN50")}
        out = {
            "versions": versions,
            "tiny openai": statistics(openai_names(open_clip_model(tiny_cfg).state_dict())),
            "tiny hf": statistics(transformers.CLIPModel(transformers.CLIPConfig(**tiny)).state_dict()),
            "tiny-siglip hf": statistics(transformers.SiglipModel(transformers.SiglipConfig(**json.load(open(f"{here}/tiny-siglip/config.json")))).state_dict()),
            "tiny-resnet openai": statistics(open_clip_model(resnet).state_dict()),
            "ViT-B-32 openai": statistics(openai_names(open_clip_model(full).state_dict())),
            "ViT-B-32 hf": statistics(transformers.CLIPModel(transformers.CLIPConfig()).state_dict()),
            "RN50 openai": statistics(open_clip_model(rn50).state_dict()),
        }
        target = sys.argv[2]
    else:
        written, resnet, target = sys.argv[2:]
        model, info = transformers.CLIPModel.from_pretrained(written, output_loading_info=True)
        assert not any(info[k] for k in ("missing_keys", "unexpected_keys", "mismatched_keys")), info
        transformers.CLIPImageProcessor.from_pretrained(written)
        tok = transformers.CLIPTokenizer.from_pretrained(written)
        v, t = model.config.vision_config, model.config.text_config
        pixels, ids = inputs(v.image_size, t.max_position_embeddings, t.vocab_size)
        rn, _, _ = open_clip.create_model_and_transforms("local-dir:" + resnet, precision="fp32")
        rn.eval(), model.eval()
        with torch.no_grad():
            def plain(x):
                return (x if torch.is_tensor(x) else x.pooler_output).tolist()
            out = {"versions": versions, "tokens": {s: tok(s)["input_ids"] for s in ("a photo of a cat", "it's 12 o'clock")},
                   "transformers": {"image": plain(model.get_image_features(pixel_values=pixels)), "text": plain(model.get_text_features(input_ids=ids))}}
            pixels, ids = inputs(64, 32, 1200)
            out["open_clip"] = {"image": rn.encode_image(pixels).tolist(), "text": rn.encode_text(ids).tolist()}
    with open(target, "w") as f:
        json.dump(out, f, indent=0)


main()
