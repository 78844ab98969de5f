package tokenize

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"mindgap/models/fault"

	"github.com/google/go-cmp/cmp"
)

func mergesText(t testing.TB) []byte {
	t.Helper()
	z, err := gzip.NewReader(bytes.NewReader(clipMerges))
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestForms: the same vocabulary in each form of files gives one digest and the same ids.
func TestForms(t *testing.T) {
	want := mustCLIP(t, Options{})
	model := want.(*clip).clipModel
	vocab, err := json.Marshal(model.vocab)
	if err != nil {
		t.Fatal(err)
	}
	oldMerges := clipJSON(t, func(spec map[string]any) {
		var lines []string
		for _, m := range model.merges {
			lines = append(lines, m[0]+" "+m[1])
		}
		spec["model"].(map[string]any)["merges"] = lines
	})
	template := clipJSON(t, func(spec map[string]any) {
		spec["post_processor"] = map[string]any{"type": "TemplateProcessing", "single": []any{
			map[string]any{"SpecialToken": map[string]any{"id": startOfText, "type_id": 0}}, map[string]any{"Sequence": map[string]any{"id": "A"}},
			map[string]any{"SpecialToken": map[string]any{"id": endOfText, "type_id": 0}}},
			"special_tokens": map[string]any{startOfText: map[string]any{"ids": []int{model.bos}}, endOfText: map[string]any{"ids": []int{model.eos}}}}
	})
	for name, files := range map[string]fstest.MapFS{
		"tokenizer.json":             {"m/tokenizer.json": {Data: clipJSON(t, nil)}},
		"merges as strings":          {"m/tokenizer.json": {Data: oldMerges}},
		"template":                   {"m/tokenizer.json": {Data: template}},
		"no post-processor":          {"m/tokenizer.json": {Data: clipJSON(t, func(s map[string]any) { s["post_processor"] = nil })}},
		"vocab.json and merges.txt":  {"m/vocab.json": {Data: vocab}, "m/merges.txt": {Data: mergesText(t)}},
		"merges.txt":                 {"m/merges.txt": {Data: mergesText(t)}},
		"merges.txt, other line end": {"m/merges.txt": {Data: bytes.ReplaceAll(mergesText(t), []byte("\n"), []byte("\r\n"))}},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := Open(files, Options{Dir: "m"})
			if err != nil {
				t.Fatal(err)
			}
			if got.Digest() != want.Digest() || got.VocabSize() != 49408 || got.EOS() != 49407 || got.PadID() != 49407 || got.Context() != 77 {
				t.Errorf("digest %s, size %d, EOS %d, pad %d, context %d", got.Digest(), got.VocabSize(), got.EOS(), got.PadID(), got.Context())
			}
			if diff := cmp.Diff(want.Encode("It's a CAFÉ!!!!!"), got.Encode("It's a CAFÉ!!!!!")); diff != "" {
				t.Error(diff)
			}
		})
	}
	if zero := 0; mustCLIP(t, Options{PadID: &zero}).Digest() == want.Digest() || mustCLIP(t, Options{Context: 76}).Digest() == want.Digest() {
		t.Error("digest does not depend on padding or context")
	}
}

// TestSettings: where context and padding come from, in order.
func TestSettings(t *testing.T) {
	small, err := os.ReadFile("testdata/small/tokenizer.json")
	if err != nil {
		t.Fatal(err)
	}
	with := func(old, new string) []byte {
		out := bytes.Replace(small, []byte(old), []byte(new), 1)
		if bytes.Equal(out, small) {
			t.Fatalf("%s is not in the fixture", old)
		}
		return out
	}
	three := 3
	for _, c := range []struct {
		name            string
		json            []byte
		config, special string
		o               Options
		context, pad    int
	}{
		{name: "nothing said", json: small, context: 77, pad: 1535},
		{name: "tokenizer_config", json: small, config: `{"model_max_length": 64, "pad_token": "!"}`, context: 64, pad: 0},
		{name: "pad as object", json: small, config: `{"pad_token": {"content": "!", "lstrip": false}}`, context: 77, pad: 0},
		{name: "no true length", json: small, config: `{"model_max_length": 1000000000000000019884624838656, "pad_token": null}`, context: 77, pad: 1535},
		{name: "special_tokens_map", json: small, special: `{"pad_token": "!"}`, context: 77, pad: 0},
		{name: "config before map", json: small, config: `{"pad_token": "#"}`, special: `{"pad_token": "!"}`, context: 77, pad: 2},
		{name: "tokenizer.json", json: with(`"truncation":null,"padding":null`, `"truncation":{"max_length":32},"padding":{"pad_id":5}`), context: 32, pad: 5},
		{name: "options", json: small, config: `{"model_max_length": 64, "pad_token": "!"}`, o: Options{Context: 16, PadID: &three}, context: 16, pad: 3},
	} {
		t.Run(c.name, func(t *testing.T) {
			files := fstest.MapFS{"tokenizer.json": {Data: c.json}}
			if c.config != "" {
				files["tokenizer_config.json"] = &fstest.MapFile{Data: []byte(c.config)}
			}
			if c.special != "" {
				files["special_tokens_map.json"] = &fstest.MapFile{Data: []byte(c.special)}
			}
			tok, err := Open(files, c.o)
			if err != nil {
				t.Fatal(err)
			}
			if tok.Context() != c.context || tok.PadID() != c.pad {
				t.Errorf("context %d, pad %d; wanted %d, %d", tok.Context(), tok.PadID(), c.context, c.pad)
			}
		})
	}
}

// TestFaults: what is wrong is said, with the file's name.
func TestFaults(t *testing.T) {
	small, err := os.ReadFile("testdata/small/tokenizer.json")
	if err != nil {
		t.Fatal(err)
	}
	edit := func(old, new string) string {
		out := strings.Replace(string(small), old, new, 1)
		if out == string(small) {
			t.Fatalf("%s is not in the fixture", old)
		}
		return out
	}
	nine := 9999
	for _, c := range []struct {
		name  string
		files map[string]string
		o     Options
		want  []string
	}{
		{"empty folder", nil, Options{}, []string{"none of tokenizer.json, merges.txt, vocab.txt, spiece.model",
			"supported kinds: BERT WordPiece, CLIP BPE, SentencePiece BPE, SentencePiece Unigram"}},
		{"word level", map[string]string{"tokenizer.json": `{"model":{"type":"WordLevel","vocab":{}},"normalizer":{"type":"BertNormalizer"}}`}, Options{},
			[]string{"tokenizer.json", "type WordLevel with normalizer BertNormalizer", "CLIP BPE"}},
		{"GPT-2", map[string]string{"tokenizer.json": `{"model":{"type":"BPE","vocab":{"a":0},"merges":[]},"pre_tokenizer":{"type":"ByteLevel"}}`}, Options{},
			[]string{"type BPE", "pre-tokenizer ByteLevel", "CLIP BPE"}},
		{"GPT-2's files", map[string]string{"vocab.json": `{"a":0,"b":1,"<|startoftext|>":2,"<|endoftext|>":3}`, "merges.txt": "#version: 0.2\n"}, Options{},
			[]string{"vocab.json", "</w>"}},
		{"LFS pointer", map[string]string{"tokenizer.json": "version https://git-lfs.github.com/spec/v1\noid sha256:ad67\nsize 28813\n"}, Options{},
			[]string{"tokenizer.json", "Git LFS pointer", "git lfs pull"}},
		{"not JSON", map[string]string{"tokenizer.json": "{"}, Options{}, []string{"tokenizer.json", "does not parse"}},
		{"config not JSON", map[string]string{"tokenizer.json": string(small), "tokenizer_config.json": "<html>"}, Options{}, []string{"tokenizer_config.json", "does not parse"}},
		{"another normalizer", map[string]string{"tokenizer.json": edit(`"type":"NFC"`, `"type":"NFKC"`)}, Options{}, []string{"normalizer", "NFKC", "NFC"}},
		{"another pattern", map[string]string{"tokenizer.json": edit(`[\\p{N}]|`, `[\\p{N}]+|`)}, Options{}, []string{"pre-tokenizer", "CLIP's pattern"}},
		{"byte fallback", map[string]string{"tokenizer.json": edit(`"byte_fallback":false`, `"byte_fallback":true`)}, Options{}, []string{"byte_fallback"}},
		{"stripping token", map[string]string{"tokenizer.json": edit(`"lstrip":false`, `"lstrip":true`)}, Options{}, []string{"lstrip"}},
		{"no ends", map[string]string{"tokenizer.json": edit(`"type":"RobertaProcessing"`, `"type":"ByteLevel"`)}, Options{}, []string{"post-processor"}},
		{"end outside", map[string]string{"tokenizer.json": edit(`["<|endoftext|>",1535]`, `["<|endoftext|>",1536]`)}, Options{}, []string{"1536", "0 to 1535"}},
		{"id twice", map[string]string{"tokenizer.json": edit(`"!":0`, `"!":7`)}, Options{}, []string{"id 7 twice", `"!"`}},
		{"huge id", map[string]string{"tokenizer.json": edit(`"!":0`, `"!":99999999999`)}, Options{}, []string{"id 99999999999"}},
		{"negative id", map[string]string{"tokenizer.json": edit(`"!":0`, `"!":-1`)}, Options{}, []string{"id -1"}},
		{"merge of strangers", map[string]string{"tokenizer.json": edit(`"i n"`, `"i 猫"`)}, Options{}, []string{"merge 0", "猫"}},
		{"merge of three", map[string]string{"tokenizer.json": edit(`"i n"`, `"i n g"`)}, Options{}, []string{"i n g"}},
		{"merges.txt broken", map[string]string{"merges.txt": "#version: 0.2\ni n\nth\n"}, Options{}, []string{"merges.txt", "line 3", `"th"`}},
		{"merges.txt twice", map[string]string{"merges.txt": "i n\ni n\n"}, Options{}, []string{"merges.txt", "same token"}},
		{"merges.txt of strangers", map[string]string{"merges.txt": "in g</w>\n"}, Options{}, []string{"merges.txt", "merge 0"}},
		{"vocab without merges", map[string]string{"vocab.json": "{}"}, Options{}, []string{"vocab.json and neither", "merges.txt"}},
		{"pad unknown", map[string]string{"tokenizer.json": string(small), "tokenizer_config.json": `{"pad_token":"<pad>"}`}, Options{}, []string{"tokenizer_config.json", "<pad>"}},
		{"pad outside", map[string]string{"tokenizer.json": string(small)}, Options{PadID: &nine}, []string{"9999", "0 to 1535"}},
		{"context 1", map[string]string{"tokenizer.json": string(small)}, Options{Context: 1}, []string{"context", "found 1", "from 2"}},
		{"context negative", map[string]string{"tokenizer.json": string(small)}, Options{Context: -5}, []string{"-5"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			files := fstest.MapFS{}
			for name, text := range c.files {
				files[name] = &fstest.MapFile{Data: []byte(text)}
			}
			_, err := Open(files, c.o)
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

// checkGolden opens a model's tokenizer and compares with the ids that its golden file holds, padded or not.
func checkGolden(t *testing.T, dir, sub, golden string, o Options) {
	t.Helper()
	checkGoldenFS(t, os.DirFS(dir), dir+sub, golden, o)
}

func checkGoldenFS(t *testing.T, files fs.FS, name, golden string, o Options) {
	t.Helper()
	tok, err := Open(files, o)
	if err != nil {
		t.Fatal(err)
	}
	var g struct {
		Captions []string `json:"captions"`
		TokenIDs [][]int  `json:"token_ids"`
	}
	readJSON(t, golden, &g)
	if len(g.Captions) == 0 || len(g.Captions) != len(g.TokenIDs) {
		t.Fatalf("%d captions, %d rows of ids", len(g.Captions), len(g.TokenIDs))
	}
	for i, text := range g.Captions {
		got := tok.Encode(text)
		for len(got) < len(g.TokenIDs[i]) {
			got = append(got, tok.PadID())
		}
		if diff := cmp.Diff(g.TokenIDs[i], got); diff != "" {
			t.Errorf("%s %q (-want +got):\n%s", name, text, diff)
		}
	}
}

func TestSmall(t *testing.T) {
	checkGolden(t, "testdata", "/small", "testdata/small/golden.json", Options{Dir: "small"})
}

// TestReference runs over the reference folder: every tokenizer among its exports, its captions with its own three forms of files,
// its broken tokenizer. It needs MINDGAP_REFERENCE.
func TestReference(t *testing.T) {
	root := os.Getenv("MINDGAP_REFERENCE")
	if root == "" {
		t.Skip("MINDGAP_REFERENCE is not set")
	}
	zero := 0
	for model, o := range map[string]Options{
		"hf_clip_gelu_eos49407": {}, "hf_clip_quickgelu_eos2": {}, "hf_clip_quickgelu_eos2_fp16": {}, "immich_clip": {Dir: "textual"},
		"open_clip_rn": {PadID: &zero}, "optimum_clip_combined": {}, "optimum_clip_external": {}, "xenova_clip_split": {},
	} {
		dir := filepath.Join(root, "exports", model)
		checkGolden(t, dir, o.Dir, filepath.Join(dir, "golden.json"), o)
	}
	c := readCaptions(t, filepath.Join(root, "tokenizer", "captions.json"))
	var digests []string
	for _, drop := range [][]string{nil, {"tokenizer.json"}, {"tokenizer.json", "vocab.json"}} {
		files := fstest.MapFS{}
		for _, name := range []string{"tokenizer.json", "vocab.json", "merges.txt"} {
			b, err := os.ReadFile(filepath.Join(root, "tokenizer", name))
			if err != nil {
				t.Fatal(err)
			}
			files[name] = &fstest.MapFile{Data: b}
		}
		for _, name := range drop {
			delete(files, name)
		}
		tok, err := Open(files, Options{})
		if err != nil {
			t.Fatal(err)
		}
		checkCaptions(t, tok, c)
		digests = append(digests, tok.Digest())
	}
	if digests[0] != digests[1] || digests[0] != digests[2] || digests[0] != mustCLIP(t, Options{}).Digest() {
		t.Errorf("digests %v, shipped %s", digests, mustCLIP(t, Options{}).Digest())
	}
	_, err := Open(os.DirFS(filepath.Join(root, "exports", "broken", "tokenizer_not_json")), Options{})
	if err == nil || !strings.Contains(err.Error(), "Git LFS pointer") {
		t.Errorf("broken/tokenizer_not_json: %v", err)
	}
	var disagreements []struct {
		Text     string
		OpenCLIP []int `json:"open_clip"`
	}
	readJSON(t, filepath.Join(root, "tokenizer", "disagreements_open_clip_vs_hf.json"), &disagreements)
	cleaning := mustCLIP(t, Options{Clean: "open_clip"})
	for _, d := range disagreements {
		got := cleaning.Encode(d.Text)
		if diff := cmp.Diff(d.OpenCLIP, got[1:len(got)-1]); diff != "" {
			t.Errorf("open_clip %q (-want +got):\n%s", d.Text, diff)
		}
	}
	for model, pad := range map[string]int{"hf_siglip": 1, "xenova_siglip_split": 1, "chinese_clip_onnx": 0} {
		dir := filepath.Join(root, "exports", model)
		checkGolden(t, dir, "", filepath.Join(dir, "golden.json"), Options{})
		tok, err := Open(os.DirFS(dir), Options{})
		if err != nil || tok.PadID() != pad {
			t.Fatalf("%s: pad %d, wanted %d", model, tok.PadID(), pad)
		}
		if pad == 0 {
			continue
		}
		// The same with tokenizer.json alone and with spiece.model alone.
		for _, name := range []string{"tokenizer.json", "spiece.model"} {
			b, err := os.ReadFile(filepath.Join(dir, name))
			if err != nil {
				t.Fatal(err)
			}
			config := []byte(`{"pad_token":"</s>","model_max_length":64}`)
			checkGoldenFS(t, fstest.MapFS{name: {Data: b}, "tokenizer_config.json": {Data: config}}, name, filepath.Join(dir, "golden.json"), Options{})
		}
	}
}

func FuzzOpen(f *testing.F) {
	small, err := os.ReadFile("testdata/small/tokenizer.json")
	if err != nil {
		f.Fatal(err)
	}
	tiny := regexp.MustCompile(`(?s)"vocab":.*`).ReplaceAll(small, []byte(`"vocab":{"a":0,"a</w>":1,"aa</w>":2,"<|startoftext|>":1534,"<|endoftext|>":1535},"merges":["a a</w>"]}}`))
	f.Add(tiny, []byte("i n\nt h\n"), []byte(`{"pad_token":"a"}`))
	f.Add([]byte(nil), []byte("i n\nin g\n"), []byte(`{"model_max_length":4}`))
	f.Fuzz(func(t *testing.T, spec, merges, config []byte) {
		files := fstest.MapFS{"merges.txt": {Data: merges}, "tokenizer_config.json": {Data: config}}
		if spec != nil {
			files["tokenizer.json"] = &fstest.MapFile{Data: spec}
		}
		tok, err := Open(files, Options{})
		if err != nil {
			var f *fault.Error
			if !errors.As(err, &f) {
				t.Fatalf("error %v is no fault", err)
			}
			return
		}
		for _, id := range tok.Encode("It's a 猫 <|endoftext|>!") {
			if id < 0 || id >= tok.VocabSize() {
				t.Fatalf("id %d of %d", id, tok.VocabSize())
			}
		}
	})
}

func ExampleOpen() {
	tok, err := Open(os.DirFS("testdata"), Options{Dir: "small"})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(tok.Encode("a photo of a cat"), tok.Context(), tok.PadID())
	// Output: [1534 320 1125 539 320 66 536 1535] 77 1535
}

func ExampleCLIP() {
	tok, err := CLIP(Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(tok.Encode("a photo of a cat"))
	// Output: [49406 320 1125 539 320 2368 49407]
}
