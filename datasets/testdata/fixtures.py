"""Writes the fixtures of package datasets and what an independent program (numpy, Pillow, zipfile, hashlib) finds in them.

    python fixtures.py REFERENCE

REFERENCE is the folder of the emoji model's reference values (classes_*.json, items.json). Last run with Python 3.11, numpy 2.4.6,
Pillow 13.0.0. The pictures are drawn here by formula; none comes from a data set.
"""
import hashlib
import io
import json
import os
import sys
import zipfile

import numpy as np
from PIL import Image

HERE = os.path.dirname(os.path.abspath(__file__))
REF = sys.argv[1]
sha = lambda b: hashlib.sha256(b).hexdigest()
goldens = {}


def golden(name, lines, classes, templates):
    goldens[name] = {"len": len(lines), "classes": classes, "templates": templates,
                     "digest": sha("".join(l + "\n" for l in lines).encode()), "first": lines[:3]}


def line(id, label, captions, size, content):
    return "\t".join([id, str(label), "\x1f".join(captions), str(size[0]), str(size[1]), sha(content)])


def put(path, data):
    path = os.path.join(HERE, path)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as f:
        f.write(data)


# ---------------------------------------------------------------- CIFAR, binary
def picture(k, w=32, h=32):
    """A gradient whose three channels differ, so that swapped planes or axes change the hash."""
    y, x = np.mgrid[0:h, 0:w]
    return np.stack([(7 * x + 13 * k) % 256, (5 * y + 29 * k) % 256, (x * y + k) % 256], -1).astype(np.uint8)


NAMES = json.load(open(os.path.join(HERE, "../prompts/cifar.json")))
TEMPLATES = [t.replace("{c}", "{}") for t in json.load(open(os.path.join(HERE, "../prompts/templates.json")))["cifar10"]]
spaced = lambda names: [n.replace("_", " ") for n in names]


def cifar_file(path, first, labels):
    """Records of label bytes (a tuple each) and planes; returns the pictures."""
    pics = [picture(first + i) for i in range(len(labels))]
    put(path, b"".join(bytes(l) + p.transpose(2, 0, 1).tobytes() for l, p in zip(labels, pics)))
    return pics


labels = [(i * 3 % 10,) for i in range(7)]
pics = cifar_file("cifar/cifar-10-batches-bin/test_batch.bin", 0, labels)
golden("cifar10 test", [line("test/%05d" % i, l[0], [], (32, 32), p.tobytes()) for i, (l, p) in enumerate(zip(labels, pics))], NAMES["cifar10"], TEMPLATES)
lines = []
for b in range(1, 6):
    labels = [((b + i) % 10,) for i in range(2)]
    pics = cifar_file("cifar/cifar-10-batches-bin/data_batch_%d.bin" % b, 100 * b, labels)
    lines += [line("train/%05d" % (len(lines) + i), l[0], [], (32, 32), p.tobytes()) for i, (l, p) in enumerate(zip(labels, pics))]
golden("cifar10 train", lines, NAMES["cifar10"], TEMPLATES)
put("cifar/cifar-10-batches-bin/batches.meta.txt", ("\n".join(NAMES["cifar10"]) + "\n\n").encode())
for split, n in (("test", 5), ("train", 4)):
    labels = [(i * 7 % 20, (i * 33 + 1) % 100) for i in range(n)]
    pics = cifar_file("cifar/cifar-100-binary/%s.bin" % split, 1000 + n, labels)
    for target, k, names in (("coarse", 0, "cifar100_coarse"), ("fine", 1, "cifar100")):
        golden("cifar100 %s %s" % (split, target), [line("%s/%05d" % (split, i), l[k], [], (32, 32), p.tobytes())
                                                      for i, (l, p) in enumerate(zip(labels, pics))], spaced(NAMES[names]), TEMPLATES)
put("cifar/cifar-100-binary/fine_label_names.txt", ("\n".join(NAMES["cifar100"]) + "\n").encode())


# ---------------------------------------------------------------- folders
def image_file(path, k, fmt, w=9, h=6):
    b = io.BytesIO()
    Image.fromarray(picture(k, w, h)).save(b, fmt)
    put(path, b.getvalue())


for i, (name, fmt) in enumerate([("cat/b.png", "PNG"), ("cat/a.JPG", "JPEG"), ("cat/sub/deep/z.webp", "WEBP"), ("cat-like/m.bmp", "BMP"),
                                 ("cat-like/n.gif", "GIF"), ("Dog face/p.TIFF", "TIFF"), ("Dog face/q.ppm", "PPM"), ("Dog face/ü.jpeg", "JPEG")]):
    image_file("folder/" + name, i, fmt, 9 + i, 6)
image_file("folder/cat/.hidden.png", 50, "PNG")
image_file("folder/.thumbs/x.png", 51, "PNG")
put("folder/cat/notes.md", b"not an image\n")
put("folder/cat/b.txt", "a striped cat\r\n\r\n  the same cat, seen from café  \r\n".encode())
image_file("flat/2.png", 60, "PNG")
image_file("flat/10.png", 61, "PNG")
put("flat/2.txt", b"two\n")


def walk(root, loose=False):
    """What the folder holds, by another road than the program's: class, then path, compared as bytes; loose, by path alone."""
    rows = []
    for d, _, files in os.walk(os.path.join(HERE, root)):
        for f in files:
            rel = os.path.relpath(os.path.join(d, f), os.path.join(HERE, root))
            if any(p.startswith(".") for p in rel.split(os.sep)) or f.split(".")[-1].lower() not in "jpg jpeg png webp bmp gif tiff ppm".split():
                continue
            rows.append(rel)
    classes = sorted({r.split(os.sep)[0] for r in rows if os.sep in r}, key=lambda s: s.encode())
    if loose:
        rows.sort(key=lambda r: r.encode())
        read = lambda r: open(os.path.join(HERE, root, r), "rb").read()
        return [line("testdata/%s/%s" % (root, r), -1, [], Image.open(os.path.join(HERE, root, r)).size, read(r)) for r in rows]
    rows.sort(key=lambda r: ((r.split(os.sep)[0].encode() if os.sep in r else b""), r.encode()))
    out = []
    for r in rows:
        p = os.path.join(HERE, root, r)
        data, text = open(p, "rb").read(), os.path.splitext(p)[0] + ".txt"
        captions = [l.strip() for l in open(text, encoding="utf-8").read().splitlines() if l.strip()] if os.path.exists(text) else []
        out.append(line(r.replace(os.sep, "/"), classes.index(r.split(os.sep)[0]) if classes else -1, captions, Image.open(p).size, data))
    return out, classes


lines, classes = walk("folder")
golden("folder", lines, classes, ["a photo of a {}."])
lines, classes = walk("flat")
golden("flat", lines, classes, [])
golden("loose", [l for l in walk("flat", loose=True) if "/2.png" in l] + walk("folder", loose=True), [], [])

# ---------------------------------------------------------------- the built-in set, against the model's own reference files
items = json.load(open(os.path.join(REF, "items.json"), encoding="utf-8"))["items"]
archive = zipfile.ZipFile(os.path.join(HERE, "../builtin/emoji-test-1300.zip"))
for target, name in (("name", "names_1300"), ("everyday", "friendly_50"), ("group", "groups_9")):
    c = json.load(open(os.path.join(REF, "classes_%s.json" % name), encoding="utf-8"))
    label = dict(zip(c["images"], c["labels"]))
    lines = []
    for i, it in enumerate(items):
        data = archive.read(it["file"])
        assert sha(data) == it["png_sha256"]
        lines.append(line(it["file"], label.get(i, -1), [it["caption"]], Image.open(io.BytesIO(data)).size, data))
    golden("builtin " + target, lines, c["classes"], c["templates"])

with open(os.path.join(HERE, "goldens.json"), "w", encoding="utf-8") as f:
    json.dump(goldens, f, indent=1, ensure_ascii=False)
    f.write("\n")
