"""Captions a second of the reference on one core, by processor time, the best of 12: the same captions as the benchmarks of this package.

usage: TOKENIZERS_PARALLELISM=false python bench.py [CLIP_TOKENIZER.json]   (tokenizers 0.23.3)

Warm: the tokenizer has seen the captions, and keeps the ids of words, as ours does. Cold: its cache is emptied before each caption. To a kind
whose words are whole captions a warm cache gives all of them, as no real run would; cold says what a new caption costs.
"""
import gzip, json, os, sys, time
from tokenizers import Tokenizer

HERE = os.path.dirname(os.path.abspath(__file__))
TEXTS = [c["text"] for c in json.load(open(f"{HERE}/captions.json"))["captions"]]

def spent(encode, before):
    total = 0
    for s in TEXTS:
        before()
        a = time.process_time_ns(); encode(s); total += time.process_time_ns() - a
    return total

def rate(encode, before=lambda: None):
    return 1e9 * len(TEXTS) / min(spent(encode, before) for _ in range(60))

def run(name, text):
    tok = Tokenizer.from_str(text)
    encode = lambda s: tok.encode(s).ids
    clear = getattr(tok.model, "_clear_cache", None)
    print(f"{name:16} warm {rate(encode):9.0f}/s" + (f"   cold {rate(encode, clear):9.0f}/s" if clear else ""))

if len(sys.argv) > 1: run("CLIP", open(sys.argv[1]).read())
for kind in ("bpe_siglip2", "unigram_siglip", "wordpiece"):
    run(kind, gzip.open(f"{HERE}/kinds/{kind}/tokenizer.json.gz", "rt").read())
