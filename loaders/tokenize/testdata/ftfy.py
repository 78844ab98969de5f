"""Writes ../ftfy/tables.json (ftfy's rules and classes of characters) and clean_open_clip.json.gz (texts, and what ftfy and open_clip make of them).

Versions that made the frozen files: ftfy 6.3.1, open_clip_torch 3.3.0, Python 3.11 (Unicode 14.0). Run: python ftfy.py (beside hard.json.gz,
captions.json and kinds.json.gz). Rows of the second file: text, ftfy.fix_text(text), html.unescape(text), and the text as
open_clip's clean functions "lower" and "canonicalize" leave it, null where that is what the column before says; ids are those of open_clip's SimpleTokenizer
with context 77, without padding.
"""
import sys
sys.path.pop(0)  # this file is called like the package
import gzip, html, json, pathlib, random, re
import html.entities
from ftfy import badness, chardata, fix_text
from open_clip import tokenizer as oc

here = pathlib.Path(__file__).parent


def members(spec):
    """Lists the members of what stands between the brackets of an expression."""
    out = []
    i = 0
    while i < len(spec):
        if i + 2 < len(spec) and spec[i + 1] == "-":
            out += [chr(c) for c in range(ord(spec[i]), ord(spec[i + 2]) + 1)]
            i += 3
        else:
            out.append(spec[i])
            i += 1
    return "".join(dict.fromkeys(out))


classes = {k: members(v) for k, v in {**badness.MOJIBAKE_CATEGORIES, **chardata.UTF8_CLUES}.items()}

# The rules: every way to match ftfy's expression for bad sequences, as a list of sets, one a character. A set is its members, or begins with
# a backslash and is a class of the expression (\\s, \\w, \\. for any but a line feed, \\^ and members for all others). A rule that begins
# with the set "\\A" matches at the start of the text only.
from re import _constants as C, _parser


def chars(items):
    out = ""
    for op, arg in items:
        if op is C.LITERAL:
            out += chr(arg)
        elif op is C.RANGE:
            out += "".join(map(chr, range(arg[0], arg[1] + 1)))
        else:
            raise ValueError(op)
    return "".join(sorted(set(out)))


def one(op, arg):
    """Returns the ways to match one node, each a list of sets."""
    if op is C.LITERAL:
        return [[chr(arg)]]
    if op is C.NOT_LITERAL:
        return [["\\^" + chr(arg)]]
    if op is C.ANY:
        return [["\\."]]
    if op is C.AT and arg is C.AT_BEGINNING:
        return [["\\A"]]
    if op is C.IN:
        if arg[0][0] is C.NEGATE:
            return [["\\^" + chars(arg[1:])]]
        if arg[0][0] is C.CATEGORY and len(arg) == 1:
            return [[{C.CATEGORY_SPACE: "\\s", C.CATEGORY_WORD: "\\w"}[arg[0][1]]]]
        return [[chars(arg)]]
    if op is C.BRANCH:
        return [w for branch in arg[1] for w in ways(branch)]
    if op is C.SUBPATTERN:
        return ways(arg[3])
    if op is C.MAX_REPEAT and arg[:2] == (0, 1):
        return [[]] + ways(arg[2])
    raise ValueError(op)


def ways(nodes):
    out = [[]]
    for op, arg in nodes:
        out = [a + b for a in out for b in one(op, arg)]
    return out


rules = ways(_parser.parse(badness.BADNESS_RE.pattern, re.VERBOSE))
sets = list(dict.fromkeys(s for rule in rules for s in rule))
tables = {"sets": sets, "rules": [[sets.index(s) for s in rule] for rule in rules], **{k: classes[k] for k in chardata.UTF8_CLUES}}
lines = ",\n".join(f"  {json.dumps(k)}: {json.dumps(v, separators=(',', ':'))}" for k, v in tables.items())
(here.parent / "ftfy" / "tables.json").write_text("{\n" + lines + "\n}\n")
print(len(rules), "rules of at most", max(map(len, rules)), "characters,", len(sets), "sets")

rng = random.Random(11)
captions = [c["text"] for c in json.load(open(here / "captions.json", encoding="utf-8"))["captions"]]
hard = [c["text"] for c in json.loads(gzip.decompress((here / "hard.json.gz").read_bytes()))]
extra = json.loads(gzip.decompress((here / "kinds.json.gz").read_bytes()))["extra"]
texts = captions + hard + extra
sentences = [
    "déjà vu à la carte, naïve Zoë", "“curly” ‘quotes’ — dash – … • ™", "Ünïcödé größe straße", "Žluťoučký kůň úpěl ďábelské ódy", "Zażółć gęślą jaźń", "Привет, мир! Ёлка №5", "Γειά σου Κόσμε", "Türkçe İstanbul ğüşiöç",
    "一只猫坐在沙发上", "猫と犬", "고양이와 개", "שלום עולם", "مرحبا بالعالم", "สวัสดี", "नमस्ते दुनिया", "👍🏽 ❤️ 🐶 emoji", "señor años ¿qué? ¡sí!", "€100 £50 ¥20 ½ ¼ °C ±5 ²³", "Ångström øre æble", "à", "á é í ó ú", "às vezes àquele", "«voilà»",
    "l’été", "it’s", "Lietuviškas šuniukas ąčęėįšųūž", "Ț ț Ș ș", "Đặng Tiếng Việt", "naïveté — “ok”", "¯\\_(ツ)_/¯", "© 2024 ® ™ ¶ §", "\u00a0nbsp\u00a0", "ﬁne", "Ø øl",
]
codecs = ["latin-1", "windows-1252", "sloppy-windows-1252", "sloppy-windows-1251", "sloppy-windows-1250", "sloppy-windows-1253", "sloppy-windows-1254", "sloppy-windows-1257", "iso-8859-2", "macroman", "cp437"]
import ftfy.bad_codecs


def garble(s, codec):
    return s.encode("utf-8").decode(codec, "replace")


for s in sentences:
    texts.append(s)
    for c in codecs:
        once = garble(s, c)
        texts.append(once)
        texts.append("plain words, then " + once + " and more")
        texts.append(once.replace("\xa0", " "))
        if rng.random() < 0.4:
            texts.append(garble(once, rng.choice(codecs)))
        if rng.random() < 0.3:
            texts.append(garble(s, rng.choice(codecs)) + " / " + once + "\n" + s)
        if rng.random() < 0.3 and once:
            k = rng.randrange(len(once))
            texts.append(once[:k] + rng.choice("?\ufffd\x1a ") + once[k + 1:])
alphabet = "".join(classes.values())
for _ in range(700):
    pool = "".join(classes[k] for k in rng.sample(sorted(classes), rng.randint(1, 4))) + "ab Z.,?"
    texts.append("".join(rng.choice(pool) for _ in range(rng.randint(1, 14))))
for _ in range(200):
    texts.append("".join(rng.choice(alphabet + "abc <&;") for _ in range(rng.randint(1, 10))))
texts += [
    "&amp;amp; &lt;b&gt;", "&AMP; &NTILDE; &EACUTE; &SZLIG; &nTILDE;", "&amp", "&ampx &notit; &notit &not; &no", "&#65;&#x41;&#X41 &#65", "&#0; &#13; &#128; &#129; &#x9f;", "&#1; &#x7f; &#xfdd0; &#xffff; &#x1fffe;", "&#xd800; &#x110000; &#99999999999999999999999;",
    "&#59; &#x3b; &semi;", "&#; &#x; &#xg; &; && &a", "&CounterClockwiseContourIntegral; &acE; &NotEqualTilde;", "AT&T R&D x&y", "&lt;&lt", "<b>&amp;</b>", "&amp; <b>\n&amp;", "&amp;\n<b>\n&amp; &eacute;", "&eacute;&egrave", "&amp'x &amp=5 &copy2024 &copy;2024", "&hellip;&nbsp;&mdash;",
    "&zwnj;|&shy;|&ensp;|", "&#160;&#8217;&#x2019;", "&ngE; &fjlig; &bne; &IJLIG; &FRAC12;", "&abcdefghijklmnopqrstuvwxyzabcdef;", "\x1b[36;44mblue\x1b[0m \x1b[m \x1b[1;2", "\x1b]0;t\x07", "a\r\nb\rc\u2028d\u2029e\x85f", "\ufeffbom\ufeff \ufff9\ufffa\ufffb\ufffc \u206a\u206f",
    "ＬＯＵＤ　ＮＯＩＳＥＳ", "ｶﾀｶﾅ ﾊﾟﾝ ￠￡￢￣￤￥￦ ￨￩", "Ǆ ǅ ǆ Ĳ ŉ ﬅ ﬆ", "‚low‛ ‟x„ ʼn", "ÃƒÂ©", "sÃ³", "voilÃ le travail", "Ã ", " Ã  Ã s Ã quele", "a Ã b", "Â ", "x Â x", "fÃ cil", "â€œ like this â€�", "â€", "ðŸ\x98\x8d", "ðŸ˜", "í\xa0½í¸\x8d", "À\x80", "í ½í²©", "Ã\xad\xa0", "\x80\x93\x9d", "caf\x82 \x92s",
    "<start_of_text>", "a<end_of_text>b", "<START_OF_TEXT>", "<ſtart_of_text>", "<|startoftext|> <|endoftext|>", "'ſ 'S 'LL 'ſs", "İ", "ΟΔΟΣ ΣΑΣ", "\x1c a \x1f b", "ÐŸÑ€Ð¸Ð²ÐµÑ‚", "РџСЂРёРІРµС‚", "à²¬à³†à²‚à²—à²³à³‚à²°à³", "Ã©tÃ© Ã©", "\u00c3\u00a9" * 400, "Ã" * 300, "&amp;" * 2000, ("Ã© " * 3400)[:10000], "‡å", "snake_case A-B", "_ __ a_",
]
texts = [t for t in dict.fromkeys(texts) if not any(0xD800 <= ord(c) < 0xE000 for c in t)]
simple = oc.SimpleTokenizer()
rows, ids = [], []
for t in texts:
    row = [t, fix_text(t), html.unescape(t), oc._clean_lower(t), oc._clean_canonicalize(t)]
    rows.append([row[0]] + [b if b != a else None for a, b in zip(row, row[1:])])
    n = ([simple.sot_token_id] + simple.encode(t))[:76] + [simple.eot_token_id]
    ids.append(n)
entities = [[n, c] for n, c in html.entities.html5.items()]
upper = [[k, v] for k, v in chardata.HTML_ENTITIES.items() if k[1:] not in html.entities.html5]
tables = {c: bytes(range(256)).decode(c) for c in chardata.CHARMAP_ENCODINGS}  # of the second file
data = json.dumps({"rows": rows, "ids": ids, "entities": entities, "upper": upper, "tables": tables}, ensure_ascii=True, separators=(",", ":")).encode()
(here / "clean_open_clip.json.gz").write_bytes(gzip.compress(data, 9, mtime=0))
print(len(texts), "texts;", sum(r[1] is not None for r in rows), "changed by ftfy")
