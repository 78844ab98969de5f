"""Small pictures of the kinds that the photographs lack, and what the two pipelines make of them in plain Pillow.

usage: python extras.py BENCH_SOURCE.jpg   (writes extras/ and extras.json beside this file)

Made with Pillow 13.0.0 and numpy 2.4.6. All pictures but bench_500x375.jpg (from o0_china.jpg, see ATTRIBUTION.md) are drawn from a
seeded random field. torchvision's centre crop pads in the picture's own mode, transformers' with zeros after the conversion to RGB.
"""
import hashlib, io, json, os, struct, sys, zlib
import numpy as np
from PIL import Image, ImageOps

HERE = os.path.dirname(os.path.abspath(__file__))
OUT = f"{HERE}/extras"
os.makedirs(OUT, exist_ok=True)
rng = np.random.default_rng(20240917)
sha = lambda b: hashlib.sha256(b).hexdigest()

def field(w, h, c):
    """A smooth random field with some noise, uint8."""
    a = np.asarray(Image.fromarray(rng.integers(0, 256, (5, 5), np.uint8)).resize((w, h), 3)) if c == 1 else \
        np.stack([field(w, h, 1) for _ in range(c)], -1)
    return a if c > 1 else np.clip(a.astype(int) + rng.integers(-20, 21, a.shape), 0, 255).astype(np.uint8)

def enc(im, fmt, **k):
    b = io.BytesIO(); im.save(b, fmt, **k); return b.getvalue()

def png(w, h, depth, kind, rows, extra=b""):
    """A PNG of raw rows."""
    chunk = lambda t, d: struct.pack(">I", len(d)) + t + d + struct.pack(">I", zlib.crc32(t + d))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", w, h, depth, kind, 0, 0, 0)) + extra + \
        chunk(b"IDAT", zlib.compress(b"".join(b"\0" + r for r in rows), 9)) + chunk(b"IEND", b"")

def chunk(t, d): return struct.pack(">I", len(d)) + t + d + struct.pack(">I", zlib.crc32(t + d))

def resample_sof(data, w, h, hv):
    """The same JPEG data read with another size and another sampling of the first component."""
    d = bytearray(data)
    i = next(i for i in range(len(d)) if d[i] == 0xff and d[i + 1] in (0xc0, 0xc2) and d[i + 4] == 8)
    d[i + 5:i + 9] = struct.pack(">HH", h, w); d[i + 11] = hv
    return bytes(d)

def files():
    rgb = Image.fromarray(field(61, 43, 3)); grey = rgb.convert("L")
    J = lambda im, **k: enc(im, "JPEG", **k)
    s422, s420 = J(Image.fromarray(field(64, 48, 3)), quality=80, subsampling="4:2:2"), J(Image.fromarray(field(64, 64, 3)), quality=80, subsampling="4:2:0")
    yield "440.jpg", resample_sof(s422, 30, 91, 0x12)      # 4x6 MCUs of 16x8 become 8x16
    yield "411.jpg", resample_sof(s420, 125, 27, 0x41)     # 4x4 MCUs of 16x16 become 32x8
    yield "1x4.jpg", resample_sof(s420, 29, 121, 0x14)
    yield "grey_2x2.jpg", resample_sof(J(grey), 61, 43, 0x22)
    yield "narrow_420.jpg", J(Image.fromarray(field(5, 40, 3)), subsampling="4:2:0")
    yield "narrow_422.jpg", J(Image.fromarray(field(4, 9, 3)), subsampling="4:2:2")
    yield "progressive_422.jpg", J(rgb, quality=97, subsampling="4:2:2", progressive=True)
    yield "progressive_restart.jpg", J(rgb, quality=60, subsampling="4:2:0", progressive=True, restart_marker_blocks=2)
    yield "coarse.jpg", J(rgb, quality=1, subsampling="4:2:0", optimize=True)
    yield "noise_100.jpg", J(Image.fromarray(rng.integers(0, 256, (33, 35, 3), np.uint8)), quality=100, subsampling="4:4:4")
    yield "cmyk.jpg", J(Image.frombytes("CMYK", (37, 29), field(37, 29, 4).tobytes()), quality=90)
    yield "cmyk_no_adobe.jpg", J(Image.frombytes("CMYK", (37, 29), field(37, 29, 4).tobytes()), quality=90).replace(b"Adobe", b"Other")
    g = np.asarray(grey)
    for depth in (2, 4):
        v = g >> (8 - depth); v = np.pad(v, ((0, 0), (0, -v.shape[1] % (8 // depth))))
        r = sum(v[:, k::8 // depth].astype(int) << (8 - depth * (k + 1)) for k in range(8 // depth)).astype(np.uint8)
        yield f"grey{depth}.png", png(61, 43, depth, 0, [x.tobytes() for x in r])
    q = np.asarray(rgb) // 64 * 64
    yield "grey_key.png", png(61, 43, 8, 0, [x.tobytes() for x in g // 32 * 32], chunk(b"tRNS", struct.pack(">H", 96)))
    yield "rgb_key.png", png(61, 43, 8, 2, [x.tobytes() for x in q], chunk(b"tRNS", struct.pack(">HHH", *map(int, q[20, 30]))))
    bits = [np.packbits(x).tobytes() for x in (g > 128)]
    yield "bit.png", png(61, 43, 1, 0, bits)
    yield "bit_key0.png", png(61, 43, 1, 0, bits, chunk(b"tRNS", struct.pack(">H", 0)))
    yield "bit_key1.png", png(61, 43, 1, 0, bits, chunk(b"tRNS", struct.pack(">H", 1)))
    wide = lambda n: [rng.integers(0, 65536, (61, n)).astype(">u2").tobytes() for _ in range(43)]
    yield "rgb16.png", png(61, 43, 16, 2, wide(3))
    yield "rgba16.png", png(61, 43, 16, 6, wide(4))
    yield "grey_alpha16.png", png(61, 43, 16, 4, wide(2))
    yield "grey_alpha.png", enc(Image.merge("LA", (grey, Image.fromarray(field(61, 43, 1)))), "PNG")
    rgba = Image.fromarray(field(61, 43, 4)); yield "rgba.png", enc(rgba, "PNG")
    yield "rgba_32x32.png", enc(Image.fromarray(field(32, 32, 4)), "PNG")   # already the size: never premultiplied
    yield "palette2.png", enc(rgb.quantize(2), "PNG", bits=1)
    p = rgb.quantize(16); yield "palette_key.png", enc(p, "PNG", transparency=3)
    gif = bytearray(enc(p, "GIF")); i = gif.index(b"\x2c\0\0\0\0")
    gif[6:10] = struct.pack("<HH", 80, 70); gif[i + 1:i + 5] = struct.pack("<HH", 9, 11)
    yield "partial.gif", bytes(gif)
    gif = bytearray(enc(p, "GIF", transparency=5)); i = gif.index(b"\x2c\0\0\0\0")
    gif[6:10] = struct.pack("<HH", 80, 70); gif[i + 1:i + 5] = struct.pack("<HH", 9, 11)
    yield "partial_key.gif", bytes(gif)
    yield "ramp.gif", enc(grey, "GIF")
    yield "rgb.bmp", enc(rgb, "BMP"); yield "rgba.bmp", enc(rgba, "BMP"); yield "grey.bmp", enc(grey, "BMP")
    yield "bit.bmp", enc(grey.convert("1"), "BMP"); yield "palette.bmp", enc(rgb.quantize(200), "BMP")
    yield "grey.tif", enc(grey, "TIFF"); yield "bit.tif", enc(grey.convert("1"), "TIFF"); yield "palette.tif", enc(rgb.quantize(200), "TIFF")
    yield "rgba.tif", enc(rgba, "TIFF", compression="tiff_adobe_deflate"); yield "rgb_packbits.tif", enc(rgb, "TIFF", compression="packbits")
    for wh in ((1, 9), (9, 1), (2, 3), (61, 43)): yield "lossy_%dx%d.webp" % wh, enc(Image.fromarray(field(*wh, 3)), "WEBP", quality=70)
    yield "lossless_rgba.webp", enc(rgba, "WEBP", lossless=True, exact=True)
    yield "lossy_rgba.webp", enc(rgba, "WEBP", quality=90)
    yield "animated.webp", enc(rgba, "WEBP", quality=90, save_all=True, append_images=[Image.fromarray(field(61, 43, 4))])
    yield "animated_lossless.webp", enc(rgb, "WEBP", lossless=True, save_all=True, append_images=[Image.fromarray(field(61, 43, 3))])

FILTERS = dict(nearest=0, box=4, bilinear=2, hamming=5, bicubic=3, lanczos=1)
CASES = [("shortest", 32, 32, "bicubic", True), ("shortest", 24, 32, "lanczos", True), ("shortest", 25, 33, "nearest", True),
         ("squash", 0, 20, "bilinear", False), ("squash", 0, 57, "hamming", False), ("none", 0, 45, "bicubic", True), ("shortest", 90, 88, "box", True)]

def hf_rgb(im):
    if "A" in im.getbands() or im.info.get("transparency") is not None:
        im = Image.alpha_composite(Image.new("RGBA", im.size, (255, 255, 255, 255)), im.convert("RGBA"))
    return im.convert("RGB")

def resize(im, how, to, size, filt):
    if how == "none": return im
    w, h = im.size; long = int(to * max(w, h) / min(w, h)) if to else 0
    wh = (size, size) if how == "squash" else (to, long) if w <= h else (long, to)
    return im.resize(wh, FILTERS[filt])

def hf(im, how, to, size, filt, crop):
    a = np.asarray(resize(hf_rgb(im), how, to, size, filt))
    if not crop: return a
    h, w = a.shape[:2]; top, left = (h - size) // 2, (w - size) // 2
    if top >= 0 and left >= 0 and top + size <= h and left + size <= w: return a[top:top + size, left:left + size]
    nh, nw = max(size, h), max(size, w); new = np.zeros((nh, nw, 3), np.uint8)
    tp, lp = -(-(nh - h) // 2), -(-(nw - w) // 2); new[tp:tp + h, lp:lp + w] = a; top += tp; left += lp
    return new[max(0, top):min(nh, top + size), max(0, left):min(nw, left + size)]

def open_clip(im, how, to, size, filt, crop):
    im = resize(im, how, to, size, filt)
    if crop:
        w, h = im.size
        if size > w or size > h:
            pad = ((size - w) // 2 if size > w else 0, (size - h) // 2 if size > h else 0, (size - w + 1) // 2 if size > w else 0, (size - h + 1) // 2 if size > h else 0)
            n = len(im.getbands()); palette = im.getpalette() if im.mode == "P" else None
            im = ImageOps.expand(im, pad, fill=0 if n == 1 else (0,) * n)
            if palette is not None: im.putpalette(palette)
            w, h = im.size
        if (w, h) != (size, size):
            top, left = int(round((h - size) / 2.0)), int(round((w - size) / 2.0)); im = im.crop((left, top, left + size, top + size))
    return np.asarray(im.convert("RGB"))

rows = []
for name, data in files():
    open(f"{OUT}/{name}", "wb").write(data)
    im = Image.open(io.BytesIO(data)); im.load()
    row = dict(file=name, mode=im.mode, rgb=sha(im.convert("RGB").tobytes()), on_white=sha(hf_rgb(im).tobytes()), cases=[])
    for c in CASES:
        row["cases"].append(dict(resize=c[0], resize_to=c[1], size=c[2], interpolation=c[3], crop=c[4],
                                 hf=sha(hf(im, *c).tobytes()), open_clip=sha(open_clip(im, *c).tobytes())))
    rows.append(row)
json.dump(rows, open(f"{HERE}/extras.json", "w"), indent=0); print(len(rows), "pictures")
if len(sys.argv) > 1:
    Image.open(sys.argv[1]).convert("RGB").resize((500, 375), 3).save(f"{OUT}/bench_500x375.jpg", quality=90, subsampling="4:2:0")
