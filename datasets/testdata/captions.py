"""Writes the fixtures of captioned sets and tables, and what an independent program (json, csv, Pillow, hashlib) reads back from them.

    python captions.py

Last run with Python 3.11, Pillow 13.0.0, numpy 2.4.6. Pictures are drawn by formula and captions are made up; none comes from a data
set. Names and forms of the files are those of COCO, of Karpathy's splits, and of Flickr8k and Flickr30k.
"""
import csv
import hashlib
import io
import json
import os

import numpy as np
from PIL import Image

HERE = os.path.dirname(os.path.abspath(__file__))
sha = lambda b: hashlib.sha256(b).hexdigest()
goldens = {}


def golden(name, lines, classes=(), templates=()):
    goldens[name] = {"len": len(lines), "classes": list(classes), "templates": list(templates),
                     "digest": sha("".join(l + "\n" for l in lines).encode()), "first": lines[:3]}


def line(id, label, captions, path):
    size = Image.open(os.path.join(HERE, path)).size
    return "\t".join([id, str(label), "\x1f".join(captions), str(size[0]), str(size[1]), sha(open(os.path.join(HERE, path), "rb").read())])


def put(path, data):
    path = os.path.join(HERE, path)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as f:
        f.write(data if isinstance(data, bytes) else data.encode())


def picture(path, k, fmt="JPEG"):
    w, h = 8 + k, 6
    y, x = np.mgrid[0:h, 0:w]
    a = np.stack([(7 * x + 13 * k) % 256, (5 * y + 29 * k) % 256, (x * y + k) % 256], -1).astype(np.uint8)
    b = io.BytesIO()
    Image.fromarray(a).save(b, fmt)
    put(path, b.getvalue())


# ---------------------------------------------------------------- COCO: ids out of order, captions interleaved, a trailing newline
def coco(path, names, ids, captions):
    """Writes a file of captions and returns what pycocotools' order gives: images by id, captions in the order of annotations."""
    anns = [{"image_id": i, "id": 1000 + k, "caption": c} for k, (i, c) in enumerate(captions)]
    put(path, json.dumps({"info": {"year": 2017}, "licenses": [], "images": [{"id": i, "file_name": n, "height": 6, "width": 8} for i, n in zip(ids, names)],
                          "annotations": anns}))
    d = json.load(open(os.path.join(HERE, path)))
    return [(m["file_name"], [a["caption"] for a in d["annotations"] if a["image_id"] == m["id"]]) for m in sorted(d["images"], key=lambda m: m["id"])]


ids = [139, 42, 724, 285]
names = ["%012d.jpg" % i for i in ids]
for k, n in enumerate(names):
    picture("captioned/coco/val2017/" + n, k)
caps = [(i, "caption %d of image %d%s" % (k, i, "\n" if k == 2 and i == 42 else "")) for k in range(5) for i in ids] + [(724, "a sixth, of a café, \"quoted\"")]
rows = coco("captioned/coco/annotations/captions_val2017.json", names, ids, caps)
golden("coco val2017", [line(n, -1, c, "captioned/coco/val2017/" + n) for n, c in rows])
golden("coco val2017 first", [line(n, -1, c[:1], "captioned/coco/val2017/" + n) for n, c in rows])
golden("coco val2017 last", [line(n, -1, c[-1:], "captioned/coco/val2017/" + n) for n, c in rows])

# Karpathy's split of COCO, whose images lie in val2014, and CLIP_benchmark's file of the same.
kids = [391895, 60623, 483108, 5]
knames = ["COCO_val2014_%012d.jpg" % i for i in kids]
for k, n in enumerate(knames):
    picture("captioned/karpathy/mscoco_captions/val2014/" + n, 10 + k)


def karpathy(path, dataset, names, splits, filepath):
    images = []
    for k, (n, s) in enumerate(zip(names, splits)):
        m = {"sentids": [5 * k + j for j in range(5)], "filename": n, "imgid": k, "split": s,
             "sentences": [{"tokens": ["a"], "raw": "Sentence %d about %s." % (j, n), "imgid": k, "sentid": 5 * k + j} for j in range(5)]}
        if filepath:
            m["filepath"] = filepath
        images.append(m)
    put(path, json.dumps({"images": images, "dataset": dataset}))
    return json.load(open(os.path.join(HERE, path)))["images"]


images = karpathy("captioned/karpathy/mscoco_captions/dataset_coco.json", "coco", knames, ["test", "val", "test", "restval"], "val2014")
for split in ("test", ):
    golden("karpathy coco " + split, [line(m["filename"], -1, [s["raw"] for s in m["sentences"]], "captioned/karpathy/mscoco_captions/val2014/" + m["filename"])
                                       for m in images if m["split"] == split])
fnames = ["%d.jpg" % (1000092795 + 7 * k) for k in range(4)]
for k, n in enumerate(fnames):
    picture("captioned/karpathy/flickr30k/flickr30k-images/" + n, 14 + k)
images = karpathy("captioned/karpathy/flickr30k/dataset_flickr30k.json", "flickr30k", fnames, ["test", "train", "test", "train"], None)
golden("karpathy flickr30k test", [line(m["filename"], -1, [s["raw"] for s in m["sentences"]], "captioned/karpathy/flickr30k/flickr30k-images/" + m["filename"])
                                    for m in images if m["split"] == "test"])
golden("karpathy flickr30k train", [line(m["filename"], -1, [s["raw"] for s in m["sentences"]], "captioned/karpathy/flickr30k/flickr30k-images/" + m["filename"])
                                     for m in images if m["split"] == "train"])


# ---------------------------------------------------------------- Flickr's other forms
def group(pairs):
    d = {}
    for n, c in pairs:
        d.setdefault(n, []).append(c)
    return list(d.items())


said = ["A child in a pink dress is climbing up a set of stairs .", "Two dogs , one black , play .", "He says \"hello\" to a café", "a|b", "plain"]
pairs = [(n, "%s %d" % (s, k)) for k, n in enumerate(["1000268201_693b08cb0e.jpg", "1001773457_577c3a7d70.jpg", "1002674143_1b742ab4b8.jpg"]) for s in said]
for k, n in enumerate(dict(pairs)):
    for d in ("captioned/Flickr8k/Images/", "captioned/token/flickr8k/Flicker8k_Dataset/", "captioned/benchmark/flickr8k/"):
        picture(d + n, 20 + k)
b = io.StringIO()
w = csv.writer(b, lineterminator="\n")
w.writerow(["image", "caption"])
w.writerows(pairs)
put("captioned/Flickr8k/captions.txt", b.getvalue())
back = list(csv.DictReader(open(os.path.join(HERE, "captioned/Flickr8k/captions.txt"), encoding="utf-8")))
golden("flickr8k captions.txt", [line(n, -1, c, "captioned/Flickr8k/Images/" + n) for n, c in group((r["image"], r["caption"]) for r in back)])

# CLIP_benchmark's file has no quotes; its reader splits behind ".jpg,".
put("captioned/benchmark/flickr8k/flickr8k_test_karpathy.txt", "image,caption\n" + "".join("%s,%s\n" % p for p in pairs))
lines = open(os.path.join(HERE, "captioned/benchmark/flickr8k/flickr8k_test_karpathy.txt"), encoding="utf-8").read().splitlines()[1:]
back = [(l.split(".jpg,")[0] + ".jpg", l.split(".jpg,")[1]) for l in lines]
golden("flickr8k karpathy.txt", [line(n, -1, c, "captioned/benchmark/flickr8k/" + n) for n, c in group(back)])

put("captioned/token/flickr8k/Flickr8k.token.txt", "".join("%s#%d\t%s\n" % (n, k % 5, c) for k, (n, c) in enumerate(pairs)) +
    "2258277193_586949ec62.jpg.1#0\tpeople waiting for the subway\n")
lines = open(os.path.join(HERE, "captioned/token/flickr8k/Flickr8k.token.txt"), encoding="utf-8").read().splitlines()
back = [(l.split("\t")[0].rsplit("#", 1)[0], l.split("\t")[1]) for l in lines]
golden("flickr8k token.txt", [line(n, -1, c, "captioned/token/flickr8k/Flicker8k_Dataset/" + n) for n, c in group(back) if n.endswith(".jpg")])

pairs = [("%d.jpg" % n, "%s %d" % (s, k)) for k, n in enumerate([1000092795, 10002456, 2199200615]) for s in said if "|" not in s]
for k, n in enumerate(dict(pairs)):
    picture("captioned/results/flickr30k/flickr30k_images/flickr30k_images/" + n, 24 + k)
text = "image_name| comment_number| comment\n" + "".join("%s| %d| %s\n" % (n, k % 4, c) for k, (n, c) in enumerate(pairs))
put("captioned/results/flickr30k/flickr30k_images/results.csv", text + "2199200615.jpg| 4   A dog runs across the grass .\n")
lines = open(os.path.join(HERE, "captioned/results/flickr30k/flickr30k_images/results.csv"), encoding="utf-8").read().splitlines()[1:]
back = [tuple(f.strip() for f in l.split("|", 2))[::2] for l in lines[:-1]] + [("2199200615.jpg", lines[-1].split("4   ")[1])]
golden("flickr30k results.csv", [line(n, -1, c, "captioned/results/flickr30k/flickr30k_images/flickr30k_images/" + n) for n, c in group(back)])

# ---------------------------------------------------------------- tables
for k, n in enumerate(["a.png", "sub/b.png", "c.png"]):
    picture("table/img/" + n, 30 + k, "PNG")
rows = [("img/a.png", "a cat, asleep", "cat"), ("img/sub/b.png", "says \"woof\"\nand runs", "dog"), ("img/a.png", "the same cat", "cat"), ("img/c.png", "no comma", "cat")]


def table(name, text, read, label, **options):
    put("table/" + name, text)
    seen = {}
    for image, caption, l in read(os.path.join(HERE, "table", name)):
        seen.setdefault(image, ([], l))[0].extend([caption] if isinstance(caption, str) else caption)
    classes = sorted({l for _, l in seen.values() if l is not None}) if label else []
    golden("table " + name, [line(i, classes.index(l) if label else -1, c, "table/" + i) for i, (c, l) in seen.items()], classes, ["a photo of a {}."] if label else [])


b = io.StringIO()
csv.writer(b).writerows([("id", "label", "caption", "image")] + [(k, r[2], r[1], r[0]) for k, r in enumerate(rows)])
table("all.csv", "\ufeff" + b.getvalue(), lambda p: [(r["image"], r["caption"], r["label"]) for r in csv.DictReader(open(p, encoding="utf-8-sig", newline=""))], True)
b = io.StringIO()
csv.writer(b, delimiter="\t", quoting=csv.QUOTE_NONE, lineterminator="\n", quotechar=None).writerows([(r[0], r[1].replace("\n", " ")) for r in rows])
table("plain.tsv", b.getvalue(), lambda p: [(r[0], r[1], None) for r in csv.reader(open(p, encoding="utf-8", newline=""), delimiter="\t", quoting=csv.QUOTE_NONE)], False)
b = io.StringIO()
csv.writer(b).writerows([("where", "kind", "says")] + [(r[0], r[2], r[1]) for r in rows])
table("named.csv", b.getvalue(), lambda p: [(r["where"], r["says"], r["kind"]) for r in csv.DictReader(open(p, encoding="utf-8", newline=""))], True)
table("lines.jsonl", "".join(json.dumps({"id": k, "img": r[0], "label": len(r[2]) % 2 + k * 0, "text": [r[1], "more"] if k == 1 else r[1]}) + "\n" for k, r in enumerate(rows)) + "\n",
      lambda p: [(d["img"], d["text"], str(d["label"])) for d in map(json.loads, filter(str.strip, open(p, encoding="utf-8")))], True)

with open(os.path.join(HERE, "goldens_captions.json"), "w", encoding="utf-8") as f:
    json.dump(goldens, f, indent=1, ensure_ascii=False)
    f.write("\n")
