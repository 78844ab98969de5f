"""Writes hard.json.gz: texts that are hard to tokenize, with the ids of the tokenizers package, truncated to 77.

Versions that made the frozen file: tokenizers 0.23.3, Python 3. Run: python hard.py TOKENIZER_JSON (CLIP's, 49,408 tokens).
Three forms of that file are used: as it is ("ids"), with the older pattern that does not name the special tokens ("old"), and with
added tokens marked normalized ("normalized"); the last two are written only where they differ from "ids". "small" is the vocabulary of
small/tokenizer.json, CLIP's cut to its first 1,022 merges.
"""
import gzip, json, pathlib, random, sys, unicodedata
from tokenizers import Tokenizer

source = json.load(open(sys.argv[1], encoding="utf-8"))

def build(change):
    spec = json.loads(json.dumps(source))
    change(spec)
    t = Tokenizer.from_str(json.dumps(spec))
    t.enable_truncation(77)
    return t

def old_pattern(spec):
    pattern = spec["pre_tokenizer"]["pretokenizers"][0]["pattern"]
    pattern["Regex"] = pattern["Regex"].replace(r"<\|startoftext\|>|<\|endoftext\|>|", "")

def normalized(spec):
    for token in spec["added_tokens"]:
        token["normalized"] = True

forms = {"ids": build(lambda s: None), "old": build(old_pattern), "normalized": build(normalized)}
small = Tokenizer.from_file(str(pathlib.Path(__file__).with_name("small") / "tokenizer.json"))
small.enable_truncation(77)

texts = [
    "", " ", "\n", "\t \r\n", "a", "A", "'", "''", "'s", "'S", "it's", "IT'S", "It'S", "I'M HE'LL WE'VE THEY'RE SHE'D DON'T", "''s", "!'s", "a's's", "'sx", "'rex", "'LLAMA",
    "o’clock it’s", "‘s", "'ſ", "ſ's", "K Å Ω", "İ", "İSTANBUL", "Iı iİ", "DİYARBAKIR'S", "ΟΔΥΣΣΕΥΣ", "ΣΑΣ σας ς Σ", "ὈΔΥΣΣΕΎΣ", "Straße STRASSE ẞ", "Ǆ ǅ ǆ Ǉ", "ﬁ ﬂ ﬃ",
    "café", "cafe\u0301", "CAFE\u0301", "e\u0301\u0323", "e\u0323\u0301", "\u1e9b\u0323", "q\u0307\u0323", "ṩ", "s\u0323\u0307", "s\u0307\u0323", "Å", "A\u030a", "\u212b",
    "\u0344", "\u0958", "\u2126", "\u1100\u1161\u11a8", "각", "\u1100\u1161", "ᄀ각ᆨ", "가\u11a8", "\uac00\u11a7", "\u0b47\u0b56", "\u09c7\u09be", "\u0cc6\u0cc2\u0cd5", "\U0001109a\u0000\U000110ba".replace("\0", ""),
    "\u0301", "\u0301a", "a\u0301\u0301", "a" + "\u0301" * 29, "a" + "\u0301" * 30, "a" + "\u0301" * 31, "a" + "\u0301" * 45, "a" + "\u0323\u0301" * 40, "a" + "\u0301\u0323" * 40 + "b\u0301",
    "z" + "".join(chr(0x300 + i % 70) for i in range(200)), "\u0301" * 40 + "e\u0301", "a\u034f\u0301" + "\u0316" * 35, "각" + "\u302e" * 33, "\u0344" * 20,
    "<|startoftext|>", "<|endoftext|>", "<|endoftext|><|startoftext|>", "a<|endoftext|>b", "a <|startoftext|> b", "<|STARTOFTEXT|>", "x<|EndOfText|>!!!", "!<|ENDOFTEXT|>", "<|ENDOFTEXT|>!!!",
    "<|<|endoftext|>|>", "<|startoftext", "<|endoftext|", "<|ENDOFTEXT |>", "<|ſtartoftext|>", "<|startofteXt|><|STARTOFTEXT|>'s", "'s<|endoftext|>'s", "<|endoftext|>" * 80, "<|STARTOFTEXT|>" * 40,
    "cafe<|endoftext|>\u0301", "e<|startoftext|>\u0301<|STARTOFTEXT|>\u0301", "<|endoftext|>\u0301x", "</w>", "a</w>", "the</w> cat</w>", "Ġthe", "âĢĻ", "Â«", "<pad>", "[CLS]", "<unk>", "\\n \\u0041",
    "\x00", "a\x00b", "\x01\x02\x1b[31mred\x1b[0m", "\x7f", "\x80\x85\x9f", "a\x85b", "a\x1cb\x1db\x1eb\x1fb", "\ufeffbom", "a\ufeffb", "\ufffd", "\ufffe\uffff", "\u00ad soft\u00adhyphen", "\u061c\u200e\u200f\u202e rtl \u202c",
    "a\u00a0b", "a\u1680b", "a\u180eb", "".join(chr(c) + "x" for c in range(0x2000, 0x2010)), "a\u2028b\u2029c", "a\u202fb\u205fc\u3000d", "a\u200bb\u200cc\u200dd\u2060e", "\u3000全角　スペース", "  lead", "trail  ", "a  b\t\tc\n\nd",
    "👍", "👍🏽", "👨‍👩‍👧‍👦", "👩🏾‍🚀 in space", "🏳️‍🌈", "🇨🇭🇹🇷", "❤️ ❤", "☺️☺", "1️⃣2️⃣", "🫠🫨🩷", "😀😀😀😀", "👁️‍🗨️", "🧑🏻‍❤️‍💋‍🧑🏿", "\U0001fae8\U0001fa77", "©®™", "🅰️🆎", "\u263a\ufe0e", "👨👩", "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
    "一只猫", "猫と犬が座っている", "ｶﾞｷﾞｸﾞ ガギグ", "か\u3099き\u3099", "고양이와 개", "सड़क पर एक बिल्ली", "क्षि क्ष", "แมวบนเสื่อ", "قطة على السجادة", "القِطَّةُ", "חָתוּל על מחצלת", "кошка НА ковре", "Ёлка ёлка й и\u0306", "γάτα στο χαλί", "Γάτα ΣΤΟ", "ąęłżź ĄĘŁŻŹ", "Tiếng Việt có dấu", "Tiê\u0301ng Viê\u0323t",
    "კატა ᲙᲐᲢᲐ", "Կատու ԿԱՏՈՒ", "አማርኛ", "ꙮ Ꙗ", "ᏣᎳᎩ ꮳꮃꭹ", "𝔘𝔫𝔦𝔠𝔬𝔡𝔢 𝐁𝐨𝐥𝐝", "ＦＵＬＬｗｉｄｔｈ　１２３", "𐐀𐐨 𞤀𞤢", "𒀀𒁀", "ⅠⅡⅢ ⅳ", "½ ¼ ²³ ①② ㊿", "٠١٢ ०१२ ๐๑๒", "1234567890", "3.14159", "1,000,000", "a1b2c3", "mp3 h264 4k", "²³x", "x²", "№5", "50% off $9.99 €5 £3 ¥100",
    "\u1c89 \ua7cb \ua7dc \U00010d50\U00010d40", "\U0001e5d0\U0001e5f1", "\ua7ce\ua7d2", "\U0002ebf0\U0001ccf0", "\U00016ea0", "\u0378\u0379", "\ue000\uf8ff", "\U000f0000\U0010ffff",
    "!!!!!!!", "!!!!!!!!!!!!!", "?????!!!!!", "........", "-----", "_____a_b__c", "a-b–c—d", "...!!!???", "#hashtag @user", "http://example.com/a?b=c&d=e#f", "foo@bar.com", "C++ C# F#", "&amp; &lt;b&gt; &#39;", "â€™ Ã©", "\"quoted\" «quoted» „low“", "(a)[b]{c}<d>", "^_^ :-) ;D <3 ¯\\_(ツ)_/¯", "~!@#$%^&*()_+`-={}|[]\\:\";'<>?,./",
    "aaaaaaaaaaaaa", "hahahahahahaha", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "sssssss", "lolololol", "nananananana batman", "mmmmmmmm good", "ababababababab", "oooooooooooooooooooooh",
    "supercalifragilisticexpialidocious", "Pneumonoultramicroscopicsilicovolcanoconiosis", "Donaudampfschifffahrtsgesellschaftskapitän", "x" * 500, "é" * 300, "猫" * 100, "a " * 200, "the cat " * 60, "!" * 10000, "a1" * 60, "word " * 76, "word " * 75 + "word", "word " * 74,
    "".join(chr(0x61 + i * 7 % 26) for i in range(10000)), ("A photo of a cat, " * 600)[:10000], "\u0301" * 10000, "👍" * 2500, " " * 10000 + "end", "😀 " * 3000, "İ" * 200,
]
rng = random.Random(20240501)
alphabets = [
    "abcdefghijklmnopqrstuvwxyz", "ABCdefGHI 'sStT", "!?.,'-\" ", "aeiouäöüéèñç ÄÖÜÉ", "αβγδσςΣΆάΐ ", "абвгйЙёЁ ", "猫犬山川かなカナ゙゚ ", "कखगि्ी ़", "אבגּש ِّابت", "👍🏽👨‍👩\ufe0f🇹🇷 ", "0123456789½²Ⅳ٣ ", "\u0301\u0323\u0307aeiouyAEs ", "<|startofendx>| ", "'sS'tT'reRE'llLL dDmM", "ha!", "\u00a0\u2003\u3000\u200b\t\nx",
]
while len(texts) < 520:
    mix = "".join(rng.sample(alphabets, rng.randint(1, 3)))
    texts.append("".join(rng.choice(mix) for _ in range(rng.randint(1, 60))))
assigned = [chr(c) for c in range(0x110000) if not 0xD800 <= c < 0xE000 and unicodedata.category(chr(c)) not in ("Cn", "Co")]
while len(texts) < 620:
    texts.append("".join(rng.choice(assigned) for _ in range(rng.randint(1, 25))))

cases = []
for text in dict.fromkeys(texts):
    case = {"text": text}
    for name, tokenizer in forms.items():
        ids = tokenizer.encode(text).ids
        if name == "ids" or ids != case["ids"]:
            case[name] = ids
    case["small"] = small.encode(text).ids
    cases.append(case)
print(len(cases), "texts;", sum("old" in c for c in cases), "differ by pattern,", sum("normalized" in c for c in cases), "by normalized tokens")
data = json.dumps(cases, ensure_ascii=True, separators=(",", ":")).encode()
pathlib.Path(__file__).with_name("hard.json.gz").write_bytes(gzip.compress(data, 9, mtime=0))
