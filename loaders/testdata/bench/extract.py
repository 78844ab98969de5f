"""The same files through open_clip on PyTorch with its DataLoader: the twin of loaders/internal/benchextract, which calls it.

Versions it was written for: torch 2.15.0, open_clip 3.3.0. Random weights: only the shape matters to speed. The loader's workers are
tried at 0, 1 and 2 on a quarter of the files, and the fastest counts; PyTorch's threads are the session's.

usage: python extract.py --dir FOLDER --images N --captions N --threads N --batch N --rounds N
"""
import argparse, os, time
import torch, open_clip
from PIL import Image

p = argparse.ArgumentParser()
p.add_argument("--dir")
p.add_argument("--model", default="ViT-B-32-quickgelu")
for name, default in (("images", 1000), ("captions", 5000), ("threads", 2), ("batch", 64), ("rounds", 3)):
    p.add_argument("--" + name, type=int, default=default)
a = p.parse_args()

torch.set_num_threads(a.threads)
model, _, preprocess = open_clip.create_model_and_transforms(a.model)
model.eval()
tokenize = open_clip.get_tokenizer(a.model)


class Files(torch.utils.data.Dataset):
    def __init__(self, n):
        self.n = n

    def __len__(self):
        return self.n

    def __getitem__(self, i):
        return preprocess(Image.open(os.path.join(a.dir, "%05d.jpg" % i)))


def images(workers, n):
    start = time.perf_counter()
    for batch in torch.utils.data.DataLoader(Files(n), batch_size=a.batch, num_workers=workers):
        model.encode_image(batch)
    return n / (time.perf_counter() - start)


def captions(texts):
    start = time.perf_counter()
    for i in range(0, len(texts), a.batch):
        model.encode_text(tokenize(texts[i : i + a.batch]))
    return len(texts) / (time.perf_counter() - start)


with torch.inference_mode():
    if a.images:
        model.encode_image(torch.zeros(a.batch, 3, 224, 224))
        best = max((0, 1, 2), key=lambda w: images(w, -(-a.images // 4)))
        print("images   open_clip %.1f/s with %d workers" % (max(images(best, a.images) for _ in range(max(1, a.rounds // 2))), best), flush=True)
    if a.captions:
        texts = open(os.path.join(a.dir, "captions.txt"), encoding="utf-8").read().splitlines()[: a.captions]
        model.encode_text(tokenize(texts[: a.batch]))
        print("captions open_clip %.1f/s" % max(captions(texts) for _ in range(max(1, a.rounds // 2))), flush=True)
