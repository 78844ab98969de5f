package tokenize

import (
	"bytes"
	"compress/gzip"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

// A kindCase is what a reference gives for every hard text with one tokenizer of testdata/kinds.
type kindCase struct {
	Context int
	Pad     *int
	IDs     [][]int
}

// readKinds returns the hard texts and the cases.
func readKinds(t testing.TB) ([]string, map[string]kindCase) {
	t.Helper()
	var hard []struct{ Text string }
	readJSON(t, "testdata/hard.json.gz", &hard)
	var kinds struct {
		Extra []string
		Cases map[string]kindCase
	}
	readJSON(t, "testdata/kinds.json.gz", &kinds)
	var texts []string
	for _, h := range hard {
		texts = append(texts, h.Text)
	}
	for _, text := range kinds.Extra {
		if !slices.Contains(texts, text) {
			texts = append(texts, text)
		}
	}
	if len(kinds.Cases) == 0 {
		t.Fatal("no cases")
	}
	return texts, kinds.Cases
}

// kindFiles unpacks testdata/kinds/NAME.
func kindFiles(t testing.TB, name string) fstest.MapFS {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join("testdata", "kinds", name, "*.gz"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("testdata/kinds/%s: %v", name, err)
	}
	files := fstest.MapFS{}
	for _, p := range paths {
		packed, err := os.ReadFile(p)
		if err != nil {
			t.Fatal(err)
		}
		z, err := gzip.NewReader(bytes.NewReader(packed))
		if err != nil {
			t.Fatal(p, err)
		}
		b, err := io.ReadAll(z)
		if err != nil {
			t.Fatal(p, err)
		}
		files[strings.TrimSuffix(filepath.Base(p), ".gz")] = &fstest.MapFile{Data: b}
	}
	return files
}

func openKind(t testing.TB, name string, o Options) Tokenizer {
	t.Helper()
	tok, err := Open(kindFiles(t, name), o)
	if err != nil {
		t.Fatal(name, err)
	}
	return tok
}

// TestKinds: every kind gives the ids of its reference on every hard text, twice, so that the caches give them too.
func TestKinds(t *testing.T) {
	texts, cases := readKinds(t)
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			tok := openKind(t, name, Options{Context: c.Context})
			if c.Pad != nil && tok.PadID() != *c.Pad {
				t.Errorf("pad %d, wanted %d", tok.PadID(), *c.Pad)
			}
			if len(c.IDs) != len(texts) || len(texts) < 300 {
				t.Fatalf("%d rows for %d texts", len(c.IDs), len(texts))
			}
			wrong := 0
			for range 2 {
				for i, text := range texts {
					if got := tok.Encode(text); !slices.Equal(got, c.IDs[i]) {
						if wrong++; wrong <= 8 {
							t.Errorf("%+.150q:\n got %v\nwant %v", text, got, c.IDs[i])
						}
					}
				}
			}
			if wrong > 0 {
				t.Errorf("%d of %d wrong", wrong, 2*len(texts))
			}
		})
	}
}
