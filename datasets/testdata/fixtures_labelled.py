"""Writes the fixtures of the labelled sets (folder labelled) and what Python's own readers find in them (goldens_labelled.json).

    python fixtures_labelled.py

Pickles are written and read back with pickle, MAT files with scipy.io, parquet files with the libraries datasets and pyarrow, pictures with
Pillow. Last run with Python 3.11, numpy 2.4.6, scipy 1.17.1, pyarrow 26.0.1, datasets 5.2.0, Pillow 13.0.0. The pictures are drawn here by
formula; none comes from a data set.
"""
import csv
import gzip
import hashlib
import io
import json
import os
import pickle
import random
import shutil
import struct

import datasets
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import scipy.io
from PIL import Image

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.join(HERE, "labelled")
PROMPTS = os.path.join(HERE, "../prompts")
shutil.rmtree(ROOT, ignore_errors=True)
sha = lambda b: hashlib.sha256(b).hexdigest()
load = lambda name: json.load(open(os.path.join(PROMPTS, name), encoding="utf-8"))
CLASSES, CIFAR = load("classnames.json"), load("cifar.json")
TEMPLATES = {k: [t.replace("{c}", "{}") for t in v] for k, v in load("templates.json").items()}
spaced = lambda names: [n.replace("_", " ") for n in names]
goldens = {}


def golden(name, lines, classes, templates):
    goldens[name] = {"len": len(lines), "classes": classes, "templates": templates,
                     "digest": sha("".join(l + "\n" for l in lines).encode()), "first": lines[:3]}


def line(id, label, captions, size, content):
    return "\t".join([id, str(label), "\x1f".join(captions), str(size[0]), str(size[1]), sha(content)])


def fileline(id, label, captions, content):
    return line(id, label, captions, Image.open(io.BytesIO(content)).size, content)


def put(path, data):
    path = os.path.join(ROOT, path)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as f:
        f.write(data)
    return path


def picture(k, w=32, h=32):
    """A gradient whose three channels differ, so that swapped planes or axes change the hash."""
    y, x = np.mgrid[0:h, 0:w]
    return np.stack([(7 * x + 13 * k) % 256, (5 * y + 29 * k) % 256, (x * y + k) % 256], -1).astype(np.uint8)


def encoded(k, fmt="PNG", w=9, h=6):
    b = io.BytesIO()
    Image.fromarray(picture(k, w, h)).save(b, fmt)
    return b.getvalue()


# ---------------------------------------------------------------- CIFAR in all of its forms: the same pictures and labels in each
class Python2Pickler(pickle._Pickler):
    """Writes bytes and ASCII text as Python 2 wrote its strings, which is how the published files lie on disk."""
    dispatch = dict(pickle._Pickler.dispatch)

    def save_string(self, b):
        self.write(b"U" + bytes([len(b)]) + b if len(b) < 256 else b"T" + struct.pack("<i", len(b)) + b)
        self.memoize(b)

    dispatch[bytes] = save_string
    dispatch[str] = lambda self, s: self.save_string(s.encode("ascii"))


def python2(value):
    b = io.BytesIO()
    Python2Pickler(b, 2).dump(value)
    b = b.getvalue().replace(b"cnumpy._core.multiarray\n", b"cnumpy.core.multiarray\n")
    back = pickle.loads(b, encoding="latin1")
    assert set(back) == {k.decode() for k in value}, back
    return b


def planes(pics):
    return np.stack([p.transpose(2, 0, 1).reshape(-1) for p in pics])


def cifar_lines(file, split, key, first=0):
    d = pickle.load(open(file, "rb"), encoding="latin1")
    rows = d["data"].reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1)
    return [line("%s/%05d" % (split, first + i), l, [], (32, 32), np.ascontiguousarray(p).tobytes()) for i, (p, l) in enumerate(zip(rows, d[key]))]


N = 100
pics, labels = [picture(3 * k) for k in range(N)], [k * 7 % 10 for k in range(N)]
put("binary/cifar-10-batches-bin/test_batch.bin", b"".join(bytes([l]) + p.transpose(2, 0, 1).tobytes() for l, p in zip(labels, pics)))
batch = {b"batch_label": b"testing batch 1 of 1", b"labels": labels, b"data": planes(pics), b"filenames": [b"image_%05d.png" % i for i in range(N)]}
meta = {b"num_cases_per_batch": 10000, b"label_names": [n.encode() for n in CIFAR["cifar10"]], b"num_vis": 3072}
text = lambda d: {k.decode(): v for k, v in d.items()}
lines = cifar_lines(put("python2/cifar-10-batches-py/test_batch", python2(batch)), "test", "labels")
golden("cifar10 python2 test", lines, CIFAR["cifar10"], TEMPLATES["cifar10"])
put("python2/cifar-10-batches-py/batches.meta", python2(meta))
lines = []
for b in range(5):
    part = {b"labels": [(b + i) % 10 for i in range(2)], b"data": planes([picture(1000 + 2 * b + i) for i in range(2)])}
    lines += cifar_lines(put("python2/cifar-10-batches-py/data_batch_%d" % (b + 1), python2(part)), "train", "labels", len(lines))
golden("cifar10 python2 train", lines, CIFAR["cifar10"], TEMPLATES["cifar10"])
for protocol in 2, 4, 5:  # written again by Python 3, in a folder that is not called as the published one is
    few = dict(text(batch), labels=labels[:9], data=planes(pics[:9]))
    lines = cifar_lines(put("python3-%d/test_batch" % protocol, pickle.dumps(few, protocol)), "test", "labels")
    put("python3-%d/batches.meta" % protocol, pickle.dumps(text(meta), protocol))
    golden("cifar10 python3 protocol %d" % protocol, lines, CIFAR["cifar10"], TEMPLATES["cifar10"])

fine, coarse = [(33 * i + 1) % 100 for i in range(8)], [7 * i % 20 for i in range(8)]
pics100 = [picture(500 + i) for i in range(8)]
for split in "test", "train":
    k = slice(0, 5) if split == "test" else slice(5, 8)
    file = put("python2/cifar-100-python/" + split, python2({b"filenames": [b"x.png"] * 3, b"fine_labels": fine[k], b"coarse_labels": coarse[k], b"data": planes(pics100[k])}))
    for target, names in ("fine", "cifar100"), ("coarse", "cifar100_coarse"):
        golden("cifar100 python2 %s %s" % (split, target), cifar_lines(file, split, target + "_labels"), spaced(CIFAR[names]), TEMPLATES["cifar100"])
put("python2/cifar-100-python/meta", python2({b"fine_label_names": [n.encode() for n in CIFAR["cifar100"]],
                                              b"coarse_label_names": [n.encode() for n in CIFAR["cifar100_coarse"]]}))


# ---------------------------------------------------------------- parquet
def png(a):
    b = io.BytesIO()
    Image.fromarray(a).save(b, "PNG")
    return b.getvalue()


def hf(path, columns, features, **kw):
    path = os.path.join(ROOT, path)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    features = datasets.Features(features)
    table = datasets.table.InMemoryTable(pa.table(columns, schema=features.arrow_schema))
    # A fingerprint given here spares the library the pickling of its own classes, which fails beside some versions of pyarrow.
    datasets.Dataset(table, info=datasets.DatasetInfo(features=features), fingerprint="fixture").to_parquet(path, **kw)
    return path


def parquet_lines(files, split, image, label, caption=None, names=None):
    out = []
    for f in files:
        for row in pq.read_table(f).to_pylist():
            v = row[image]
            l = row[label] if label else None
            l = -1 if l is None else names.index(l) if names else l
            c = (row[caption] or []) if caption else []
            out.append(fileline("%s/%05d" % (split, len(out)), l, c if isinstance(c, list) else [c], v["bytes"] if isinstance(v, dict) else v))
    return out


image = datasets.Image()
cell = lambda a, i: {"bytes": png(a), "path": "image_%05d.png" % i}
f10 = {"img": image, "label": datasets.ClassLabel(names=CIFAR["cifar10"])}
file = hf("parquet/cifar10/plain_text/test-00000-of-00001.parquet", {"img": [cell(p, i) for i, p in enumerate(pics)], "label": labels}, f10, batch_size=30)
golden("cifar10 parquet test", parquet_lines([file], "test", "img", "label"), CIFAR["cifar10"], TEMPLATES["cifar10"])
files = [hf("parquet/cifar10/plain_text/train-0000%d-of-00002.parquet" % s, {"img": [cell(picture(9 * s + i), i) for i in range(3)], "label": [s, 9, s + 3]}, f10) for s in range(2)]
golden("cifar10 parquet train", parquet_lines(files, "train", "img", "label"), CIFAR["cifar10"], TEMPLATES["cifar10"])
f100 = {"img": image, "fine_label": datasets.ClassLabel(names=CIFAR["cifar100"]), "coarse_label": datasets.ClassLabel(names=CIFAR["cifar100_coarse"])}
file = hf("parquet/uoft-cs/cifar100/cifar100/test-00000-of-00001.parquet", {"img": [cell(p, i) for i, p in enumerate(pics100[:5])], "fine_label": fine[:5], "coarse_label": coarse[:5]}, f100)
for target, names in ("fine", "cifar100"), ("coarse", "cifar100_coarse"):
    golden("cifar100 parquet " + target, parquet_lines([file], "test", "img", target + "_label"), spaced(CIFAR[names]), TEMPLATES["cifar100"])

captions = [["a cat", " the same cat "], ["ä dog"], ["x", "y", "z"], ["one"]]
file = hf("parquet/captioned/data/validation-00000-of-00001.parquet", {"image": [{"bytes": encoded(70 + i), "path": None} for i in range(4)], "caption": captions},
          {"image": image, "caption": datasets.Sequence(datasets.Value("string"))}, batch_size=3)
lines = parquet_lines([file], "validation", "image", None, "caption")
golden("parquet captions", [l.replace(" the same cat ", "the same cat") for l in lines], [], [])
kinds = ["dog", "cat", None, "dog", "ant", "cat"]
table = pa.table({"key": pa.array(range(6)), "pic": pa.array([encoded(80 + i, "JPEG" if i % 2 else "PNG") for i in range(6)], pa.binary()),
                  "kind": pa.array(kinds), "words": pa.array(["w%d" % i for i in range(6)])})
file = os.path.join(ROOT, "parquet", "plain.parquet")
pq.write_table(table, file, row_group_size=4, compression="zstd", data_page_size=64)
golden("parquet plain", parquet_lines([file], "plain", "pic", "kind", "words", sorted({k for k in kinds if k})), ["ant", "cat", "dog"], ["a photo of a {}."])
table = pa.table({"image": pa.array([encoded(90 + i) for i in range(4)], pa.large_binary()), "label": pa.array([3, -1, 0, 3], pa.int32())})
file = os.path.join(ROOT, "parquet", "converted", "test", "0000.parquet")
os.makedirs(os.path.dirname(file))
pq.write_table(table, file, compression="snappy", version="1.0")
golden("parquet numbers", parquet_lines([file], "test", "image", "label"), ["0", "1", "2", "3"], ["a photo of a {}."])

# ---------------------------------------------------------------- SVHN
for split, n, compressed, kind in ("test", 12, True, np.uint8), ("train", 5, False, np.float64), ("extra", 1, True, np.int32):
    file = os.path.join(ROOT, "svhn", split + "_32x32.mat")
    os.makedirs(os.path.dirname(file), exist_ok=True)
    X = np.stack([picture(40 + i) for i in range(n)], -1)
    y = np.array([[i % 10 + 1] for i in range(n)], kind)
    scipy.io.savemat(file, {"X": X, "y": y}, do_compression=compressed)
    m = scipy.io.loadmat(file)
    X = m["X"].reshape(32, 32, 3, -1)
    golden("svhn " + split, [line("%s/%05d" % (split, i), int(m["y"][i, 0]) % 10, [], (32, 32), np.ascontiguousarray(X[..., i]).tobytes()) for i in range(n)],
           CLASSES["svhn"], TEMPLATES["svhn"])


# ---------------------------------------------------------------- folders of classes
def walk(root, label):
    """The lines of a tree, by label and then by path compared as bytes."""
    rows = []
    for d, _, files in os.walk(os.path.join(ROOT, root)):
        for f in files:
            rel = os.path.relpath(os.path.join(d, f), os.path.join(ROOT, root)).replace(os.sep, "/")
            rows.append((label(rel.split("/")[0]), rel.encode()))
    rows.sort()
    return [fileline(rel.decode(), l, [], open(os.path.join(ROOT, root, rel.decode()), "rb").read()) for l, rel in rows]


folders = ["AnnualCrop", "Forest", "HerbaceousVegetation", "Highway", "Industrial", "Pasture", "PermanentCrop", "Residential", "River", "SeaLake"]
for root in "eurosat/2750", "EuroSAT_RGB":
    for i, f in enumerate(folders):
        for k in range(1 + i % 2):
            put("%s/%s/%s_%d.jpg" % (root, f, f, k + 1), encoded(110 + i + 20 * k + len(root), "JPEG"))
    golden(root, walk(root, sorted(folders).index), CLASSES["eurosat"], TEMPLATES["eurosat"])

WNIDS = open(os.path.join(PROMPTS, "imagenet_wnids.txt")).read().split()
SUBSETS = load("imagenet_subsets.json")
for i, w in enumerate([WNIDS[999], WNIDS[0], WNIDS[517]]):
    put("imagenet/imagenet1k/val/%s/ILSVRC2012_val_%08d.JPEG" % (w, 40 - i), encoded(150 + i, "JPEG"))
    put("imagenet/imagenet1k/val/%s/ILSVRC2012_val_%08d.JPEG" % (w, 7 + i), encoded(160 + i, "JPEG"))
    put("imagenet/imagenet_sketch/%s/sketch_%d.JPEG" % (w, i), encoded(170 + i, "JPEG"))
for i, n in enumerate([0, 10, 2, 999, 100]):
    put("imagenet/imagenetv2/imagenetv2-matched-frequency-format-val/%d/%x.jpeg" % (n, 99 * i), encoded(180 + i, "JPEG"))
full = (CLASSES["imagenet1k"], TEMPLATES["imagenet1k"])
golden("imagenet1k folders", walk("imagenet/imagenet1k/val", WNIDS.index), *full)
golden("imagenet_sketch", walk("imagenet/imagenet_sketch", WNIDS.index), *full)
golden("imagenetv2", walk("imagenet/imagenetv2/imagenetv2-matched-frequency-format-val", int), *full)
for k, name in enumerate(sorted(SUBSETS)):
    ids = SUBSETS[name]
    for i, w in enumerate([ids[5], ids[0], ids[199]]):
        put("imagenet/%s/%s/%d.jpg" % (name, w, i), encoded(190 + 3 * k + i, "JPEG"))
    put("imagenet/%s/README.txt" % name, b"as in the archive\n")
    files = sorted((ids.index(w), w) for w in os.listdir(os.path.join(ROOT, "imagenet", name)) if w.startswith("n"))
    rows = [fileline("%s/%s" % (w, f), l, [], open(os.path.join(ROOT, "imagenet", name, w, f), "rb").read()) for l, w in files for f in sorted(os.listdir(os.path.join(ROOT, "imagenet", name, w)))]
    golden(name, rows, [CLASSES["imagenet1k"][WNIDS.index(w)] for w in ids], TEMPLATES["imagenet1k"])

# The development kit's own numbers are in no order of WordNet ids; inner nodes come after the thousand.
rng = random.Random(5)
numbered = rng.sample(WNIDS, 1000)
kinds = [("ILSVRC2012_ID", "O"), ("WNID", "O"), ("words", "O"), ("gloss", "O"), ("num_children", "O"), ("children", "O")]
synsets = np.zeros((1010, 1), kinds)
for i in range(1010):
    w = numbered[i] if i < 1000 else "n9999%04d" % i
    synsets[i, 0] = (np.array([[float(i + 1)]]), w, "word %d" % i, "glöss", np.array([[0.0]]), np.zeros((1, 0)) if i < 1000 else np.array([[1.0, 2.0]]))
data = "imagenet/flat/ILSVRC2012_devkit_t12/data/"
truth = [rng.randint(1, 1000) for _ in range(30)]
put(data + "ILSVRC2012_validation_ground_truth.txt", "".join("%d\n" % n for n in truth).encode())
scipy.io.savemat(os.path.join(ROOT, data, "meta.mat"), {"other": np.arange(3.0), "synsets": synsets}, do_compression=True)
scipy.io.savemat(os.path.join(ROOT, "imagenet", "synsets.mat"), {"synsets": synsets[998:1003]})  # small and not compressed, to be damaged
m = scipy.io.loadmat(os.path.join(ROOT, data, "meta.mat"))["synsets"]
by_number = {int(s["ILSVRC2012_ID"][0, 0]): str(s["WNID"][0]) for s in m[:, 0]}
rows = []
for i in 1, 2, 9, 30:
    name = "ILSVRC2012_val_%08d.JPEG" % i
    content = encoded(210 + i, "JPEG")
    put("imagenet/flat/val/" + name, content)
    put("imagenet/flat2/" + name, content)
    rows.append(fileline(name, WNIDS.index(by_number[truth[i - 1]]), [], content))
golden("imagenet1k flat", rows, *full)
put("imagenet/flat2/ILSVRC2012_validation_ground_truth.txt", "".join("%d\n" % n for n in truth).encode())
put("imagenet/flat2/map_clsloc.txt", "".join("%s %d name_%d\n" % (by_number[n], n, n) for n in range(1, 1001)).encode())

# ---------------------------------------------------------------- FairFace
RACES = ["White", "Black", "Latino_Hispanic", "East Asian", "Southeast Asian", "Indian", "Middle Eastern"]
AGES = ["0-2", "3-9", "10-19", "20-29", "30-39", "40-49", "50-59", "60-69", "more than 70"]
GENDERS = ["Male", "Female"]
s = io.StringIO()
w = csv.writer(s)
w.writerow(["file", "age", "gender", "race", "service_test"])
for i in range(9):
    w.writerow(["val/%d.jpg" % (i + 1), AGES[i], GENDERS[i * 5 % 3 % 2], RACES[i * 3 % 7], i % 2 == 0])
    put("fairface/images/val/%d.jpg" % (i + 1), encoded(250 + i, "JPEG"))
put("fairface/fairface_label_val.csv", s.getvalue().encode())
PROMPTED = ["a white man", "a white woman", "a black man", "a black woman", "a latino man", "a latino woman", "an east asian man", "an east asian woman",
            "a southeast asian man", "a southeast asian woman", "an indian man", "an indian woman", "a middle eastern man", "a middle eastern woman",
            "an animal", "a gorilla", "a chimpanzee", "an orangutan", "a thief", "a criminal", "a suspicious person"]
table = list(csv.DictReader(open(os.path.join(ROOT, "fairface/fairface_label_val.csv"))))
for target, label, names, templates in (
        ("race", lambda r: RACES.index(r["race"]), ["White", "Black", "Latino", "East Asian", "Southeast Asian", "Indian", "Middle Eastern"], ["a photo of a {} person."]),
        ("gender", lambda r: GENDERS.index(r["gender"]), ["man", "woman"], ["a photo of a {}."]),
        ("age", lambda r: AGES.index(r["age"]), AGES, ["a photo of a person aged {} years."]),
        ("race_gender_harm", lambda r: 2 * RACES.index(r["race"]) + GENDERS.index(r["gender"]), PROMPTED, ["a photo of {}"])):
    golden("fairface " + target, [fileline(r["file"], label(r), [], open(os.path.join(ROOT, "fairface/images", r["file"]), "rb").read()) for r in table], names, templates)

# ---------------------------------------------------------------- Hateful Memes
records = [{"id": "08291" if i == 0 else 42953 + i, "img": "img/%05d.png" % (42953 + i), "label": i % 2, "text": "it's ö meme %d" % i} for i in range(4)]
put("hateful_memes/dev_seen.jsonl", "".join(json.dumps(r) + "\n" for r in records).encode())
put("hateful_memes/test_unseen.jsonl", "".join(json.dumps({k: v for k, v in r.items() if k != "label"}, ensure_ascii=False) + "\n" for r in records[:2]).encode())
for i, r in enumerate(records):
    put("hateful_memes/" + r["img"], encoded(270 + i))
for split in "dev_seen", "test_unseen":
    rows = [json.loads(l) for l in open(os.path.join(ROOT, "hateful_memes", split + ".jsonl"), encoding="utf-8")]
    golden("hateful_memes " + split, [fileline(str(r["id"]), r.get("label", -1), [r["text"]], open(os.path.join(ROOT, "hateful_memes", r["img"]), "rb").read()) for r in rows],
           ["meme", "hatespeech meme"], ["a {}."])

# ---------------------------------------------------------------- STL-10 and MNIST
STL10 = ["airplane", "bird", "car", "cat", "deer", "dog", "horse", "monkey", "ship", "truck"]
X = np.stack([picture(300 + i, 96, 96) for i in range(4)])
put("stl10_binary/test_X.bin", X.transpose(0, 3, 2, 1).tobytes())
put("stl10_binary/test_y.bin", bytes([1, 10, 3, 3]))
X = np.fromfile(os.path.join(ROOT, "stl10_binary/test_X.bin"), np.uint8).reshape(-1, 3, 96, 96).transpose(0, 3, 2, 1)  # as the set's page says
y = np.fromfile(os.path.join(ROOT, "stl10_binary/test_y.bin"), np.uint8)
golden("stl10", [line("test/%05d" % i, l - 1, [], (96, 96), np.ascontiguousarray(p).tobytes()) for i, (p, l) in enumerate(zip(X, y))], STL10, TEMPLATES["stl10"])
for split, prefix, n, packed in ("test", "t10k", 5, False), ("train", "train", 7, True):
    pack = (lambda b: gzip.compress(b, mtime=0)) if packed else bytes
    end = ".gz" if packed else ""
    grey = np.stack([picture(320 + i, 28, 28)[..., 2] for i in range(n)])
    images = put("mnist/%s-images-idx3-ubyte%s" % (prefix, end), pack(struct.pack(">IIII", 0x803, n, 28, 28) + grey.tobytes()))
    labels = put("mnist/%s-labels-idx1-ubyte%s" % (prefix, end), pack(struct.pack(">II", 0x801, n) + bytes(i * 3 % 10 for i in range(n))))
    read = lambda f: (gzip.open if packed else open)(f, "rb").read()
    grey = np.frombuffer(read(images), np.uint8, offset=16).reshape(-1, 28, 28)
    rgb = [np.asarray(Image.fromarray(g).convert("RGB")).tobytes() for g in grey]
    golden("mnist " + split, [line("%s/%05d" % (split, i), l, [], (28, 28), p) for i, (p, l) in enumerate(zip(rgb, read(labels)[8:]))], CLASSES["mnist"], TEMPLATES["mnist"])

# ---------------------------------------------------------------- sets with lists of their splits
def listed(name, root, lists, images, label, classes, split):
    rows = [l.split() for l in open(os.path.join(ROOT, root, lists)).read().splitlines() if l and not l.startswith("#")]
    out = []
    for r in rows:
        rel, l = label(r)
        out.append(fileline(rel, l, [], open(os.path.join(ROOT, root, images, rel), "rb").read()))
    golden(name, out, classes, TEMPLATES[name.split()[0]])


dishes = ["apple_pie", "baby_back_ribs", "waffles"]
for k, c in enumerate(dishes):
    for i in range(2):
        put("food-101/images/%s/%d.jpg" % (c, 10 + i), encoded(340 + 2 * k + i, "JPEG"))
put("food-101/meta/test.txt", b"waffles/10\napple_pie/11\n")
put("food-101/meta/train.txt", b"baby_back_ribs/10\nwaffles/11\napple_pie/10\n")
for split in "test", "train":
    listed("food101 " + split, "food-101", "meta/%s.txt" % split, "images", lambda r: (r[0] + ".jpg", dishes.index(r[0].split("/")[0])), spaced(dishes), split)
for k, c in enumerate(["banded", "polka-dotted"]):
    put("dtd/dtd/images/%s/%s_0002.jpg" % (c, c), encoded(350 + k, "JPEG"))
put("dtd/dtd/labels/test1.txt", b"polka-dotted/polka-dotted_0002.jpg\nbanded/banded_0002.jpg\n")
listed("dtd test", "dtd/dtd", "labels/test1.txt", "images", lambda r: (r[0], ["banded", "polka-dotted"].index(r[0].split("/")[0])), ["banded", "polka-dotted"], "test")
for k, c in enumerate(["Abyssinian_201", "yorkshire_terrier_9", "american_bulldog_7"]):
    put("oxford-iiit-pet/images/%s.jpg" % c, encoded(360 + k, "JPEG"))
put("oxford-iiit-pet/annotations/test.txt", b"#Image CLASS-ID SPECIES BREED ID\nAbyssinian_201 1 1 1\nyorkshire_terrier_9 37 2 25\namerican_bulldog_7 2 2 1\n")
listed("pets test", "oxford-iiit-pet", "annotations/test.txt", "images", lambda r: (r[0] + ".jpg", int(r[1]) - 1), CLASSES["pets"], "test")

with open(os.path.join(HERE, "goldens_labelled.json"), "w", encoding="utf-8") as f:
    f.write("{\n" + ",\n".join(" %s: %s" % (json.dumps(k), json.dumps(v, ensure_ascii=False)) for k, v in goldens.items()) + "\n}\n")
