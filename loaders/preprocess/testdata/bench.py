"""Processor time of the reference on one core, the best of 200: the same file and the same work as BenchmarkJPEGToTensor.

usage: python bench.py   (Pillow 13.0.0, libjpeg-turbo 3.2.0, numpy 2.4.6; and torchvision 0.29.2, where it is installed)
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

def best(f, n=200):
    t = []
    for _ in range(n):
        a = time.process_time(); f(); t.append(time.process_time() - a)
    return min(t) * 1e3

np.ones(1 << 21)  # once freed, malloc keeps such blocks instead of mapping and faulting them in anew each time
image = decode()
print("decode %.3f ms, prepare %.3f ms, both %.3f ms" % (best(decode), best(lambda: prepare(image)), best(lambda: prepare(decode()))))

try:
    import torch
    from torchvision import transforms as T
except ImportError:
    raise SystemExit
torch.set_num_threads(1)
whole = T.Compose([T.Resize(224, interpolation=T.InterpolationMode.BICUBIC), T.CenterCrop(224), lambda im: im.convert("RGB"), T.ToTensor(), T.Normalize(MEAN.tolist(), STD.tolist())])
print("torchvision's transforms, as open_clip uses them: %.3f ms" % best(lambda: whole(Image.open(io.BytesIO(DATA)))))
