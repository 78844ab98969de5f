"""Writes properties.json.gz: what the steps of the tokenizers package do to every code point.

Versions that made the frozen file: tokenizers 0.23.3, Python 3. Run: python properties.py. Sets are lists of first and last code points;
"forms" holds the code points that a normal form changes, by their hexadecimal number. "moves" are the marks that canonical ordering moves.
"""
import gzip, json, pathlib
from tokenizers import normalizers as N, pre_tokenizers as P

clean = N.BertNormalizer(handle_chinese_chars=False, strip_accents=False, lowercase=False)
chinese = N.BertNormalizer(clean_text=False, strip_accents=False, lowercase=False)
marks = N.BertNormalizer(clean_text=False, handle_chinese_chars=False, strip_accents=True, lowercase=False)
forms = {"nfd": N.NFD(), "nfkc": N.NFKC(), "nfkd": N.NFKD()}
sets = {k: [] for k in ("removed", "space", "chinese", "nonspacing", "accent", "nmtRemoved", "nmtSpace", "punctuation", "split", "strip", "moves")}
changed = {k: {} for k in forms}
accents, nmt, strip, bert, nfd = N.StripAccents(), N.Nmt(), N.Strip(), P.BertPreTokenizer(), N.NFD()


def note(name, c, condition):
    if condition:
        ranges = sets[name]
        if ranges and ranges[-1][1] == c - 1:
            ranges[-1][1] = c
        else:
            ranges.append([c, c])


for c in range(0x110000):
    if 0xD800 <= c < 0xE000:
        continue
    ch = chr(c)
    t = "a" + ch + "a"
    out = clean.normalize_str(t)
    note("removed", c, out == "aa")
    note("space", c, out == "a a")
    note("chinese", c, chinese.normalize_str(t) != t)
    note("nonspacing", c, marks.normalize_str(t) == "aa")
    note("accent", c, accents.normalize_str(t) == "aa")
    out = nmt.normalize_str(t)
    note("nmtRemoved", c, out == "aa")
    note("nmtSpace", c, out == "a a")
    note("strip", c, strip.normalize_str(ch + "a" + ch) == "a")
    words = [w for w, _ in bert.pre_tokenize_str(t)]
    note("punctuation", c, words == ["a", ch, "a"])
    note("split", c, words == ["a", "a"])
    for name, form in forms.items():
        out = form.normalize_str(ch)
        if out != ch:
            changed[name]["%x" % c] = out
    if "%x" % c not in changed["nfd"]:
        note("moves", c, any(nfd.normalize_str(x) != x for x in ("a\u0301" + ch, "a" + ch + "\u0316", "a" + ch + "\u0334")))

data = json.dumps({**sets, "forms": changed}, ensure_ascii=True, separators=(",", ":")).encode()
pathlib.Path(__file__).with_name("properties.json.gz").write_bytes(gzip.compress(data, 9, mtime=0))
