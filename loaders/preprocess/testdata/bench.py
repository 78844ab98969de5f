"""Time of the reference on one core, the best of 100: the same file and the same work as BenchmarkJPEGToTensor.

usage: python bench.py   (Pillow 13.0.0, libjpeg-turbo 3.2.0, numpy 2.4.6)
"""
import io, os, time
import numpy as np
from PIL import Image

DATA = open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "extras/bench_500x375.jpg"), "rb").read()
MEAN = np.array((0.48145466, 0.4578275, 0.40821073), np.float32)
STD = np.array((0.26862954, 0.26130258, 0.27577711), np.float32)

def decode():
    im = Image.open(io.BytesIO(DATA)); im.load(); return im

def prepare(im):
    im = im.convert("RGB").resize((298, 224), Image.BICUBIC).crop((37, 0, 261, 224))
    return ((np.asarray(im).astype(np.float32) / 255 - MEAN) / STD).transpose(2, 0, 1).copy()

def best(f, n=100):
    t = []
    for _ in range(n):
        a = time.perf_counter(); f(); t.append(time.perf_counter() - a)
    return min(t) * 1e3

np.ones(1 << 21)  # once freed, malloc keeps such blocks instead of mapping and faulting them in anew each time
image = decode()
print("decode %.3f ms, prepare %.3f ms, both %.3f ms" % (best(decode), best(lambda: prepare(image)), best(lambda: prepare(decode()))))
