"""Makes what TestReferenceFullSize reads: full-size models with random weights, inputs, and the embeddings that the libraries compute.

    python fullsize.py FOLDER clip_b32 clip_l14 siglip_b16 oc_RN50 oc_ViT-B-16-SigLIP        (clip_*, siglip_*: transformers; oc_*: open_clip)
    python fullsize.py --onnx FOLDER clip_b32                                               also torch.onnx.export's of the same weights

torch 2.15.0, transformers 5.23.0, open_clip_torch 3.3.0, safetensors; a model takes up to 1.7 GB. SigLIP's folders want a tokenizer.json of
at most 32,000 tokens beside the weights.
"""
import json, os, sys
import numpy as np
import torch

onnx = "--onnx" in sys.argv
root, *names = [a for a in sys.argv[1:] if a != "--onnx"]
PRE = {"do_normalize": True, "do_resize": True, "image_mean": [0.5] * 3, "image_std": [0.5] * 3, "resample": 3}


def perturb(m):
    """Biases and norms away from their start, where they would hide a mistake."""
    for p in m.parameters():
        if p.ndim < 2:
            p.add_(torch.randn_like(p) * 0.1)
    for n, b in m.named_buffers():
        if "running_mean" in n:
            b.normal_(0, 0.1)
        if "running_var" in n:
            b.uniform_(0.5, 1.5)


def make(name, folder):
    """Returns the model, its two towers as functions, the side of the picture, context, vocabulary, the end of text (None: the last position) and padding."""
    if name.startswith("oc_"):
        import open_clip
        from safetensors.torch import save_file
        m = open_clip.create_model(name[3:], pretrained=None, precision="fp32").eval()
        perturb(m)
        cfg = open_clip.get_model_config(name[3:])
        json.dump({"model_cfg": cfg, "preprocess_cfg": {"mean": [0.5] * 3, "std": [0.5] * 3, "resize_mode": "squash"}}, open(folder + "/open_clip_config.json", "w"))
        save_file({k: v.contiguous() for k, v in m.state_dict().items()}, folder + "/open_clip_model.safetensors")
        t = cfg["text_cfg"]
        eos = t["vocab_size"] - 1 if t.get("pool_type", "argmax") == "argmax" else None
        return m, m.encode_image, m.encode_text, cfg["vision_cfg"]["image_size"], t["context_length"], t["vocab_size"], eos, 0
    from transformers import CLIPConfig, CLIPModel, SiglipConfig, SiglipModel
    if name == "siglip_b16":
        m = SiglipModel(SiglipConfig()).eval()
        size, context, vocab, eos = {"height": 224, "width": 224}, 64, 32000, None
    else:
        large = dict(projection_dim=768, text_config=dict(hidden_size=768, intermediate_size=3072, num_attention_heads=12, projection_dim=768),
                     vision_config=dict(hidden_size=1024, intermediate_size=4096, num_hidden_layers=24, num_attention_heads=16, patch_size=14, projection_dim=768))
        m = CLIPModel(CLIPConfig(**(large if name == "clip_l14" else {}))).eval()
        size, context, vocab, eos = 224, 77, 49408, 49407
    perturb(m)
    m.save_pretrained(folder)
    json.dump({**PRE, "size": size}, open(folder + "/preprocessor_config.json", "w"))
    proj = (m.visual_projection, m.text_projection) if hasattr(m, "visual_projection") else (lambda x: x, lambda x: x)
    return m, (lambda x: proj[0](m.vision_model(pixel_values=x).pooler_output)), (lambda x: proj[1](m.text_model(input_ids=x).pooler_output)), 224, context, vocab, eos, eos


class Tower(torch.nn.Module):
    def __init__(self, m, f):
        super().__init__()
        self.m, self.f = m, f

    def forward(self, x):
        return self.f(x)


with torch.no_grad():
    for name in names:
        torch.manual_seed(1)
        folder = os.path.join(root, name)
        os.makedirs(folder, exist_ok=True)
        m, image, text, side, context, vocab, eos, pad = make(name, folder)
        g = torch.Generator().manual_seed(7)
        px = torch.randn(4, 3, side, side, generator=g)
        ids = torch.randint(1, vocab - 2, (4, context), generator=g)
        if eos is not None:
            for i in range(4):
                ids[i, 5 + 9 * i], ids[i, 6 + 9 * i:] = eos, pad
        np.save(folder + "/px.npy", px.reshape(4, -1).numpy())
        np.save(folder + "/ids.npy", ids.numpy().astype(np.float32))
        np.save(folder + "/im.npy", image(px).numpy())
        np.save(folder + "/tx.npy", text(ids).numpy())
        if onnx:
            out = folder + ".onnx"
            os.makedirs(out + "/onnx", exist_ok=True)
            names_ = ("pooler_output",) * 2 if name.startswith("siglip") else ("image_embeds", "text_embeds")
            for f, x, i, o, file in ((image, px[:2], "pixel_values", names_[0], "vision"), (text, ids[:2], "input_ids", names_[1], "text")):
                torch.onnx.export(Tower(m, f), (x,), f"{out}/onnx/{file}_model.onnx", input_names=[i], output_names=[o],
                                  dynamic_axes={i: {0: "batch"}, o: {0: "batch"}}, opset_version=18, dynamo=False)
            json.dump({"model_type": "siglip" if "iglip" in name.lower() else "clip", "text_config": {"max_position_embeddings": context}}, open(out + "/config.json", "w"))
            json.dump({**PRE, "size": {"height": side, "width": side}}, open(out + "/preprocessor_config.json", "w"))
        print(name)
