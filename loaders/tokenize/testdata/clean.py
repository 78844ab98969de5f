"""Writes clean.json.gz: the texts of hard.json.gz after Immich's clean_text(text, canonicalize=True), restated here.

Python 3.11 made the frozen file (Unicode 14.0: str.split, str.lower). Run: python clean.py (beside this file).
"""
import gzip, json, pathlib, string

here = pathlib.Path(__file__).parent
remove = str.maketrans("", "", string.punctuation)
cases = json.loads(gzip.decompress((here / "hard.json.gz").read_bytes()))
pairs = [[c["text"], " ".join(c["text"].split()).translate(remove).lower()] for c in cases if len(c["text"]) < 300]
data = json.dumps(pairs, ensure_ascii=True, separators=(",", ":")).encode()
(here / "clean.json.gz").write_bytes(gzip.compress(data, 9, mtime=0))
