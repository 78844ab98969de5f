package tokenize

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	sugarme "github.com/sugarme/tokenizer/model"
	"github.com/sugarme/tokenizer/model/wordpiece"

	"mindgap/models/fault"
)

// TestKindFaults: what is wrong with a file of these kinds is said, with its name.
func TestKindFaults(t *testing.T) {
	siglip := kindFiles(t, "spm_siglip")["spiece.model"].Data
	charsmap := bytes.Index(siglip, []byte("nmt_nfkc"))
	if charsmap < 0 {
		t.Fatal("no charsmap in the fixture")
	}
	broken := bytes.Clone(siglip)
	copy(broken[charsmap+len("nmt_nfkc")+4:], "\xff\xff\xff\x7f") // the length of its trie
	bert := string(kindFiles(t, "wordpiece")["tokenizer.json"].Data)
	xlmr := string(kindFiles(t, "unigram_xlmr")["tokenizer.json"].Data)
	gemma := string(kindFiles(t, "bpe_gemma")["tokenizer.json"].Data)
	vocab := string(kindFiles(t, "vocab_txt_alone")["vocab.txt"].Data)
	edit := func(text, old, new string) string {
		out := strings.Replace(text, old, new, 1)
		if out == text {
			t.Fatalf("%s is not in the fixture", old)
		}
		return out
	}
	for _, c := range []struct {
		name, file, text string
		want             []string
	}{
		{"no model", "spiece.model", "not a model at all", []string{"spiece.model", "no SentencePiece model"}},
		{"HTML", "spiece.model", "<!doctype html><html></html>", []string{"spiece.model"}},
		{"empty model", "spiece.model", "", []string{"spiece.model", "no pieces"}},
		{"cut model", "spiece.model", string(siglip[:len(siglip)/2]), []string{"spiece.model", "cut", "download"}},
		{"LFS pointer", "spiece.model", "version https://git-lfs.github.com/spec/v1\noid sha256:ad67\n", []string{"Git LFS pointer"}},
		{"broken charsmap", "spiece.model", string(broken), []string{"spiece.model", "charsmap"}},
		{"BPE model", "spiece.model", "\x0a\x03\x0a\x01a\x12\x02\x18\x02", []string{"type 2 (BPE)", "tokenizer.json"}},
		{"no unknown piece", "spiece.model", "\x0a\x03\x0a\x01a", []string{"no unknown token"}},
		{"no end", "spiece.model", "\x0a\x07\x0a\x05<unk>\x0a\x08\x0a\x04<un>\x18\x02", []string{"no piece", "</s>"}},
		{"piece twice", "spiece.model", "\x0a\x03\x0a\x01a\x0a\x03\x0a\x01a", []string{`piece "a" twice`}},
		{"not XLM-R", "sentencepiece.bpe.model", string(siglip), []string{"sentencepiece.bpe.model", "XLM-R"}},
		{"vocab.txt without [CLS]", "vocab.txt", edit(vocab, "[CLS]", "[CLX]"), []string{"vocab.txt", `"[CLS]"`}},
		{"vocab.txt not text", "vocab.txt", "\xff\xfe", []string{"UTF-8"}},
		{"WordPiece without its unknown token", "tokenizer.json", edit(bert, `"unk_token":"[UNK]"`, `"unk_token":"[UNX]"`), []string{"tokenizer.json", "[UNX]"}},
		{"WordPiece id twice", "tokenizer.json", edit(bert, `"[unused1]":5`, `"[unused1]":4`), []string{"id 4 twice"}},
		{"template of a stranger", "tokenizer.json", edit(bert, `"special_tokens":{"[CLS]"`, `"special_tokens":{"[CLT]"`), []string{"post-processor"}},
		{"unknown normalizer", "tokenizer.json", edit(bert, `"BertNormalizer"`, `"BidiNormalizer"`), []string{`"BidiNormalizer"`, "BertNormalizer"}},
		{"unknown pre-tokenizer", "tokenizer.json", edit(bert, `"BertPreTokenizer"`, `"UnicodeScripts"`), []string{"UnicodeScripts"}},
		{"Split by expression", "tokenizer.json", edit(bert, `{"type":"BertPreTokenizer"}`, `{"type":"Split","pattern":{"Regex":"\\d"},"behavior":"Isolated","invert":false}`), []string{`\\d`}},
		{"lookahead", "tokenizer.json", edit(bert, `"normalizer":{`, `"normalizer":{"type":"Replace","pattern":{"Regex":"a(?=b)"},"content":""},"other":{`), []string{"Replace", "(?=b)"}},
		{"class of words", "tokenizer.json", edit(bert, `"normalizer":{`, `"normalizer":{"type":"Replace","pattern":{"Regex":"\\w"},"content":""},"other":{`), []string{`\w in a pattern`}},
		{"Unigram without unk_id", "tokenizer.json", edit(xlmr, `"unk_id":3`, `"unk_id":null`), []string{"no unk_id"}},
		{"Unigram, unk_id outside", "tokenizer.json", edit(xlmr, `"unk_id":3`, `"unk_id":9999999`), []string{"unk_id 9999999"}},
		{"Unigram, charsmap not base64", "tokenizer.json", edit(xlmr, `"precompiled_charsmap":"`, `"precompiled_charsmap":"!`), []string{"base64"}},
		{"Unigram, scores missing", "tokenizer.json", edit(xlmr, `["<s>",0.0]`, `["<s>"]`), []string{"does not parse", "1 instead of 2"}},
		{"Unigram, end outside", "tokenizer.json", edit(xlmr, `"sep":["</s>",2]`, `"sep":["</s>",2000000]`), []string{"special id 2000000"}},
		{"BPE without its unknown token", "tokenizer.json", edit(gemma, `"unk_token":"<unk>"`, `"unk_token":"<unx>"`), []string{"<unx>"}},
		{"BPE with a prefix", "tokenizer.json", edit(gemma, `"continuing_subword_prefix":null`, `"continuing_subword_prefix":"@@"`), []string{"continuing_subword_prefix"}},
		{"left truncation", "tokenizer.json", edit(gemma, `"truncation":null`, `"truncation":{"max_length":9,"direction":"Left"}`), []string{"truncation from the left"}},
		{"added id outside", "tokenizer.json", edit(gemma, `"added_tokens":[`, `"added_tokens":[{"id":-7,"content":"<new>"},`), []string{"id -7", "<new>"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Open(fstest.MapFS{c.file: {Data: []byte(c.text)}}, Options{})
			var f *fault.Error
			if !errors.As(err, &f) {
				t.Fatalf("error %v is no fault", err)
			}
			for _, want := range c.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%q does not say %q", err, want)
				}
			}
		})
	}
}

// TestWordPiecePlain: sugarme/tokenizer's WordPiece, which tries every length of every piece, gives the same ids for every word.
func TestWordPiecePlain(t *testing.T) {
	texts, _ := readKinds(t)
	fast := openKind(t, "wordpiece", Options{}).(*pipeline)
	w := fast.model.(*wordPiece)
	vocab := sugarme.Vocab(w.vocab)
	plain := wordpiece.NewWordPieceBuilder().Vocab(&vocab).MaxInputCharsPerWord(w.maxChars).Build()
	n := 0
	for _, text := range texts {
		for _, word := range splitBERT(nil, word{text: fast.normalize(text)}) {
			tokens, err := plain.Tokenize(word.text)
			if err != nil {
				t.Fatal(err)
			}
			var want []int
			for _, token := range tokens {
				want = append(want, token.Id)
			}
			if got := w.appendIDs(nil, word.text); !slices.Equal(got, want) {
				t.Errorf("%+q: %v, plain %v", word.text, got, want)
			}
			n++
		}
	}
	if n < 3000 {
		t.Errorf("only %d words", n)
	}
}

// TestUnigramPlain: on short words the best of all ways to cut them, found by trying each, has the score of the way that is taken.
func TestUnigramPlain(t *testing.T) {
	texts, _ := readKinds(t)
	u := openKind(t, "unigram_xlmr", Options{}).(*pipeline).model.(*unigram)
	scores := make(map[string]float64)
	for _, p := range u.pieces {
		scores[p.text] = p.score
	}
	var best func(word string) float64
	best = func(word string) float64 {
		if word == "" {
			return 0
		}
		first, top := runeLen(word[0]), -1e300
		for n := first; n <= len(word); n++ {
			if s, ok := scores[word[:n]]; ok {
				top = max(top, s+best(word[n:]))
			}
		}
		if _, ok := scores[word[:first]]; !ok {
			top = max(top, u.least-unknownPenalty+best(word[first:]))
		}
		return top
	}
	n := 0
	for _, text := range texts {
		for word := range strings.FieldsSeq(text) {
			if word = "▁" + word; len(word) > 16 {
				continue
			}
			sum, known := 0.0, true
			for _, id := range u.appendIDs(nil, word) {
				sum += u.pieces[id].score
				known = known && id != u.unknown
			}
			if want := best(word); known && (sum-want > 1e-9 || want-sum > 1e-9) {
				t.Errorf("%q: score %v, best %v", word, sum, want)
			}
			n++
		}
	}
	if n < 500 {
		t.Errorf("only %d words", n)
	}
}

// TestTrie: every prefix that is a key is found, whatever the number of children.
func TestTrie(t *testing.T) {
	var keys []string
	for a := range 256 {
		keys = append(keys, string([]byte{byte(a)}), string([]byte{'x', byte(a)}), string([]byte{'x', 'y', byte(a), 'z'}))
	}
	keys = append(keys, "", "x")
	tr := newTrie(keys)
	last := make(map[string]int)
	for i, k := range keys {
		last[k] = i
	}
	for _, k := range keys {
		node := int32(0)
		for i := range len(k) {
			if node = tr.step(node, k[i]); node == 0 {
				t.Fatalf("%q is not there", k)
			}
		}
		if k != "" && int(tr.nodes[node].value) != last[k] {
			t.Errorf("%q has value %d, wanted %d", k, tr.nodes[node].value, last[k])
		}
	}
	if n := tr.step(tr.step(0, 'a'), 'a'); n != 0 {
		t.Errorf("a node for what is no key: %d", n)
	}
}

func FuzzKinds(f *testing.F) {
	for _, seed := range []string{"a photo of a cat", "[CLS]<mask> </s>", "\xff\xfe", "e\u0301İΣ'S", "▁▁ ▁", "\u0600\u0301\r\n"} {
		f.Add(seed, uint8(9))
	}
	_, cases := readKinds(f)
	var tokens []Tokenizer
	for name := range cases {
		tokens = append(tokens, openKind(f, name, Options{}))
	}
	f.Fuzz(func(t *testing.T, text string, context uint8) {
		for _, tok := range tokens {
			c := common{context: 4 + int(context), eos: tok.EOS(), pad: tok.PadID(), size: tok.VocabSize()}
			switch k := tok.(type) {
			case *pipeline:
				tok = &pipeline{c, k.steps}
			case *sentencePiece:
				tok = &sentencePiece{c, k.sentencePieceModel}
			}
			ids := tok.Encode(text)
			if len(ids) > c.context {
				t.Fatalf("%q: %d ids in context %d", text, len(ids), c.context)
			}
			for _, id := range ids {
				if id < 0 || id >= c.size {
					t.Fatalf("%q: id %d of %d", text, id, c.size)
				}
			}
		}
	})
}

func FuzzSpiece(f *testing.F) {
	f.Add(kindFiles(f, "spm_plain")["spiece.model"].Data[:3000], "a猫 b")
	f.Add([]byte("\x0a\x07\x0a\x05<unk>\x0a\x08\x0a\x04<un>\x18\x02"), "")
	f.Fuzz(func(t *testing.T, file []byte, text string) {
		tok, err := Open(fstest.MapFS{"spiece.model": {Data: file}}, Options{})
		if err != nil {
			var f *fault.Error
			if !errors.As(err, &f) {
				t.Fatalf("error %v is no fault", err)
			}
			return
		}
		for _, id := range tok.Encode(text) {
			if id < 0 || id >= tok.VocabSize() {
				t.Fatalf("id %d of %d", id, tok.VocabSize())
			}
		}
	})
}

// FuzzCharsmap: no table, however broken, leads out of itself.
func FuzzCharsmap(f *testing.F) {
	f.Add([]byte("\x04\x00\x00\x00\x00\x04\x00\x00a\x00"), "abc\u0301")
	f.Fuzz(func(t *testing.T, blob []byte, text string) {
		if c, err := parseCharsmap(blob); err == nil {
			c.byGraphemes(strings.ToValidUTF8(text, "\ufffd"))
			c.lookup(text, false)
		}
	})
}

func BenchmarkKinds(b *testing.B) {
	c := readCaptions(b, "testdata/captions.json").Captions
	for _, name := range []string{"unigram_siglip", "unigram_xlmr", "spm_siglip", "bpe_siglip2", "wordpiece", "vocab_txt_alone"} {
		b.Run(name, func(b *testing.B) {
			tok := openKind(b, name, Options{Context: 64})
			for b.Loop() {
				for i := range c {
					tok.Encode(c[i].Text)
				}
			}
			b.ReportMetric(float64(b.N*len(c))/b.Elapsed().Seconds(), "captions/s")
		})
	}
}

func BenchmarkOpenCLIP(b *testing.B) {
	tok, c := mustCLIP(b, Options{Clean: "open_clip"}), readCaptions(b, "testdata/captions.json").Captions
	for b.Loop() {
		for i := range c {
			tok.Encode(c[i].Text)
		}
	}
	b.ReportMetric(float64(b.N*len(c))/b.Elapsed().Seconds(), "captions/s")
}

func ExampleOptions_clean() {
	zero := 0
	tok, err := CLIP(Options{Clean: "open_clip", PadID: &zero})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(tok.Encode("a cafÃ© &amp; a cat’s tail"))
	fmt.Println(tok.Encode("a café & a cat's tail"))
	// Output:
	// [49406 320 15304 261 320 2368 568 4132 49407]
	// [49406 320 15304 261 320 2368 568 4132 49407]
}
