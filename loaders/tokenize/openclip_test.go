package tokenize

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

// openCLIPRows is what ftfy, Python and open_clip make of texts.
type openCLIPRows struct {
	Rows            [][5]*string // text, ftfy, html.unescape, lower, canonicalize; null = as the column before
	IDs             [][]int
	Entities, Upper [][2]string
	Tables          map[string]string
}

func readOpenCLIP(t testing.TB) (rows [][5]string, all openCLIPRows) {
	t.Helper()
	readJSON(t, "testdata/clean_open_clip.json.gz", &all)
	if len(all.Rows) < 2000 || len(all.Rows) != len(all.IDs) {
		t.Fatalf("%d rows, %d rows of ids", len(all.Rows), len(all.IDs))
	}
	for _, r := range all.Rows {
		var row [5]string
		for i, s := range r {
			switch {
			case s != nil:
				row[i] = *s
			case i > 0:
				row[i] = row[i-1]
			}
		}
		rows = append(rows, row)
	}
	return rows, all
}

// TestOpenCLIPClean holds each step, and the ids, to Python's.
func TestOpenCLIPClean(t *testing.T) {
	rows, all := readOpenCLIP(t)
	tok := mustCLIP(t, Options{Clean: "open_clip"})
	for column, f := range map[int]func(string) string{1: fixText, 2: unescapeHTML, 3: cleanLower, 4: cleanCanonicalize} {
		wrong := 0
		for _, row := range rows {
			if got := f(row[0]); got != row[column] {
				if wrong++; wrong <= 10 {
					t.Errorf("column %d of %+.200q:\n got %+.200q\nwant %+.200q", column, row[0], got, row[column])
				}
			}
		}
		if wrong > 0 {
			t.Errorf("column %d: %d of %d wrong", column, wrong, len(rows))
		}
	}
	for i, row := range rows {
		if got := tok.Encode(row[0]); !slices.Equal(got, all.IDs[i]) {
			t.Errorf("%+.200q:\n got %v\nwant %v", row[0], got, all.IDs[i])
		}
	}
}

// TestEntities: every name of HTML 5, and the names in capitals that ftfy adds.
func TestEntities(t *testing.T) {
	_, all := readOpenCLIP(t)
	if len(all.Entities) < 2000 || len(all.Upper) < 100 {
		t.Fatalf("%d entities, %d in capitals", len(all.Entities), len(all.Upper))
	}
	bare := 0
	for _, e := range all.Entities {
		if got, ok := entity(e[0]); !ok || got != e[1] {
			t.Errorf("%s: %+q %v, wanted %+q", e[0], got, ok, e[1])
		}
		if !strings.HasSuffix(e[0], ";") {
			bare = max(bare, len(e[0]))
		} else if got := unescapeSure("x&" + e[0] + "y"); got != "x"+e[1]+"y" && len(e[0]) <= 25 {
			t.Errorf("ftfy %s: %+q", e[0], got)
		}
	}
	if bare != longestBare {
		t.Errorf("longest name without a semicolon has %d bytes", bare)
	}
	for _, e := range all.Upper {
		if got := unescapeSure(e[0]); got != e[1] && len(e[0]) <= 26 {
			t.Errorf("ftfy %s: %+q, wanted %+q", e[0], got, e[1])
		}
	}
}

// TestCodecs: the encodings that mojibake goes through are Python's.
func TestCodecs(t *testing.T) {
	_, all := readOpenCLIP(t)
	names := []string{"latin-1", "sloppy-windows-1252", "sloppy-windows-1251", "sloppy-windows-1250", "sloppy-windows-1253", "sloppy-windows-1254",
		"sloppy-windows-1257", "iso-8859-2", "macroman", "cp437"}
	for i, c := range codecs() {
		table := []rune(all.Tables[names[i]])
		if len(table) != 256 {
			t.Fatalf("%s: %d characters", names[i], len(table))
		}
		for b, r := range table {
			if got, ok := c.encode(string(r)); !ok || len(got) != 1 || int(got[0]) != b {
				t.Errorf("%s: %U gives % x, wanted %02x", names[i], r, got, b)
			}
		}
	}
}

// TestOpenCLIPCaptions: the ids of open_clip itself on all captions.
func TestOpenCLIPCaptions(t *testing.T) {
	tok, n := mustCLIP(t, Options{Clean: "open_clip"}), 0
	for _, c := range readCaptions(t, "testdata/captions.json").Captions {
		got := tok.Encode(c.Text)
		if diff := cmp.Diff(c.OpenCLIP[:c.OpenCLIPLen], got); diff != "" {
			t.Errorf("%q (-want +got):\n%s", c.Text, diff)
		}
		n++
	}
	if n != 200 {
		t.Errorf("%d captions", n)
	}
}

func FuzzOpenCLIP(f *testing.F) {
	for _, seed := range []string{"Ã©tÃ© &amp; &#x41;", "â€œ like this â€�", "\x1b[1mx\x1b[0m", "í\u00a0½í¸\u008d", "<start_of_text>'ſ", "\xff&#99999999999;"} {
		f.Add(seed)
	}
	tok := mustCLIP(f, Options{Clean: "open_clip"})
	f.Fuzz(func(t *testing.T, text string) {
		if ids := tok.Encode(text); len(ids) < 2 || len(ids) > 77 {
			t.Fatalf("%q: %v", text, ids)
		}
		if fixed := fixText(strings.ToValidUTF8(text, "\ufffd")); !utf8.ValidString(fixed) {
			t.Fatalf("%q: %q", text, fixed)
		}
	})
}
