"""200 pictures that Pillow writes: every format and mode, odd sizes, and what the two pipelines make of them in plain Pillow.

usage: python pillow.py   (writes pillow.zip and pillow.json beside this file)

Made with Pillow 13.0.0 and numpy 2.4.6. The pictures are drawn from a seeded random field with hard edges; the pipelines are those of
extras.py. 16-bit grey is the high byte of its samples, deliberately unlike Pillow (see extras.py and the package's documentation).
"""
import ast, hashlib, io, json, os, zipfile
import numpy as np
from PIL import Image, ImageOps

HERE = os.path.dirname(os.path.abspath(__file__))
rng = np.random.default_rng(20260301)
sha = lambda a: hashlib.sha256(np.ascontiguousarray(a).tobytes()).hexdigest()[:32]

# The pipelines of extras.py, without running the rest of it.
names = {"FILTERS", "hf_rgb", "resize", "hf", "open_clip"}
tree = ast.parse(open(f"{HERE}/extras.py").read())
tree.body = [n for n in tree.body if getattr(n, "name", None) in names or isinstance(n, ast.Assign) and n.targets[0].id in names]
exec(compile(tree, "extras.py", "exec"))

def field(w, h, c):
    """A smooth random field, blocks of other colours on it, and noise on a quarter of it."""
    a = np.stack([np.asarray(Image.fromarray(rng.integers(0, 256, (4, 4), np.uint8)).resize((w, h), 3)) for _ in range(c)], -1).astype(int)
    for _ in range(3):
        x, y = rng.integers(0, w), rng.integers(0, h)
        a[y:y + 1 + h // 4, x:x + 1 + w // 4] = rng.integers(0, 256, c)
    n = a[:(h + 1) // 2, :(w + 1) // 2]
    n += rng.integers(-30, 31, n.shape)
    a = np.clip(a, 0, 255).astype(np.uint8)
    return a[..., 0] if c == 1 else a

def picture(mode, w, h):
    if mode in ("1", "P"):
        rgb = Image.fromarray(field(w, h, 3))
        return rgb.convert("1") if mode == "1" else rgb.quantize(int(rng.integers(2, 200)))
    if mode == "I;16":
        return Image.fromarray((field(w, h, 1).astype(np.uint16) << 8) + rng.integers(0, 256, (h, w)).astype(np.uint16))
    if mode == "LA":
        return Image.merge("LA", [Image.fromarray(field(w, h, 1)) for _ in "LA"])
    c = {"L": 1, "RGB": 3, "RGBA": 4, "CMYK": 4}[mode]
    a = field(w, h, c)
    return Image.frombytes(mode, (w, h), a.tobytes())

JPEG = [dict(quality=q, subsampling=s, progressive=p, **r) for s in ("4:4:4", "4:2:2", "4:2:0") for p in (False, True)
        for q, r in ((75, {}), (93, dict(restart_marker_blocks=3)), (20, dict(optimize=True)))]
KINDS = [("jpg", "JPEG", m, k) for m in ("RGB",) for k in JPEG] + \
    [("jpg", "JPEG", m, dict(quality=85, progressive=p)) for m in ("L", "CMYK") for p in (False, True)] + \
    [("png", "PNG", m, {}) for m in ("1", "L", "LA", "P", "RGB", "RGBA", "I;16")] + [("png", "PNG", "P", dict(transparency=1)), ("png", "PNG", "RGB", dict(compress_level=0))] + \
    [("webp", "WEBP", m, k) for m in ("RGB", "RGBA") for k in (dict(quality=80), dict(quality=20, method=6), dict(lossless=True, exact=True))] + \
    [("gif", "GIF", "P", {}), ("gif", "GIF", "P", dict(transparency=1)), ("gif", "GIF", "L", dict(interlace=0))] + \
    [("bmp", "BMP", m, {}) for m in ("1", "L", "P", "RGB", "RGBA")] + \
    [("tif", "TIFF", m, dict(compression=c)) for m, c in (("1", None), ("L", "tiff_lzw"), ("P", None), ("RGB", "tiff_adobe_deflate"), ("RGB", "packbits"), ("RGBA", "tiff_lzw"))] + \
    [("pgm", "PPM", "L", {}), ("ppm", "PPM", "RGB", {})]
SIZES = [(1, 1), (1, 2), (2, 1), (2, 2), (1, 37), (53, 1), (3, 2), (2, 90), (7, 5), (8, 8), (9, 17), (15, 16), (16, 33), (17, 31), (31, 64), (65, 40), (33, 97), (120, 81)]
LONG = [(8000, 50, "jpg", "JPEG", "RGB", dict(quality=15, subsampling="4:2:0")), (8000, 50, "png", "PNG", "P", {}), (50, 8000, "jpg", "JPEG", "L", dict(quality=15)),
        (1, 3000, "jpg", "JPEG", "RGB", dict(quality=30)), (3000, 1, "webp", "WEBP", "RGB", dict(quality=30)), (1, 3000, "gif", "GIF", "P", {}), (3000, 1, "png", "PNG", "RGBA", {}),
        (640, 427, "jpg", "JPEG", "RGB", dict(quality=25, subsampling="4:2:0"))]

def cases():
    for i, c in enumerate(LONG):
        yield c
    for i in range(200 - len(LONG)):
        yield (*SIZES[i % len(SIZES)], *KINDS[i * 7 % len(KINDS)])

rows, archive = [], zipfile.ZipFile(f"{HERE}/pillow.zip", "w", zipfile.ZIP_DEFLATED, compresslevel=9)
for i, (w, h, ext, fmt, mode, how) in enumerate(cases()):
    im = picture(mode, w, h)
    if how.get("transparency") and mode == "P": how = dict(how, transparency=min(1, len(im.getpalette()) // 3 - 1))
    b = io.BytesIO(); im.save(b, fmt, **how)
    name = f"{i:03d}_{w}x{h}_{mode.replace(';', '')}.{ext}"
    archive.writestr(zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0)), b.getvalue(), zipfile.ZIP_DEFLATED)
    im = Image.open(io.BytesIO(b.getvalue())); im.load()
    if im.mode == "I;16": im = Image.fromarray((np.asarray(im) >> 8).astype(np.uint8))
    case = [("shortest", 32, 32, "bicubic", True), ("squash", 0, 33, "bilinear", False), ("shortest", 40, 32, "lanczos", True)][i % 3]
    rows.append(dict(file=name, mode=im.mode, width=w, height=h, rgb=sha(np.asarray(im.convert("RGB"))), on_white=sha(np.asarray(hf_rgb(im))),
                     resize=case[0], resize_to=case[1], size=case[2], interpolation=case[3], crop=case[4], hf=sha(hf(im, *case)), open_clip=sha(open_clip(im, *case))))
archive.close()
json.dump(rows, open(f"{HERE}/pillow.json", "w"), indent=0); print(len(rows), "pictures")
