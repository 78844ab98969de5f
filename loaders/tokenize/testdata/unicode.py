"""Writes unicode.json.gz: how the tokenizers package classes, lowers and composes every code point.

Versions that made the frozen file: tokenizers 0.23.3, Python 3. Run: python unicode.py (beside this file).
Layout: {"L": [[first, last], ...], "N": ..., "S": ..., "lower": {"hex": "text"}, "nfc": {"hex": "text"}};
lower and nfc hold only code points that change.
"""
import gzip, json, pathlib
from tokenizers import Regex, normalizers, pre_tokenizers

def matcher(pattern):
    split = pre_tokenizers.Split(Regex(pattern), "removed", invert=True)
    return lambda ch: bool(split.pre_tokenize_str(ch))

points = [c for c in range(0x110000) if not 0xD800 <= c < 0xE000]
out = {}
for name, pattern in (("L", r"\p{L}"), ("N", r"\p{N}"), ("S", r"\s")):
    match, ranges = matcher(pattern), []
    for c in points:
        if match(chr(c)):
            if ranges and ranges[-1][1] == c - 1:
                ranges[-1][1] = c
            else:
                ranges.append([c, c])
    out[name] = ranges
for name, normalizer in (("lower", normalizers.Lowercase()), ("nfc", normalizers.NFC())):
    out[name] = {}
    for c in points:
        text = normalizer.normalize_str(chr(c))
        if text != chr(c):
            out[name]["%x" % c] = text
data = json.dumps(out, ensure_ascii=True, separators=(",", ":")).encode()
pathlib.Path(__file__).with_name("unicode.json.gz").write_bytes(gzip.compress(data, 9, mtime=0))
