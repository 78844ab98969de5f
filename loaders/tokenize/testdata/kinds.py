"""Writes kinds.json.gz and kinds/: small tokenizers of every kind, trained here, and the ids that the reference gives for hard texts.

The texts are those of hard.json.gz and the list below. The references are the tokenizers package for every tokenizer.json, sentencepiece for
a model file read plainly, transformers' SiglipTokenizer for one read as SigLIP's, BERT's own BasicTokenizer and WordpieceTokenizer (as
package cn_clip ships them) for a vocab.txt that stands alone. Versions that made the frozen files: tokenizers 0.23.3, sentencepiece 0.2.3,
transformers 5.23.0, cn_clip 1.6.0, Python 3.11. Run: python kinds.py (beside hard.json.gz and captions.json, cn_clip importable).
"""
import base64, gzip, io, json, os, pathlib, random, string, sys, tempfile
import sentencepiece as spm
from sentencepiece import sentencepiece_model_pb2 as pb
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers as N, pre_tokenizers as P, processors, trainers

here = pathlib.Path(__file__).parent
out = here / "kinds"
hard = [c["text"] for c in json.loads(gzip.decompress((here / "hard.json.gz").read_bytes()))]
captions = [c["text"] for c in json.load(open(here / "captions.json", encoding="utf-8"))["captions"]]

extra = [
    "[CLS] a [SEP] b [PAD]", "[MASK]", "a[MASK]b", "x [MASK]  y", "[cls] [sep]", "[UNK] word", "[unused1] x", "<s> a </s> b <pad>", "<mask>", "a <mask> b", "a  <mask>  b", "a<mask>b",
    "</s>", "</s></s>", "a</s>b", "a </s> b", " </s> a", "the end</s>", "the end </s> ", "<unk>", "a<unk>b <unk> c", "<unk><unk>", "<UNK> </S> <PAD>", "<pad><pad>a", "<eos>", "a<eos>b", "<bos>x", "<BOS>",
    "▁", "▁▁", "▁a", "a▁b", " ▁ a", "▁ ▁</s>", "a ▁▁ b", "<0x41>", "<0x0A><0xFF>", "a<0x20>b", "<extra> <Extra>x", "xx<extra>", "an extraword", "extraword", "extraword_", "(extraword)", "é extraword é", "extraword extraword",
    "don't stop-me now...", "snake_case_name", "don’t", "U.S.A.", "ΟΔΟΣ ΣΑΣ", "ΌΣΟΣ", "İstanbul'da", "ǅ ǆ", "naïve façade coöperate", "Ångström Å", "¿qué? ¡sí!", "«a»", "①②③ ㎏ ㌔ ﷺ", "ﬃ ﬄ ﬅ", "Ⅷ ⅷ", "ｶﾞｷﾞ", "가나다 각",
    "e\u0301 a\u030a o\u0308", "e\u0301\u0301", "ö\u0323", "A\u0300\u0301", "\u00a9\u200d\u00a9", "a\u200db", "\u0600a", "\u0600\u0301", "x\u20dd", "\u1100\u1161", "क्\u200dष", "\r\n\r\n", "a\r\nb\rc", "\u0e33 ำ กำ", "\u0903a\u0903", "\ufe0f", "1\ufe0f\u20e3",
    "\u166d \u111c9 ", "\u061d\u2e52", "\u0378", "\ue000x", "\u2b820\U0002b820\U0002b920", "𠀀𠀁", "㐀", "豈", "々〆", "ー", "中文English混排123", "日本語とEnglish", "한국어와 English", "ไทยและ English", "हिन्दी और English", "عربي و English",
    "w" * 99, "w" * 100, "w" * 101, "w" * 200, "w" * 201, "é" * 100, "é" * 101, "猫w" * 60, "the" * 34, "##the", "a##b", "## #", "ing", "##", "￿", "\u2581\u2581\u2581x", "  a  ", "\u3000a\u3000\u3000b", "\x1ca\x1cb", "a\u2028b",
    "😀😃😄", "q😀q", "❤️‍🔥", "zzzzqqqqxxxx", "ЖЖЖЖ", "ꙮꙮ a ꙮ", "𓀀𓀁", "a\u0301\u0302\u0303\u0304\u0305" * 20,
]
texts = list(dict.fromkeys(hard + extra))
corpus = [t for t in captions * 2 + hard[:430] if len(t) < 400] * 3
rng = random.Random(7)
rng.shuffle(corpus)
cases = {}


def save(name, files):
    for file, data in files.items():
        path = out / name / (file + ".gz")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(gzip.compress(data if isinstance(data, bytes) else data.encode(), 9, mtime=0))


def record(name, ids, context, **more):
    rows = [ids(t) for t in texts]
    assert len(rows) == len(texts) and all(len(r) <= context for r in rows)
    cases[name] = {"context": context, "ids": rows, **more}


def fast(name, tokenizer, context, config=None, **more):
    spec = json.loads(tokenizer.to_str())
    spec.pop("decoder", None)
    text = json.dumps(spec, ensure_ascii=False, separators=(",", ":"))
    files = {"tokenizer.json": text}
    if config is not None:
        files["tokenizer_config.json"] = json.dumps(config)
    save(name, files)
    again = Tokenizer.from_str(text)
    again.enable_truncation(context)
    record(name, lambda t: again.encode(t).ids, context, **more)
    return again


# SentencePiece Unigram: a model file, read plainly, as XLM-R's and as SigLIP's, and tokenizer.json made from it.
with tempfile.TemporaryDirectory() as tmp:
    corpus_file = os.path.join(tmp, "corpus.txt")
    with open(corpus_file, "w", encoding="utf-8") as f:
        for line in corpus:
            f.write(" ".join(line.split()) + "\n")

    def train(**kw):
        prefix = os.path.join(tmp, "m")
        options = dict(input=corpus_file, model_prefix=prefix, model_type="unigram", character_coverage=0.98, minloglevel=2, num_threads=1, hard_vocab_limit=False)
        spm.SentencePieceTrainer.train(**{**options, **kw})
        return open(prefix + ".model", "rb").read()

    siglip = train(vocab_size=1800, pad_id=0, eos_id=1, unk_id=2, bos_id=-1, pad_piece="<pad>")
    plain = train(vocab_size=1700, byte_fallback=True, user_defined_symbols=["<extra>", "ing", "猫"], normalization_rule_name="identity", add_dummy_prefix=False, remove_extra_whitespaces=False, pad_id=3)
    xlmr = train(vocab_size=1500, normalization_rule_name="nmt_nfkc_cf")
    keep = train(vocab_size=1400, treat_whitespace_as_suffix=True, normalization_rule_name="nfkc", user_defined_symbols=["▁a▁", "é"])


def processor(model):
    sp = spm.SentencePieceProcessor()
    sp.LoadFromSerializedProto(model)
    return sp


def cut(ids, context, before=(), behind=()):
    return list(before) + ids[: context - len(before) - len(behind)] + list(behind)


save("spm_plain", {"spiece.model": plain, "tokenizer_config.json": json.dumps({"tokenizer_class": "T5Tokenizer"})})
save("spm_suffix", {"spiece.model": keep, "tokenizer_config.json": json.dumps({"tokenizer_class": "T5Tokenizer"})})
# Special tokens in the text are cut out before sentencepiece sees it.
import re


def with_specials(sp, text, specials, encode):
    ids = []
    for part in re.split("(" + "|".join(map(re.escape, specials)) + ")", text):
        if part in specials:
            ids.append(specials[part])
        elif part:
            ids += encode(part)
    return ids


for name, model in (("spm_plain", plain), ("spm_suffix", keep)):
    sp = processor(model)
    specials = {"</s>": sp.piece_to_id("</s>"), "<unk>": sp.piece_to_id("<unk>")}
    record(name, lambda t: cut(with_specials(sp, t, specials, sp.encode), 100, behind=[specials["</s>"]]), 100)

sp = processor(xlmr)
fairseq = {"<s>": 0, "<pad>": 1, "</s>": 2, "<unk>": 3, "<mask>": sp.get_piece_size() + 1}
save("spm_xlmr", {"sentencepiece.bpe.model": xlmr})


def encode_xlmr(text):
    text = re.sub(r"\s+<mask>", "<mask>", text)
    return with_specials(sp, text, fairseq, lambda part: [i + 1 if i else 3 for i in sp.encode(part)])


record("spm_xlmr", lambda t: cut(encode_xlmr(t), 60, [0], [2]), 60)

from transformers import SiglipTokenizer

config = {"tokenizer_class": "SiglipTokenizer", "do_lower_case": True, "eos_token": "</s>", "pad_token": "</s>", "unk_token": "<unk>", "model_max_length": 64}
save("spm_siglip", {"spiece.model": siglip, "tokenizer_config.json": json.dumps(config)})
with tempfile.TemporaryDirectory() as tmp:
    path = os.path.join(tmp, "spiece.model")
    open(path, "wb").write(siglip)
    slow = SiglipTokenizer(path, model_max_length=64)
    record("spm_siglip", lambda t: slow(t, truncation=True, max_length=64)["input_ids"], 64, pad=1)


def unigram(model, **kw):
    proto = pb.ModelProto.FromString(model)
    vocab = [(p.piece, p.score) for p in proto.pieces]
    unk = [p.type for p in proto.pieces].index(2)
    return Tokenizer(models.Unigram(vocab, unk_id=unk, **kw)), proto.normalizer_spec.precompiled_charsmap, [p.piece for p in proto.pieces]


def special(*names, **kw):
    return [AddedToken(n, special=True, normalized=False, **kw) for n in names]


t, charsmap, _ = unigram(siglip)
t.normalizer = N.Sequence([N.Lowercase(), N.Replace(Regex("[" + re.escape(string.punctuation) + "]"), ""), N.Replace(Regex(r"\s+"), " "), N.Strip(), N.Precompiled(charsmap), N.Replace(Regex(" {2,}"), " ")])
t.pre_tokenizer = P.Metaspace()
t.add_special_tokens(special("<pad>", "</s>", "<unk>"))
t.post_processor = processors.TemplateProcessing(single="$A </s>", special_tokens=[("</s>", 1)])
fast("unigram_siglip", t, 64)

proto = pb.ModelProto.FromString(xlmr)
vocab = [("<s>", 0.0), ("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0)] + [(p.piece, p.score) for p in proto.pieces[3:]] + [("<mask>", 0.0)]
t = Tokenizer(models.Unigram(vocab, unk_id=3))
t.normalizer = N.Precompiled(proto.normalizer_spec.precompiled_charsmap)
t.pre_tokenizer = P.Sequence([P.WhitespaceSplit(), P.Metaspace()])
t.add_special_tokens(special("<s>", "<pad>", "</s>", "<unk>") + special("<mask>", lstrip=True))
t.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0))
fast("unigram_xlmr", t, 60, pad=1)

t, _, _ = unigram(plain, byte_fallback=True)
t.normalizer = N.Sequence([N.Nmt(), N.NFKC(), N.StripAccents(), N.Prepend("▁"), N.Replace(" ", "▁")])
t.pre_tokenizer = P.Metaspace(prepend_scheme="first", split=False)
t.add_special_tokens(special("</s>", "<s>"))
t.add_tokens([AddedToken("extraword", single_word=True, normalized=True), AddedToken("<extra>", rstrip=True, normalized=False)])
fast("unigram_bytes", t, 512, {"eos_token": "</s>"})

t, _, _ = unigram(plain)
t.normalizer = N.Sequence([N.NFKD(), N.Strip()])
t.pre_tokenizer = P.Metaspace(prepend_scheme="first")
t.add_special_tokens(special("<s>", "</s>", "<unk>"))
t.post_processor = processors.TemplateProcessing(single="<s> $A </s> </s>", special_tokens=[("<s>", 1), ("</s>", 2)])
fast("unigram_first", t, 77)

# Byte-fallback BPE: Gemma's and SigLIP 2's.
bytes256 = [f"<0x{b:02X}>" for b in range(256)]
trainer = trainers.BpeTrainer(vocab_size=1500, special_tokens=["<pad>", "<eos>", "<bos>", "<unk>", "<mask>"] + bytes256, show_progress=False, limit_alphabet=300)
base = Tokenizer(models.BPE(unk_token="<unk>"))
base.normalizer = N.Sequence([N.Lowercase(), N.Replace(" ", "▁")])
base.train_from_iterator(corpus, trainer)
spec = json.loads(base.to_str())


def bpe(**kw):
    return Tokenizer(models.BPE(vocab=spec["model"]["vocab"], merges=[tuple(m) for m in spec["model"]["merges"]], unk_token="<unk>", **kw))


t = bpe(byte_fallback=True, fuse_unk=True)
t.normalizer = N.Replace(" ", "▁")
t.pre_tokenizer = P.Split(" ", "merged_with_previous")
t.add_special_tokens(special("<pad>", "<eos>", "<bos>", "<unk>", "<mask>"))
t.add_tokens([AddedToken(n, special=False, normalized=False) for n in ("\n\n", "▁▁", "▁▁▁", "<extra>")])
t.post_processor = processors.TemplateProcessing(single="<bos> $A", special_tokens=[("<bos>", 2)])
gemma = {"tokenizer_class": "GemmaTokenizer", "add_bos_token": True, "add_eos_token": False, "bos_token": "<bos>", "eos_token": "<eos>", "pad_token": "<pad>"}
fast("bpe_gemma", t, 512, gemma, pad=0)
# transformers lowers the case for SigLIP 2 though the file does not say so; the frozen ids come from the file with Lowercase put in.
t.normalizer = N.Sequence([N.Lowercase(), N.Replace(" ", "▁")])
t.post_processor = processors.TemplateProcessing(single="$A <eos>", special_tokens=[("<eos>", 1)])
t = fast("bpe_siglip2", t, 64, pad=0)
text = json.loads(gzip.decompress((out / "bpe_siglip2" / "tokenizer.json.gz").read_bytes()))
text["normalizer"] = text["normalizer"]["normalizers"][1]
text["post_processor"] = None
save("bpe_siglip2", {"tokenizer.json": json.dumps(text, ensure_ascii=False, separators=(",", ":")), "config.json": json.dumps({"model_type": "siglip"}),
                     "tokenizer_config.json": json.dumps({**gemma, "add_bos_token": False, "add_eos_token": True})})

t = bpe(ignore_merges=True)
t.normalizer = N.Sequence([N.NFC(), N.Lowercase()])
t.pre_tokenizer = P.Sequence([P.Split(" ", "isolated"), P.Punctuation(), P.Metaspace(prepend_scheme="never")])
t.add_special_tokens(special("<eos>"))
t.add_tokens([AddedToken("Extraword", normalized=True)])
fast("bpe_unknown", t, 100, {"eos_token": "<eos>", "tokenizer_class": "PreTrainedTokenizerFast"})

# BERT WordPiece.
trainer = trainers.WordPieceTrainer(vocab_size=1600, special_tokens=["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "[unused1]"], show_progress=False, limit_alphabet=500)
base = Tokenizer(models.WordPiece(unk_token="[UNK]"))
base.normalizer = N.BertNormalizer()
base.pre_tokenizer = P.BertPreTokenizer()
base.train_from_iterator([" ".join(c.split()) for c in corpus] + [c.upper() for c in captions[:60]], trainer)
vocab = base.get_vocab()
lines = sorted(vocab, key=vocab.get)


def wordpiece(name, normalizer, context, **more):
    t = Tokenizer(models.WordPiece(vocab, unk_token="[UNK]"))
    t.normalizer, t.pre_tokenizer = normalizer, P.BertPreTokenizer()
    t.add_special_tokens(special("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"))
    t.post_processor = processors.TemplateProcessing(single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)])
    return fast(name, t, context, pad=0, **more)


uncased = wordpiece("wordpiece", N.BertNormalizer(), 512)
wordpiece("wordpiece_cased", N.BertNormalizer(lowercase=False, handle_chinese_chars=False), 77)
wordpiece("wordpiece_accents", N.BertNormalizer(strip_accents=False, clean_text=False), 77)
save("vocab_txt", {"vocab.txt": "\n".join(lines) + "\n", "tokenizer_config.json": json.dumps({"do_lower_case": True, "model_max_length": 512})})
record("vocab_txt", lambda t: uncased.encode(t).ids, 512, pad=0)

from cn_clip.clip.bert_tokenizer import FullTokenizer

save("vocab_txt_alone", {"vocab.txt": "\n".join(lines) + "\n"})
with tempfile.TemporaryDirectory() as tmp:
    path = os.path.join(tmp, "vocab.txt")
    open(path, "w", encoding="utf-8").write("\n".join(lines) + "\n")
    original = FullTokenizer(path)
    record("vocab_txt_alone", lambda t: cut(original.convert_tokens_to_ids(original.tokenize(t)), 52, [2], [3]), 52, pad=0)

data = json.dumps({"extra": extra, "cases": cases}, ensure_ascii=True, separators=(",", ":")).encode()
(here / "kinds.json.gz").write_bytes(gzip.compress(data, 9, mtime=0))
print(len(texts), "texts;", len(cases), "tokenizers")
