"""Writes the fixtures of WebDataset shards and of archives, and what an independent program (webdataset, tarfile, zipfile, Pillow, hashlib)
reads back from them.

    python archives.py

Last run with Python 3.11, webdataset 1.0.2, numpy 2.4.6, Pillow 13.0.0. Pictures are drawn by formula, labels and captions made up.
"""
import glob
import gzip
import hashlib
import io
import json
import os
import statistics
import tarfile
import zipfile

import numpy as np
import webdataset as wds
from PIL import Image

HERE = os.path.dirname(os.path.abspath(__file__))
sha = lambda b: hashlib.sha256(b).hexdigest()
here = lambda *p: os.path.join(HERE, *p)
goldens = {}


def golden(name, lines, classes=(), templates=()):
    goldens[name] = {"len": len(lines), "classes": list(classes), "templates": list(templates),
                     "digest": sha("".join(l + "\n" for l in lines).encode()), "first": lines[:3]}


def line(id, label, captions, data):
    size = Image.open(io.BytesIO(data)).size
    return "\t".join([id, str(label), "\x1f".join(captions), str(size[0]), str(size[1]), sha(data)])


def put(path, data):
    os.makedirs(os.path.dirname(here(path)), exist_ok=True)
    with open(here(path), "wb") as f:
        f.write(data if isinstance(data, bytes) else data.encode())


def picture(k, fmt):
    w, h = 8 + k, 6
    y, x = np.mgrid[0:h, 0:w]
    b = io.BytesIO()
    Image.fromarray(np.stack([(7 * x + 13 * k) % 256, (5 * y + 29 * k) % 256, (x * y + k) % 256], -1).astype(np.uint8)).save(b, fmt)
    return b.getvalue()


# ---------------------------------------------------------------- WebDataset
def write(path, samples):
    os.makedirs(os.path.dirname(here(path)), exist_ok=True)
    with wds.TarWriter(here(path), encoder=False, mtime=0) as w:
        for s in samples:
            w.write(s)


def read(paths, label=lambda s: -1, captions=lambda s: [], key=None):
    """The samples as webdataset itself reads them."""
    lines = []
    for p in paths:
        for s in wds.WebDataset(here(p), shardshuffle=False, empty_check=False):
            data = next(s[e] for e in ("webp", "png", "jpg", "jpeg") if e in s)
            lines.append(line((key or os.path.basename(p)[:-4]) + "/" + s["__key__"], label(s), captions(s), data))
    return lines


FORMATS = [("webp", "WEBP"), ("png", "PNG"), ("jpg", "JPEG"), ("jpeg", "JPEG")]
names = ["tench", "ice cream", "café"]
for split, shards in (("test", [3, 4]), ("train", [2])):
    n = 0
    for i, count in enumerate(shards):
        samples = []
        for _ in range(count):
            ext, fmt = FORMATS[n % 4]
            samples.append({"__key__": "s%07d" % n, "cls": str(n % 3).encode(), ext: picture(n + (20 if split == "train" else 0), fmt), "mask.png": b"no picture"})
            n += 1
        write("wds/wds_vtab-things/%s/%d.tar" % (split, i), samples)
    put("wds/wds_vtab-things/%s/nshards.txt" % split, "%d" % len(shards))
    golden("wds classification " + split, read(["wds/wds_vtab-things/%s/%d.tar" % (split, i) for i in range(len(shards))], lambda s: int(s["cls"])), names,
           ["a photo of a {}.", "the {}."])
put("wds/wds_vtab-things/classnames.txt", "\n".join(names) + "\n")
put("wds/wds_vtab-things/zeroshot_classification_templates.txt", "a photo of a {c}.\nthe {c}.")
put("wds/wds_vtab-things/dataset_type.txt", "classification")

write("wds/pairs/test/0.tar", [{"__key__": "s%07d" % n, FORMATS[n][0]: picture(40 + n, FORMATS[n][1]),
                                "txt": "\n".join("caption %d of %d, à la carte" % (k, n) for k in range(5)).encode()} for n in range(3)])
put("wds/pairs/test/nshards.txt", "1\n")
put("wds/pairs/dataset_type.txt", "retrieval\n")
golden("wds retrieval", read(["wds/pairs/test/0.tar"], captions=lambda s: s["txt"].decode().splitlines()))


def npy(a):
    b = io.BytesIO()
    np.save(b, a)
    return b.getvalue()


vectors = [np.array([1, 0, 0, 1]), np.array([0, 1, 0, 0], np.uint8), np.array([0, 0, -0.0, 0], np.float32), np.array([True, True, True, True])]
write("wds/several/test/0.tar", [{"__key__": "s%07d" % n, FORMATS[n][0]: picture(44 + n, FORMATS[n][1]), "npy": npy(v)} for n, v in enumerate(vectors)])
put("wds/several/test/nshards.txt", "1")
put("wds/several/dataset_type.txt", "multilabel")
put("wds/several/classnames.txt", "a\nb\nc\nd\n")
hot = lambda s: ",".join(str(i) for i in np.nonzero(np.load(io.BytesIO(s["npy"])))[0]) or "-1"
golden("wds multilabel", read(["wds/several/test/0.tar"], hot), "abcd", ["a photo of a {}."])

# As img2dataset writes: keys in each shard, captions in .txt or .json, shards with leading zeros, no files around them.
for i in range(3):
    write("wds/crawl/%05d.tar" % (9 + i), [{"__key__": "%05d%04d" % (9 + i, k), "jpg": picture(50 + 3 * i + k, "JPEG"),
                                             "json": json.dumps({"caption": "said %d %d" % (i, k), "url": "x"}).encode(),
                                             **({"txt": b"written\r\n"} if k == 0 else {})} for k in range(2)])
told = lambda s: s["txt"].decode().splitlines() if "txt" in s else [json.loads(s["json"])["caption"]]
golden("wds crawl", read(sorted(glob.glob(here("wds/crawl/*.tar"))), captions=told))
golden("wds crawl 10 11", read(["wds/crawl/00010.tar", "wds/crawl/00011.tar"], captions=told))
golden("wds crawl 9", read(["wds/crawl/00009.tar"], captions=told))

# Labels without class names: their numbers stand in.
write("wds/bare/0.tar", [{"__key__": "train/%d" % n, "cls": b" %d\n" % (2 * n), "png": picture(60 + n, "PNG")} for n in range(2)])
golden("wds bare", read(["wds/bare/0.tar"], lambda s: int(s["cls"])), "012", ["a photo of a {}."])

# ---------------------------------------------------------------- archives
# The folder of fixtures.py as it is: opened from a zip or a tar it is the same set, which "folder" in goldens.json describes. In a
# .tar.gz the order is the archive's.
os.makedirs(here("archive"), exist_ok=True)
files = sorted((os.path.relpath(os.path.join(d, f), here("folder")) for d, _, fs in os.walk(here("folder")) for f in fs), key=lambda n: hashlib.md5(n.encode()).digest())


def plain(info):
    info.mtime, info.uid, info.gid, info.uname, info.gname, info.mode = 0, 0, 0, "", "", 0o644
    return info


with zipfile.ZipFile(here("archive/folder.zip"), "w", zipfile.ZIP_DEFLATED) as z:
    z.writestr(zipfile.ZipInfo("set/"), b"")
    for n in files:
        z.writestr(zipfile.ZipInfo("set/" + n), open(here("folder", n), "rb").read(), zipfile.ZIP_DEFLATED if n.endswith("p") else zipfile.ZIP_STORED)
    z.writestr(zipfile.ZipInfo("__MACOSX/set/cat/._b.png"), b"x")
with tarfile.open(here("archive/folder.tar"), "w") as t:
    for n in files:
        t.add(here("folder", n), "./" + n, filter=plain)


def targz(path, names, arcname):
    with open(here(path), "wb") as raw, gzip.GzipFile(fileobj=raw, mode="wb", mtime=0, filename="") as g, tarfile.open(fileobj=g, mode="w") as t:
        for n in names:
            t.add(n, arcname(n), filter=plain)


targz("archive/folder.tar.gz", [here("folder", n) for n in files], lambda n: "set/val/" + os.path.relpath(n, here("folder")))
with tarfile.open(here("archive/folder.tar.gz")) as t:
    data = {m.name[len("set/val/"):]: t.extractfile(m).read() for m in t}
pictures = [n for n in data if not any(p.startswith(".") for p in n.split("/")) and n.split(".")[-1].lower() in "jpg jpeg png webp bmp gif tiff ppm".split()]
classes = sorted({n.split("/")[0] for n in pictures}, key=lambda s: s.encode())
beside = lambda n: data.get(os.path.splitext(n)[0] + ".txt", b"").decode()
golden("archive tgz", [line(n, classes.index(n.split("/")[0]), [l.strip() for l in beside(n).splitlines() if l.strip()], data[n]) for n in pictures], classes, ["a photo of a {}."])

# CIFAR as it is fetched, with the batches out of order, as in the real archive.
for name, folder, order in (("cifar-10-binary", "cifar-10-batches-bin", "data_batch_1.bin batches.meta.txt data_batch_3.bin data_batch_4.bin test_batch.bin data_batch_5.bin data_batch_2.bin"),
                            ("cifar-100-binary", "cifar-100-binary", "train.bin test.bin fine_label_names.txt")):
    targz("archive/%s.tar.gz" % name, [here("cifar", folder, n) for n in order.split()], lambda n: folder + "/" + os.path.basename(n))

# ---------------------------------------------------------------- noise, by the definition in noise.go
def splitmix(state, n):
    m = (1 << 64) - 1
    out = []
    for _ in range(n):
        state = (state + 0x9E3779B97F4A7C15) & m
        z = state
        z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9 & m
        z = (z ^ z >> 27) * 0x94D049BB133111EB & m
        out.append(z ^ z >> 31)
    return out


quantiles = np.array([statistics.NormalDist().inv_cdf((i + 0.5) / 65536) for i in range(65536)])
levels = [np.clip(np.floor(255 * (m + s * quantiles) + 0.5), 0, 255).astype(np.uint8) for m, s in
          ((0.48145466, 0.26862954), (0.4578275, 0.26130258), (0.40821073, 0.27577711))]
lines = []
for i in range(4):
    u = np.array(splitmix(i << 32, 224 * 224 * 3 // 4), np.uint64).astype("<u8").view("<u2").reshape(224, 224, 3)
    a = np.stack([levels[c][u[..., c]] for c in range(3)], -1)
    b = io.BytesIO()
    Image.fromarray(a).save(b, "BMP")
    words = []
    for r in splitmix(i << 32 | 1 << 31, 75):
        word = ""
        for _ in range(1 + (r >> 62)):
            word, r = word + chr(ord("a") + r % 26), r // 26
        words.append(word)
    lines.append(line("noise/%05d" % i, -1, [" ".join(words)], b.getvalue()))
golden("noise", lines)

with open(here("goldens_archives.json"), "w", encoding="utf-8") as f:
    json.dump(goldens, f, indent=1, ensure_ascii=False)
    f.write("\n")
