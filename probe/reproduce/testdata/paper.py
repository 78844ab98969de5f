"""Writes ../paper.json: what Liang et al. 2022 ("Mind the Gap", NeurIPS) state, item by item, with where each number stands.

    python paper.py REFERENCE > ../paper.json

REFERENCE is the folder that make conformance takes: goldens/*.json hold what the authors' notebooks print and what their code gives when it
is run again in NumPy; features/*.npy are the features that they published. Numbers that stand in neither (figures, tables, hard-coded lists)
are typed here from the paper. Run with Python 3.11 and NumPy 2.4.

kind: printed (a notebook's output), figure (read off a picture), table (of the paper or a list in a notebook), re-run (the authors' code or
features, computed again in NumPy), claim (words without a number). digits are the decimals that are stated, half of whose last is what
rounding may hide; std and seeds are a re-run's spread.
"""
import json
import sys
from pathlib import Path

import numpy as np

root = Path(sys.argv[1])
load = lambda name: json.loads((root / "goldens" / name).read_text())
printed = {(o["file"].split("/")[-1], o["cell"], i): o["text"] for i, o in enumerate(load("notebook_printed_outputs.json"))}


def notebook(name, cell, begins=""):
    found = [t for (f, c, _), t in printed.items() if f == name and c == cell and t.startswith(begins)]
    assert found, (name, cell, begins)
    return found


def row(id, quantity, value, kind, source, **more):
    return {"id": id, "quantity": quantity.replace(" -", " \u2212"), "value": value, "kind": kind, "source": source, **more}


def claim(id, quantity, source, says="above 0"):
    return row(id, quantity, None, "claim", source, says=says)


items = []


def item(id, where, title, finding, rows):
    assert len({r["id"] for r in rows}) == len(rows), id
    items.append({"id": id, "where": where, "title": title, "finding": finding, "rows": rows})


metrics = load("gap_metrics.json")
files = {"clip": "CLIP ViT-B/16", "clip_random": "untrained CLIP ViT-B/16", "convirt": "ConVIRT", "convirt_random": "untrained ConVIRT"}


def unit(x):
    return x / np.linalg.norm(x, axis=-1, keepdims=True)


def svd_map(name):
    x = unit(np.load(root / "features" / f"features_{name}.npy").astype(np.float64))
    n = x.shape[1]
    u, s, _ = np.linalg.svd(x.reshape(2 * n, -1), full_matrices=False)
    p = u[:, :2] * s[:2]
    c = np.stack([p[:n].mean(0), p[n:].mean(0)])
    nearest = np.linalg.norm(p[:, None] - c[None], axis=-1).argmin(1)
    return s[:2], float((nearest == np.repeat([0, 1], n)).mean())


# Fig. 1
rows = []
for name in ("clip", "convirt"):
    s, share = svd_map(name)
    rows += [
        row(f"{name}.gap", f"gap, {files[name]}", metrics[name]["gap_normalised"], "re-run", f"features_{name}.npy"),
        row(f"{name}.side", f"rows nearer to their own centroid on the map, {files[name]}", share, "re-run", f"features_{name}.npy"),
        row(f"{name}.s1", f"first singular value of the map, {files[name]}", float(s[0]), "re-run", f"features_{name}.npy"),
        row(f"{name}.s2", f"second singular value, {files[name]}", float(s[1]), "re-run", f"features_{name}.npy"),
    ]
item("fig-1", "Fig. 1", "The modality gap", "Images and texts of a trained model lie in two separate regions of the space that they share.", rows)

rows = []
for name in ("clip_random", "convirt_random"):
    rows.append(row(f"{name}.gap", f"gap, {files[name]}", metrics[name]["gap_normalised"], "re-run", f"features_{name}.npy"))
rows.append(row("clip_random.recall", "R@1, image to text, untrained CLIP ViT-B/16", 0.0020, "printed", "repr_clip.ipynb [3]", digits=4))
rows += [claim("excess", "untrained gap minus trained gap", "Section 2: the gap is there when the model is born, and training keeps it"),
         claim("shrunk", "trained gap", "Section 2: training does not close the gap")]
item("random", "Sections 2 and 3", "Before training", "The gap is there before training: untrained towers already put their inputs into two cones, and cannot match them.", rows)

# Fig. 2a
rows = []
texts = {"trained": ("real_features.ipynb", "pretrained, on data"), "untrained": ("visualize.ipynb", "untrained, on data"), "noise": ("visualize.ipynb", "untrained, on noise")}
numbers = {  # as printed; "mean" lines carry more digits than the table below them
    "trained": {"image": (0.4678919660245303, 0.05318359285593033), "text": (0.5079562106185672, 0.00958593375980854), "resnet": (0.5555799663531719, 0.2320509)},
    "untrained": {"image": (0.7172320, -0.1691339910030365), "text": (0.6720703, 0.21038226783275604), "resnet": (0.9932078659162494, 0.9460288)},
    "noise": {"image": (0.9365552, 0.8835001587867737), "text": (0.4111536, -0.1415855586528778), "resnet": (0.9992827, 0.9985003)},
}
towers = {"image": "CLIP's images", "text": "CLIP's texts", "resnet": "ResNet-18"}
for state, (file, words) in texts.items():
    cells = "\n".join(t for (f, c, _), t in printed.items() if f == file)
    for tower, (mean, least) in numbers[state].items():
        cell = 7 if tower == "resnet" else 5
        rows.append(row(f"{state}.{tower}.mean", f"mean cosine, {towers[tower]}, {words}", mean, "printed", f"{file} [{cell}]", digits=7))
        rows.append(row(f"{state}.{tower}.min", f"least cosine, {towers[tower]}, {words}", least, "printed", f"{file} [{cell}]", digits=7))
        for v in (mean, least):
            assert f"{v:.6e}" in cells or f"{v}" in cells, (state, tower, v)
item("fig-2a", "Fig. 2a", "The cone effect", "Embeddings of one tower lie in a narrow cone, trained or not, on data or on noise.", rows)

# Fig. 2b
text = notebook("bias_linear_relu.ipynb", 7)[0]
rows = []
for line in text.splitlines()[1:]:
    _, _, layer, value = line.split()
    rows.append(row(f"relu.{layer}", f"mean cosine, ReLU, {layer} layers" if layer != "1" else "mean cosine, ReLU, 1 layer", float(value), "printed", "bias_linear_relu.ipynb [7]", digits=6))
assert len(rows) == 26
item("fig-2b", "Fig. 2b", "The cone narrows with depth", "Every layer of a random network raises the cosines of its inputs; non-linear ones much more.", rows)

curves = load("fig2b_mlp_cone.json")["curves"]
rows = [row("guide", "mean cosine of distinct inputs after one ReLU layer, theory", 1 / np.pi, "figure", "linear_relu.ipynb [11], guide line at 1/π")]
bias = {"bias_normal": ("normal", "biases N(0, 1/d)"), "no_bias_notebook": ("uniform", "PyTorch's biases"), "truly_no_bias": ("none", "no biases")}
names = {"Sigmoid": "sigmoid", "ReLU": "relu", "LeakyReLU": "leaky-relu", "Tanh": "tanh", "Maxout": "maxout", "": "linear"}
shown = {"sigmoid": "sigmoid", "relu": "ReLU", "leaky-relu": "LeakyReLU", "tanh": "tanh", "maxout": "Maxout", "linear": "linear"}
for name, c in curves.items():
    kind, formula = name.split("/")
    key, words = bias[kind]
    inner = formula[len("n*(Linear"):-1]
    if inner == "+bias default":
        activation = "linear"
    else:
        activation = names[inner.lstrip("+")]
        if kind == "no_bias_notebook" and activation == "linear":
            key, words = bias["truly_no_bias"]  # the one layer of that notebook that has none
    for layer in (1, 2, 5, 10, 25):
        rows.append(row(f"{key}.{activation}.{layer}", f"mean cosine, {shown[activation]}, {words}, {layer} layer{'s' if layer > 1 else ''}",
                        c["mean_all_pairs"][layer], "re-run", f"linear_relu.ipynb, {formula}", std=c["std_all_pairs"][layer], seeds=5))
rows.append(claim("init.relu", "share of a unit's variance that initialisation gives, ReLU, PyTorch's biases, 25 layers", "Theorem 2: the variance of an output comes mostly from initialisation", "above 0.5"))
item("fig-2b-appendix", "Appendix of Fig. 2b", "Activations and biases", "All activations narrow the cone; without one and without biases nothing does.", rows)

# Fig. 2c
pca = notebook("visualizePCA.ipynb", 8)[0]
rows = []
for block, key in (("clip_image", "image"), ("clip_text", "text"), ("target_image", "resnet")):
    part = pca.split(f"modality_str:  {block}")[1].split("modality_str")[0]
    values = [float(v) for v in part.split("singular_values_ [")[1].split("]")[0].split()]
    assert len(values) == 50
    for i in (1, 24, 25):
        rows.append(row(f"{key}.s{i}", f"singular value {i} of the centred rows, {towers[key]}", values[i - 1], "printed", "visualizePCA.ipynb [8]", digits=4))
rows += [claim("apart", "cosine within one initialisation minus between two, images", "Section 2.3: each initialisation makes a cone of its own"),
         claim("apart.text", "cosine within one initialisation minus between two, texts", "Section 2.3")]
item("fig-2c", "Fig. 2c", "Each initialisation has a cone of its own", "25 initialisations of one network give 25 cones: 24 large singular values, then a drop.", rows)

# Fig. 3b-d
rows = [row("gap", "gap, 5,000 pairs of COCO", 0.8221026, "printed", "plot_optimization_exp.ipynb [3]", digits=7)]
shares = [0.2524753, 0.03142844, 0.02358807, 0.02154439, 0.01690736, 0.0156801]
assert all(str(v) in notebook("plot_optimization_exp.ipynb", 3)[0] for v in shares)
rows += [row(f"pca{i + 1}", f"share of variance, principal component {i + 1}", v, "printed", "plot_optimization_exp.ipynb [3]", digits=7) for i, v in enumerate(shares)]
rows.append(row("pca.sum", "share of variance, six components together", 0.36162365041673183, "printed", "plot_optimization_exp.ipynb [3]", digits=9))
for side, cell, words in (("both", 3, "both sides"), ("image", 4, "images alone")):
    for line in notebook("get_gap_stats.ipynb", cell)[0].splitlines()[1:]:
        _, distance, delta = line.split()
        rows.append(row(f"{side}.{float(delta):g}", f"distance, {words} moved by {float(delta):g}", float(distance), "printed", f"get_gap_stats.ipynb [{cell}]", digits=6))
shift = load("shift_clip.json")["sweeps"]
for side, key, words in (("both", "g_unit/both", "both sides"), ("image", "g_unit/image_only", "images alone")):
    for p in shift[key]:
        if round(p["delta"] * 10) % 5 == 0:
            rows.append(row(f"clip.{side}.{p['delta']:g}", f"distance, {words} moved by {p['delta']:g}, published features", p["distance"], "re-run", "features_clip.npy"))
for scale in ("1", "5", "35", "50", "100"):
    least = min(shift["g_raw/both"], key=lambda p: p["infonce_sym_all"][scale])
    rows.append(row(f"clip.least.{scale}", f"λ of least loss at scale {scale}, published features", least["delta"], "re-run", "features_clip.npy"))
zero = next(p for p in shift["g_raw/both"] if p["delta"] == 0)
for scale in ("1", "100"):
    rows.append(row(f"clip.loss.{scale}", f"loss at scale {scale}, published features", zero["infonce_sym_all"][scale], "re-run", "features_clip.npy"))
    rows.append(row(f"clip.authors.{scale}", f"loss at scale {scale} as the authors' code has it (one direction, chunks of 50)", zero["authors_onesided_chunk50"][scale], "re-run", "features_clip.npy"))
item("fig-3", "Fig. 3b–d", "The loss landscape", "At a low temperature the loss is least where the model is and closing the gap raises it; at a high temperature the least loss closes the gap.", rows)

# Fig. 3e-g and appendix
sphere = load("sphere.json")
rows = [row("figure.zero", "loss at no gap, scale 100, mismatched", 2.01, "figure", "Fig. 3g", digits=2),
        row("figure.least", "least loss, scale 100, mismatched", 0.81, "figure", "Fig. 3g", digits=2),
        row("figure.ends", "loss at ±90°, any scale (ln 6)", 1.79, "figure", "Fig. 3g", digits=2)]
for case, key in (("mismatched", "fig3_mismatched"), ("matched", "appendix_matched")):
    source = {"mismatched": "3d_sphere.ipynb [4]", "matched": "Appendix_3d_sphere.ipynb [3]"}[case]
    for scale, v in sphere[key]["argmin_dtheta_abs"].items():
        rows.append(row(f"{case}.at.{scale}", f"angle of least loss, scale {scale}, {case} (degrees)", v, "re-run", source))
    for scale, v in sphere[key]["min_loss"].items():
        rows.append(row(f"{case}.least.{scale}", f"least loss, scale {scale}, {case}", v, "re-run", source))
    for scale, v in sphere[key]["loss_at_0"].items():
        if case == "mismatched":
            rows.append(row(f"{case}.zero.{scale}", f"loss at no gap, scale {scale}, {case}", v, "re-run", source))
item("fig-3-sphere", "Fig. 3e–g and appendix", "Mismatched pairs on a sphere", "Where some pairs are mismatched and the temperature is low, the least loss is at a gap; where all match, at none.", rows)

rows = []
for case, key, words in (("swapped", "nine_points_swapped_as_intended", "two pairs swapped"), ("as_run", "nine_points_swapped_as_run_by_authors", "as the authors' code runs"),
                         ("matched", "nine_points_matched", "matched")):
    for scale, v in sphere[key]["argmin_abs_z"].items():
        rows.append(row(f"{case}.at.{scale}", f"|z| of least loss, scale {scale}, {words}", v, "re-run", "mismatched_simulation.ipynb [1], [2]"))
    for scale in ("1", "50", "1000"):
        rows.append(row(f"{case}.least.{scale}", f"least loss, scale {scale}, {words}", min(sphere[key]["loss"][scale]), "re-run", "mismatched_simulation.ipynb [1], [2]"))
item("nine-points", "Appendix, nine points", "Nine pairs at two heights", "With one or two mismatched pairs, a lower temperature asks for a larger gap.", rows)

# Table 1
rows = []
for key, name, before, after in (("cifar10", "CIFAR-10", 0.9013, 0.9081), ("cifar100", "CIFAR-100", 0.6658, 0.6737), ("eurosat", "EuroSAT", 0.5410, 0.5645),
                                 ("svhn", "SVHN", 0.5389, 0.5396), ("hateful_memes", "Hateful Memes (AUROC)", 0.5800, 0.5811)):
    rows.append(row(f"{key}.before", f"accuracy at λ = 0, {name}", before, "table", "Table 1, ViT-B/16", digits=4))
    rows.append(row(f"{key}.after", f"best accuracy over λ, {name}", after, "table", "Table 1, ViT-B/16", digits=4))
rows.append(claim("heldout", "best shift minus none, λ chosen on one half and read on the other", "Section 5.1: changing the gap improves downstream performance"))
item("table-1", "Table 1", "Accuracy under a shift", "Some shift raises zero-shot accuracy on each data set; here with λ chosen on one half and read on the other, which the paper does not do.", rows)

# Table 2
rows = []
accuracies = {"0": 0.5817053131276246, "-0.2": 0.5739455906518167, "-0.5": 0.5370640861785649, "-1": 0.4083439839328099, "0.75": 0.5599780901953624}
outputs = notebook("shift_CLIP_FairFace_Bias.ipynb", 22)
for delta, v in accuracies.items():
    assert f"acc {v}" in outputs
    rows.append(row(f"acc.{delta}", f"accuracy, images moved by {delta}", v, "printed", "shift_CLIP_FairFace_Bias.ipynb [22]", digits=9))
tables = [t for t in outputs if t.startswith("Category")]
assert len(tables) == 5
for delta, t in zip(accuracies, tables):
    for head in t.split("\n\n"):
        lines = head.splitlines()
        groups = [g.strip() for g in lines[0].replace("Category", "", 1).replace("\\", "").split("  ") if g.strip()]
        for line in lines[1:]:
            if line.startswith("Sum"):
                continue
            label, values = line.split("Categories")
            values = values.split()
            assert len(values) == len(groups), (groups, values)
            for g, v in zip(groups, values):
                kind = "crime" if label.startswith("Crime") else "non-human"
                rows.append(row(f"{kind}.{g.lower().replace(' ', '-')}.{delta}", f"labelled {kind}{'-related' if kind == 'crime' else ''}, {g}, images moved by {delta}",
                                round(float(v.rstrip("%")) / 100, 4), "printed", "shift_CLIP_FairFace_Bias.ipynb [22]", digits=3))
assert len(rows) == 5 + 5 * 14
item("table-2", "Table 2", "Bias under a shift", "A small move apart lowers biased labels at little cost of accuracy; a large one makes non-human labels common.", rows)

# Fine-tuning against temperature
rows = []
temperatures = ["1", "1/10", "1/20", "1/30", "1/50", "1/100"]
for key, words, values in (("gap", "gap after fine-tuning on COCO", [.2384, .3028, .5524, .6352, .7961, 1.0006]), ("i2t", "R@1, image to text", [.0214, .1896, .1772, .2048, .2090, .1836]),
                           ("t2i", "R@1, text to image", [.0170, .1660, .1740, .2098, .2036, .1894]), ("class.gap", "gap, fine-tuned for classification", [.9407, .6450, .8455, .9346, 1.0092, 1.1241]),
                           ("class.acc", "accuracy, fine-tuned for classification", [.1918, .5036, .4525, .4544, .5065, .3348])):
    for t, v in zip(temperatures, values):
        rows.append(row(f"{key}.{t}", f"{words}, temperature {t}", v, "table", "shift_features.ipynb [12]", digits=4))
item("fine-tuning", "Section 4.2, appendix", "Temperature and the gap", "A low temperature keeps the gap through training; a high one closes it.", rows)

# Amended initialisation
assert notebook("gap_amend_std.ipynb", 2)[0] == "1.1891 0.0006\n1.2991 0.0128\n0.0388 0.0115\n0.7457 0.0208"
rows = [row("original.start", "gap at the start, as initialised", 1.1891, "printed", "gap_amend_std.ipynb [2]", digits=4, std=0.0006, seeds=0),
        row("original.end", "gap after training, as initialised", 1.2991, "printed", "gap_amend_std.ipynb [2]", digits=4, std=0.0128, seeds=0),
        row("amended.start", "gap at the start, amended", 0.0388, "printed", "gap_amend_std.ipynb [2]", digits=4, std=0.0115, seeds=0),
        row("amended.end", "gap after training, amended", 0.7457, "printed", "gap_amend_std.ipynb [2]", digits=4, std=0.0208, seeds=0)]
item("amended", "Section 4.3, appendix", "An initialisation without a gap", "Training from a start without a gap ends at a smaller gap: initialisation and loss both shape it.", rows)

# The published features
rows = []
for name, words in files.items():
    m = metrics[name]
    for key, label, v in (("centroid_cosine", "cosine of the centroids", m["centroid_cosine"]), ("cosine_image_mean", "mean cosine of images", m["cosine_image"]["mean"]),
                          ("cosine_text_mean", "mean cosine of texts", m["cosine_text"]["mean"]), ("matched_cosine_mean", "mean cosine of pairs", m["matched_cos_mean"]),
                          ("image_to_text_recall_at_1", "R@1, image to text", m["recall_image_to_text"]["R1"]), ("text_to_image_recall_at_1", "R@1, text to image", m["recall_text_to_image"]["R1"]),
                          ("rmg", "relative modality gap", m["rmg"]["rmg"])):
        rows.append(row(f"{name}.{key}", f"{label}, {words}", v, "re-run", f"features_{name}.npy"))
item("features", "Published features", "The authors' features, measured", "What the paper's own embeddings give under every definition used here.", rows)

features = [{"name": n, "file": f"features_{n}.npy", "sha256": metrics[n]["sha256"], "model": w} for n, w in files.items()]
out = ["{", ' "paper": "Liang, Zhang, Kwon, Yeung, Zou: Mind the Gap, NeurIPS 2022 (arXiv:2203.02053); the authors\' repository Weixin-Liang/Modality-Gap at 8e20cb2, notebook cells counted from 0",',
       ' "features": [', ",\n".join("  " + json.dumps(f, ensure_ascii=False) for f in features), " ],", ' "items": [']
parts = []
for it in items:
    head = {k: it[k] for k in ("id", "where", "title", "finding")}
    body = ",\n".join("   " + json.dumps(r, ensure_ascii=False) for r in it["rows"])
    parts.append("  " + json.dumps(head, ensure_ascii=False)[:-1] + ', "rows": [\n' + body + "\n  ]}")
out += [",\n".join(parts), " ]", "}"]
print("\n".join(out))
