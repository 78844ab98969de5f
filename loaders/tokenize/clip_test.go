package tokenize

import (
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

func readJSON(t testing.TB, name string, into any) {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var r io.Reader = f
	if strings.HasSuffix(name, ".gz") {
		if r, err = gzip.NewReader(f); err != nil {
			t.Fatal(err)
		}
	}
	if err := json.NewDecoder(r).Decode(into); err != nil {
		t.Fatal(name, err)
	}
}

func mustCLIP(t testing.TB, o Options) Tokenizer {
	t.Helper()
	tok, err := CLIP(o)
	if err != nil {
		t.Fatal(err)
	}
	return tok
}

// clipJSON writes the shipped vocabulary as a tokenizer.json, changed by edit.
func clipJSON(t testing.TB, edit func(map[string]any)) []byte {
	t.Helper()
	m := mustCLIP(t, Options{}).(*clip).clipModel
	var added []any
	for _, s := range m.specialTokens {
		added = append(added, map[string]any{"id": s.id, "content": s.content, "normalized": false, "special": true})
	}
	pattern := map[string]any{"Regex": clipPatternLiterals}
	spec := map[string]any{
		"version": "1.0", "truncation": nil, "padding": nil, "added_tokens": added,
		"normalizer": map[string]any{"type": "Sequence", "normalizers": []any{map[string]any{"type": "NFC"},
			map[string]any{"type": "Replace", "pattern": map[string]any{"Regex": `\s+`}, "content": " "}, map[string]any{"type": "Lowercase"}}},
		"pre_tokenizer": map[string]any{"type": "Sequence", "pretokenizers": []any{
			map[string]any{"type": "Split", "pattern": pattern, "behavior": "Removed", "invert": true},
			map[string]any{"type": "ByteLevel", "add_prefix_space": false, "use_regex": true}}},
		"post_processor": map[string]any{"type": "RobertaProcessing", "sep": []any{endOfText, m.eos}, "cls": []any{startOfText, m.bos}},
		"model": map[string]any{"type": "BPE", "unk_token": endOfText, "continuing_subword_prefix": "", "end_of_word_suffix": "</w>",
			"vocab": m.vocab, "merges": m.merges},
	}
	if edit != nil {
		edit(spec)
	}
	b, err := json.Marshal(spec)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func openJSON(t testing.TB, b []byte) Tokenizer {
	t.Helper()
	tok, err := Open(fstest.MapFS{"tokenizer.json": {Data: b}}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	return tok
}

type captions struct {
	Captions []struct {
		Text        string `json:"text"`
		IDs         []int  `json:"hf_fast"`
		Len         int    `json:"hf_len"`
		OpenCLIP    []int  `json:"open_clip"`
		OpenCLIPLen int    `json:"open_clip_len"`
	} `json:"captions"`
}

func readCaptions(t testing.TB, name string) captions {
	t.Helper()
	var c captions
	readJSON(t, name, &c)
	if len(c.Captions) != 200 {
		t.Fatalf("%d captions instead of 200", len(c.Captions))
	}
	return c
}

func checkCaptions(t *testing.T, tok Tokenizer, c captions) {
	t.Helper()
	for _, c := range c.Captions {
		got := tok.Encode(c.Text)
		if diff := cmp.Diff(c.IDs[:c.Len], got); diff != "" {
			t.Errorf("%q (-want +got):\n%s", c.Text, diff)
		}
		for len(got) < tok.Context() {
			got = append(got, tok.PadID())
		}
		if diff := cmp.Diff(c.IDs, got); diff != "" {
			t.Errorf("%q padded (-want +got):\n%s", c.Text, diff)
		}
	}
}

func TestCaptions(t *testing.T) {
	c := readCaptions(t, "testdata/captions.json")
	checkCaptions(t, mustCLIP(t, Options{}), c)
	checkCaptions(t, openJSON(t, clipJSON(t, nil)), c)
}

// TestHard compares with the reference on texts chosen to break: five scripts and more, emoji, control characters, combining marks,
// case mappings, special tokens inside text, contractions, spaces, long texts, random mixtures.
func TestHard(t *testing.T) {
	var cases []struct {
		Text                        string
		IDs, Old, Normalized, Small []int
	}
	readJSON(t, "testdata/hard.json.gz", &cases)
	if len(cases) < 600 {
		t.Fatalf("%d texts", len(cases))
	}
	small, err := Open(os.DirFS("testdata"), Options{Dir: "small"})
	if err != nil {
		t.Fatal(err)
	}
	forms := []struct {
		name string
		tok  Tokenizer
		want func(i int) []int
	}{
		{"shipped", mustCLIP(t, Options{}), func(i int) []int { return cases[i].IDs }},
		{"old pattern", openJSON(t, clipJSON(t, func(spec map[string]any) {
			spec["pre_tokenizer"].(map[string]any)["pretokenizers"].([]any)[0].(map[string]any)["pattern"] = map[string]any{"Regex": clipPattern}
		})), func(i int) []int {
			if cases[i].Old != nil {
				return cases[i].Old
			}
			return cases[i].IDs
		}},
		{"normalized tokens", openJSON(t, clipJSON(t, func(spec map[string]any) {
			for _, a := range spec["added_tokens"].([]any) {
				a.(map[string]any)["normalized"] = true
			}
		})), func(i int) []int {
			if cases[i].Normalized != nil {
				return cases[i].Normalized
			}
			return cases[i].IDs
		}},
		{"small", small, func(i int) []int { return cases[i].Small }},
	}
	for _, f := range forms {
		t.Run(f.name, func(t *testing.T) {
			bad := 0
			for i, c := range cases {
				if diff := cmp.Diff(f.want(i), f.tok.Encode(c.Text)); diff != "" {
					if bad++; bad <= 5 {
						t.Errorf("%+q (-want +got):\n%s", shorten(c.Text), diff)
					}
				}
			}
			if bad > 0 {
				t.Errorf("%d of %d texts differ", bad, len(cases))
			}
		})
	}
}

// TestTruncation: a shorter context keeps the beginning and ends in the end of text.
func TestTruncation(t *testing.T) {
	text := "Two women looking at a stop sign on a busy city street."
	full := mustCLIP(t, Options{}).Encode(text)
	for context := 2; context <= len(full)+2; context++ {
		tok := mustCLIP(t, Options{Context: context})
		want := full
		if context < len(full) {
			want = append(slices.Clone(full[:context-1]), tok.EOS())
		}
		if diff := cmp.Diff(want, tok.Encode(text)); diff != "" {
			t.Errorf("context %d (-want +got):\n%s", context, diff)
		}
	}
}

func TestInvalidUTF8(t *testing.T) {
	tok := mustCLIP(t, Options{})
	for _, c := range []struct{ text, as string }{
		{"a\xffb", "a\ufffdb"},
		{"\xe2\x82", "\ufffd\ufffd"},
		{"\xed\xa0\x80", "\ufffd\ufffd\ufffd"},
		{"caf\xc3", "caf\ufffd"},
	} {
		if diff := cmp.Diff(tok.Encode(c.as), tok.Encode(c.text)); diff != "" {
			t.Errorf("%q (-want +got):\n%s", c.text, diff)
		}
	}
}

// TestCache: answers do not depend on what was asked before, not even when words outgrow the cache, nor on other goroutines.
func TestCache(t *testing.T) {
	cold, err := Open(os.DirFS("testdata"), Options{Dir: "small"})
	if err != nil {
		t.Fatal(err)
	}
	texts := make([]string, 3*cacheShards*shardWords)
	for i := range texts {
		texts[i] = fmt.Sprintf("w%cx%cy%cz", 'a'+i%26, 'a'+i/26%26, 'a'+i/676)
	}
	model := cold.(*clip).clipModel
	want := make([][]int, 0, 100)
	for _, text := range texts[:100] {
		want = append(want, cold.Encode(text))
	}
	var wg sync.WaitGroup
	for g := range 4 {
		wg.Go(func() {
			for i := range texts {
				cold.Encode(texts[(i+g*1000)%len(texts)])
			}
		})
	}
	wg.Wait()
	n := 0
	for i := range model.cache.shards {
		n += len(model.cache.shards[i].ids)
	}
	if n == 0 || n > cacheShards*shardWords {
		t.Errorf("%d words in the cache, wanted 1 to %d", n, cacheShards*shardWords)
	}
	for i, text := range texts[:100] {
		if diff := cmp.Diff(want[i], cold.Encode(text)); diff != "" {
			t.Errorf("%q (-want +got):\n%s", text, diff)
		}
	}
}

func FuzzEncode(f *testing.F) {
	for _, seed := range []string{"a photo of a cat", "<|endoftext|>x<|STARTOFTEXT|>", "\xff\xfe", "e\u0301İ'S", strings.Repeat("\u0301", 40), "!!!!'ll"} {
		f.Add(seed, 77)
	}
	small, err := Open(os.DirFS("testdata"), Options{Dir: "small"})
	if err != nil {
		f.Fatal(err)
	}
	d := small.(*clip).clipModel.definition()
	bos := small.(*clip).bos
	f.Fuzz(func(t *testing.T, text string, context int) {
		context = 2 + int(uint(context)%100)
		tok := d.build(common{context: context, eos: d.eos, pad: d.eos, size: d.size})
		ids := tok.Encode(text)
		if len(ids) < 2 || len(ids) > context || ids[0] != bos || ids[len(ids)-1] != tok.EOS() {
			t.Fatalf("%q in context %d: %v", text, context, ids)
		}
		for _, id := range ids {
			if id < 0 || id >= tok.VocabSize() {
				t.Fatalf("%q: id %d of %d", text, id, tok.VocabSize())
			}
		}
		if again := tok.Encode(text); !slices.Equal(ids, again) {
			t.Fatalf("%q: first %v, then %v", text, ids, again)
		}
		if !utf8.ValidString(text) && !slices.Equal(ids, tok.Encode(string([]rune(text)))) {
			t.Fatalf("%q: differs from its repaired form", text)
		}
	})
}

func BenchmarkEncodeWarm(b *testing.B) {
	tok, c := mustCLIP(b, Options{}), readCaptions(b, "testdata/captions.json").Captions
	for b.Loop() {
		for i := range c {
			tok.Encode(c[i].Text)
		}
	}
	b.ReportMetric(float64(b.N*len(c))/b.Elapsed().Seconds(), "captions/s")
}

// BenchmarkEncodeCold empties the cache before each caption.
func BenchmarkEncodeCold(b *testing.B) {
	tok, c := mustCLIP(b, Options{}), readCaptions(b, "testdata/captions.json").Captions
	for b.Loop() {
		for i := range c {
			clear(tok.(*clip).cache.shards[:])
			tok.Encode(c[i].Text)
		}
	}
	b.ReportMetric(float64(b.N*len(c))/b.Elapsed().Seconds(), "captions/s")
}

// BenchmarkMerge merges each caption as if it were one word, which is what a cache miss costs at most.
func BenchmarkMerge(b *testing.B) {
	tok, c := mustCLIP(b, Options{}), readCaptions(b, "testdata/captions.json").Captions
	for b.Loop() {
		for i := range c {
			tok.(*clip).merger.appendIDs(nil, []byte(c[i].Text))
		}
	}
	b.ReportMetric(float64(b.N*len(c))/b.Elapsed().Seconds(), "captions/s")
}

func BenchmarkOpen(b *testing.B) {
	fsys := fstest.MapFS{"tokenizer.json": {Data: clipJSON(b, nil)}}
	for b.Loop() {
		if _, err := Open(fsys, Options{}); err != nil {
			b.Fatal(err)
		}
	}
}

// TestLongestSpecial: of several added tokens that begin at one place the longest is taken, whatever their order in the file.
func TestLongestSpecial(t *testing.T) {
	for _, normalized := range []bool{false, true} {
		tok := openJSON(t, clipJSON(t, func(spec map[string]any) {
			added := spec["added_tokens"].([]any)
			for i, content := range []string{"<ab", "<abc>", "<a"} {
				added = append(added, map[string]any{"id": 49408 + i, "content": content, "normalized": normalized})
			}
			spec["added_tokens"] = added
		}))
		want := []int{49406, 49409, 49408, 49410, 343, 49407} // by tokenizers 0.23.3
		if diff := cmp.Diff(want, tok.Encode("<abc><ab<ax")); diff != "" {
			t.Errorf("normalized %v (-want +got):\n%s", normalized, diff)
		}
		if tok.VocabSize() != 49411 {
			t.Errorf("size %d", tok.VocabSize())
		}
	}
}
