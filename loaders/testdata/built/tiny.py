"""Makes the models of this folder: tiny towers with random weights, one for each way in which a graph is built over safetensors, with the
embeddings that transformers, open_clip and timm compute. Everything is random; no weights of anybody are in it.

    python tiny.py            torch 2.15.0, transformers 5.23.0, open_clip_torch 3.3.0, timm 1.0.31, safetensors
"""
import json, os, shutil
import torch, open_clip, timm
from functools import partial
from safetensors.torch import save_file
from transformers import CLIPConfig, CLIPModel, SiglipConfig, SiglipModel, MetaClip2Config, MetaClip2Model

here = os.path.dirname(os.path.abspath(__file__))
VOCAB, N = 40, 3


def spread(m):
    """Weights away from their start: biases and norms that do nothing would hide a mistake."""
    with torch.no_grad():
        for n, p in m.named_parameters():
            p.copy_(torch.randn_like(p) * (0.3 if p.ndim < 2 else p.shape[-1] ** -0.5) + (1 if p.ndim < 2 and ("norm" in n or "ln_" in n or "bn" in n) and "weight" in n else 0))
        for n, b in m.named_buffers():
            if "running_mean" in n: b.normal_(0, 0.3)
            if "running_var" in n: b.uniform_(0.5, 1.5)


def put(name, state, files, size, context, image, text, ids, scale, bias=0.0, dtype=None, file="model.safetensors"):
    d = os.path.join(here, name)
    shutil.rmtree(d, ignore_errors=True)
    os.makedirs(d)
    state = {k: (v.to(dtype) if dtype and v.is_floating_point() else v).contiguous().clone() for k, v in state.items()}
    save_file(state, os.path.join(d, file), metadata={"format": "pt"})
    for f, v in files.items():
        json.dump(v, open(os.path.join(d, f), "w"), indent=1)
    r = lambda t: [[round(float(x), 7) for x in row] for row in t]
    json.dump({"size": size, "context": context, "scale": scale, "bias": bias, "ids": ids.tolist(), "image": r(image), "text": r(text)},
              open(os.path.join(d, "expected.json"), "w"))


def pixels(size):
    """What the test makes again: a fixed formula instead of a file."""
    i = torch.arange(N * 3 * size * size, dtype=torch.float64)
    return torch.sin(i * 0.37 + 0.001 * i * i % 7).to(torch.float32).reshape(N, 3, size, size)


def ids(context, eos, pad):
    g = torch.Generator().manual_seed(5)
    x = torch.randint(3, VOCAB - 2, (N, context), generator=g)
    for i, at in enumerate((3, context - 1, 5)):
        if eos is not None:
            x[i, at] = eos
        x[i, at + 1:] = pad
    return x


PRE = {"do_resize": True, "size": {"shortest_edge": 16}, "do_center_crop": True, "crop_size": {"height": 16, "width": 16}, "do_normalize": True,
       "image_mean": [0.5] * 3, "image_std": [0.5] * 3, "resample": 3}
TEXT = dict(vocab_size=VOCAB, hidden_size=16, intermediate_size=40, num_hidden_layers=2, num_attention_heads=2, max_position_embeddings=9)
VISION = dict(hidden_size=24, intermediate_size=60, num_hidden_layers=2, num_attention_heads=3, image_size=16, patch_size=4)


def hf(name, cls, conf, eos, dtype=None, rename=None):
    m = cls(conf).eval()
    spread(m)
    with torch.no_grad():
        m.logit_scale.fill_(3.5)
        if hasattr(m, "logit_bias"):
            m.logit_bias.fill_(-7.5)
        if dtype:
            m.to(dtype).to(torch.float32)
        px, x = pixels(16), ids(9, eos, 1)
        image, text = m.vision_model(pixel_values=px).pooler_output, m.text_model(input_ids=x).pooler_output
        if hasattr(m, "visual_projection"):
            image, text = m.visual_projection(image), m.text_projection(text)
    state = m.state_dict()
    if rename:
        state = rename(state)
    config = json.loads(conf.to_json_string(use_diff=False))
    keep = lambda c, of: {k: c[k] for k in list(of) + ["hidden_act", "layer_norm_eps", "eos_token_id"] if k in c}
    config = {"model_type": config["model_type"], "architectures": [cls.__name__], "projection_dim": config.get("projection_dim", 12),
              "text_config": keep(config["text_config"], [*TEXT, "projection_size"]), "vision_config": keep(config["vision_config"], VISION)}
    if cls is SiglipModel:
        del config["projection_dim"]
    put(name, state, {"config.json": config, "preprocessor_config.json": PRE}, 16, 9, image, text, x, float(m.logit_scale.exp()),
        float(m.logit_bias) if hasattr(m, "logit_bias") else 0.0, dtype)


def old(state):
    state["text_model.embeddings.position_ids"] = torch.arange(9)[None]
    return state


def oc(name, cfg, eos, pad=0, trunk=None, dtype=None, config=True, files=None):
    cfg = dict(embed_dim=12, **cfg)
    custom = cfg.pop("custom_text", False)
    vision = cfg["vision_cfg"]
    if trunk:
        plain = {**cfg, "vision_cfg": dict(width=24, layers=1, patch_size=4, image_size=16, head_width=8)}
    else:
        plain = cfg
    m = (open_clip.CustomTextCLIP if custom else open_clip.CLIP)(**plain).eval()
    if trunk:
        m.visual = trunk
    spread(m)
    with torch.no_grad():
        m.logit_scale.fill_(3.5)
        if m.logit_bias is not None:
            m.logit_bias.fill_(-7.5)
        if dtype:
            m.to(dtype).to(torch.float32)
        size, context = vision["image_size"], cfg["text_cfg"]["context_length"]
        px, x = pixels(size), ids(context, eos, pad)
        image, text = m.visual(px), m.encode_text(x)
    state = {k.replace("visual.", "visual.trunk.", 1) if trunk else k: v for k, v in m.state_dict().items()}
    if custom:
        cfg["custom_text"] = True
    files = {"open_clip_config.json": {"model_cfg": cfg, "preprocess_cfg": {"mean": [0.5] * 3, "std": [0.5] * 3}}} if config else {}
    put(name, state, files, size, context, image, text, x, float(m.logit_scale.exp()), float(m.logit_bias) if m.logit_bias is not None else 0.0,
        dtype, "open_clip_model.safetensors" if config else "model.safetensors")


torch.manual_seed(0)
clip = lambda act, eos, **k: CLIPConfig(text_config=dict(TEXT, hidden_act=act, eos_token_id=eos, bos_token_id=0, projection_dim=12),
                                        vision_config=dict(VISION, hidden_act=act, projection_dim=12), projection_dim=12)
hf("hf_clip_legacy_fp16", CLIPModel, clip("quick_gelu", 2), VOCAB - 1, torch.float16, old)
hf("hf_clip_gelu_bf16", CLIPModel, clip("gelu", 7), 7, torch.bfloat16)
hf("hf_metaclip_2", MetaClip2Model, MetaClip2Config(text_config=dict(TEXT, eos_token_id=2, projection_dim=12), vision_config=dict(VISION, projection_dim=12), projection_dim=12), 2)
hf("hf_siglip", SiglipModel, SiglipConfig(text_config=dict(TEXT, projection_size=24), vision_config=VISION), None)

T = dict(context_length=9, vocab_size=VOCAB, width=16, heads=2, layers=2)
V = dict(image_size=16, patch_size=4, width=24, layers=2, head_width=8)
oc("open_clip_quickgelu", dict(quick_gelu=True, vision_cfg=V, text_cfg=T), VOCAB - 1)
oc("open_clip_resnet", dict(quick_gelu=True, vision_cfg=dict(image_size=64, layers=[1, 2, 1, 1], width=4, patch_size=None, head_width=32), text_cfg=T), VOCAB - 1, dtype=torch.float16)
oc("open_clip_average", dict(vision_cfg=dict(V, no_ln_pre=True, pool_type="avg", final_ln_after_pool=True, mlp_ratio=2.5), text_cfg=dict(T, pool_type="last", no_causal_mask=True)), None)
oc("open_clip_average_ln_first", dict(vision_cfg=dict(V, pool_type="avg", ls_init_value=0.5), text_cfg=dict(T, pool_type="first", ls_init_value=0.5, norm_kwargs={"eps": 1e-3}, act_kwargs={"approximate": "tanh"})), None)
oc("open_clip_custom_text", dict(custom_text=True, init_logit_bias=-10.0, vision_cfg=V, text_cfg=dict(T, pool_type="eos", eos_id=5, proj_bias=True)), 5)
oc("open_clip_no_projection", dict(custom_text=True, vision_cfg=V, text_cfg=dict(T, width=12, pool_type="argmax", no_causal_mask=True, proj_type="none")), VOCAB - 1)
trunk = timm.models.vision_transformer.VisionTransformer(img_size=16, patch_size=4, embed_dim=12, depth=2, num_heads=12, class_token=False, global_pool="map",
                                                         num_classes=0, norm_layer=partial(torch.nn.LayerNorm, eps=1e-6), mlp_ratio=3)
oc("open_clip_siglip", dict(custom_text=True, init_logit_bias=-10.0, vision_cfg=dict(image_size=16, timm_model_name="vit_base_patch16_siglip_224", timm_model_pretrained=False, timm_pool="map", timm_proj="none"),
   text_cfg=dict(T, no_causal_mask=True, proj_bias=True, pool_type="last", norm_kwargs={"eps": 1e-6})), None, trunk=trunk)
oc("openai", dict(quick_gelu=True, vision_cfg=dict(V, width=64, head_width=64, layers=1), text_cfg=dict(T, width=64, heads=1, layers=1)), VOCAB - 1, config=False)
