package datasets_test

import (
	"archive/tar"
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mindgap/datasets"
	"mindgap/datasets/datasetstest"
)

// shardSets open the fixtures of WebDataset; ROOT stands for their folder, on disk or on a server.
var shardSets = []conformance{
	{ref: "wds/vtab/things", options: datasets.Options{Root: "ROOT"}, want: "wds classification test"},
	{ref: "wds/vtab/things", options: datasets.Options{Root: "ROOT/wds_{dataset_cleaned}", Split: "train"}, want: "wds classification train"},
	{ref: "ROOT/wds_vtab-things", want: "wds classification test"},
	{ref: "ROOT/wds_vtab-things/test/{0..1}.tar", want: "wds classification test"},
	{ref: "ROOT/pairs", want: "wds retrieval"},
	{ref: "ROOT/several", want: "wds multilabel"},
	{ref: "ROOT/crawl/000{10,11}.tar", want: "wds crawl 10 11"},
	{ref: "ROOT/crawl/00009.tar", want: "wds crawl 9"},
	{ref: "ROOT/bare/0.tar", want: "wds bare"},
}

func at(root string, c conformance) conformance {
	c.ref = strings.ReplaceAll(c.ref, "ROOT", root)
	c.options.Root = strings.ReplaceAll(c.options.Root, "ROOT", root)
	return c
}

func init() {
	for _, c := range append(shardSets, conformance{ref: "ROOT/crawl", want: "wds crawl"}, conformance{ref: "ROOT/bare", want: "wds bare"},
		conformance{ref: "{0..0}.tar", options: datasets.Options{Root: "ROOT/bare"}, want: "wds bare"}) {
		if strings.Contains(c.options.Root, "{") {
			c.ref, c.options.Root = "wds/vtab-things", "ROOT" // the folder's other name
			c.want = "wds classification train"
		}
		c = at(filepath.Join("testdata", "wds"), c)
		c.format = "webdataset"
		conformances = append(conformances, c)
	}
}

// TestWebDatasetOverHTTP runs the suite on the same sets behind web servers: one that knows Range, one that does not, and one that breaks
// off every answer.
func TestWebDatasetOverHTTP(t *testing.T) {
	goldens := readGoldens(t)
	files := http.FileServer(http.Dir(filepath.Join("testdata", "wds")))
	for name, handler := range map[string]http.Handler{
		"range": files,
		"no range": http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			r.Header.Del("Range")
			files.ServeHTTP(w, r)
		}),
		"breaks off": http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			files.ServeHTTP(&breaking{ResponseWriter: w, left: 7000}, r)
		}),
	} {
		server := httptest.NewServer(handler)
		t.Cleanup(server.Close)
		for _, c := range shardSets {
			c = at(server.URL, c)
			t.Run(name+" "+c.want, func(t *testing.T) {
				t.Parallel()
				want, ok := goldens[c.want]
				if !ok {
					t.Fatalf("no golden named %q", c.want)
				}
				datasetstest.Run(t, c.ref, c.options, want)
			})
		}
	}
}

// breaking ends the connection after a number of bytes.
type breaking struct {
	http.ResponseWriter
	left int
}

func (b *breaking) Write(p []byte) (int, error) {
	if len(p) > b.left {
		_, _ = b.ResponseWriter.Write(p[:b.left])
		b.ResponseWriter.(http.Flusher).Flush()
		panic(http.ErrAbortHandler)
	}
	b.left -= len(p)
	return b.ResponseWriter.Write(p)
}

// A file of a tar that a test makes.
type tarFile struct{ name, content string }

// makeTar makes a tar; a content that begins with "->" is the target of a symbolic link.
func makeTar(t testing.TB, files ...tarFile) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, f := range files {
		h := &tar.Header{Name: f.name, Size: int64(len(f.content)), Mode: 0o644, Typeflag: tar.TypeReg}
		if target, ok := strings.CutPrefix(f.content, "->"); ok {
			h.Typeflag, h.Linkname, h.Size = tar.TypeSymlink, target, 0
		}
		if err := w.WriteHeader(h); err != nil {
			t.Fatal(err)
		}
		if h.Typeflag == tar.TypeReg {
			if _, err := io.WriteString(w, f.content); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestWebDatasetFaults(t *testing.T) {
	good := []tarFile{{"s0.jpg", "x"}, {"s0.cls", "1"}, {"s1.jpg", "y"}, {"s1.cls", "0"}}
	for _, c := range []struct {
		name  string
		tar   []tarFile
		cut   int // bytes that are missing at the end
		files map[string]string
		want  []string
	}{
		{"a name that leads up", append(good, tarFile{"../s2.jpg", "z"}), 0, nil, []string{"0.tar", `"../s2.jpg"`, "inside the archive"}},
		{"a name that leads up in the middle", append(good, tarFile{"a/../../s2.jpg", "z"}), 0, nil, []string{`"a/../../s2.jpg"`}},
		{"an absolute name", append(good, tarFile{"/etc/passwd.jpg", "z"}), 0, nil, []string{`"/etc/passwd.jpg"`}},
		{"a name of another system", append(good, tarFile{`..\s2.jpg`, "z"}), 0, nil, []string{`s2.jpg`, "inside the archive"}},
		{"a link", append(good, tarFile{"s2.jpg", "->/etc/passwd"}), 0, nil, []string{`the link "s2.jpg" to "/etc/passwd"`}},
		{"a key again", append(good, tarFile{"s0.png", "z"}), 0, nil, []string{"0.tar!s0.png", `"s0" again`}},
		{"a member again", []tarFile{{"s0.jpg", "x"}, {"s0.jpg", "y"}}, 0, nil, []string{"0.tar!s0.jpg", "again"}},
		{"no picture", append(good, tarFile{"s2.cls", "1"}), 0, nil, []string{"0.tar!s2", "no picture"}},
		{"no label", append(good, tarFile{"s2.jpg", "z"}), 0, map[string]string{"dataset_type.txt": "classification"}, []string{"0.tar!s2", "no .cls"}},
		{"no caption", append(good, tarFile{"s2.jpg", "z"}), 0, map[string]string{"dataset_type.txt": "retrieval"}, []string{"0.tar!s0", "no caption"}},
		{"no vector", good, 0, map[string]string{"dataset_type.txt": "multilabel"}, []string{"0.tar!s0", "no .npy"}},
		{"a vector that is none", []tarFile{{"s0.jpg", "x"}, {"s0.npy", "1"}}, 0, nil, []string{"0.tar!s0.npy", "NumPy"}},
		{"another type", good, 0, map[string]string{"dataset_type.txt": "video"}, []string{"dataset_type.txt", `"video"`, "retrieval"}},
		{"a label that is no number", []tarFile{{"s0.jpg", "x"}, {"s0.cls", "cat"}}, 0, nil, []string{"0.tar!s0.cls", `"cat"`}},
		{"a label below zero", []tarFile{{"s0.jpg", "x"}, {"s0.cls", "-1"}}, 0, nil, []string{"0.tar!s0.cls", `"-1"`}},
		{"a label that would fill memory", []tarFile{{"s0.jpg", "x"}, {"s0.cls", "4000000000"}}, 0, nil, []string{"0.tar!s0.cls", `"4000000000"`}},
		{"a label without a name", good, 0, map[string]string{"classnames.txt": "one\n"}, []string{"0.tar!s0.jpg", "label 1", "1 class names"}},
		{"a label of megabytes", []tarFile{{"s0.jpg", "x"}, {"s0.cls", strings.Repeat(" ", 2<<20)}}, 0, nil, []string{"0.tar!s0.cls", "2097152 bytes"}},
		{"a caption that is no text", []tarFile{{"s0.jpg", "x"}, {"s0.txt", "\xff"}}, 0, nil, []string{"0.tar!s0.txt line 1", "UTF-8"}},
		{"no JSON", []tarFile{{"s0.jpg", "x"}, {"s0.json", "{"}}, 0, nil, []string{"0.tar!s0.json", "unexpected end"}},
		{"no samples", nil, 0, nil, []string{"no samples"}},
		{"no end mark", good, 1024, nil, []string{"0.tar", "no end mark", "cut short"}},
		{"cut in a header", good, 1024 + 512 + 100, nil, []string{"0.tar", "cut short"}},
		{"cut in a file", append(good, tarFile{"s2.png", strings.Repeat("x", 5000)}), 1024 + 2000, nil, []string{"0.tar", "cut short"}},
		{"too many shards", good, 0, map[string]string{"nshards.txt": "2"}, []string{"1.tar", "no such file", "nshards.txt"}},
		{"no number of shards", good, 0, map[string]string{"nshards.txt": "many"}, []string{"nshards.txt", `"many"`}},
	} {
		t.Run(c.name, func(t *testing.T) {
			around := t.TempDir()
			root := filepath.Join(around, "set")
			b := makeTar(t, c.tar...)
			write(t, filepath.Join(root, "0.tar"), string(b[:len(b)-c.cut]))
			for name, text := range c.files {
				write(t, filepath.Join(root, name), text)
			}
			_, err := datasets.Open(context.Background(), root, datasets.Options{})
			wantParts(t, err, c.want)
			if left, err := filepath.Glob(filepath.Join(around, "*")); err != nil || len(left) != 1 {
				t.Errorf("files %q, error %v: something was unpacked", left, err)
			}
		})
	}
}

func TestWebDatasetNotFound(t *testing.T) {
	server := httptest.NewServer(http.FileServer(http.Dir(filepath.Join("testdata", "wds"))))
	defer server.Close()
	for _, c := range []struct {
		ref  string
		o    datasets.Options
		want []string
	}{
		{"wds/nothing", datasets.Options{Root: "testdata/wds"}, []string{"wds/nothing", "testdata/wds/nothing", "wds_NAME", "huggingface.co/clip-benchmark"}},
		{"wds/nothing", datasets.Options{}, []string{"no data root", "--data-root"}},
		{"testdata/wds/crawl/{00001..00002}.tar", datasets.Options{}, []string{"00001.tar", "no such file"}},
		{"testdata/wds/crawl/{2..1}.tar", datasets.Options{}, []string{"{2..1}", "{000..009}"}},
		{"testdata/wds/crawl/{0..99999999}.tar", datasets.Options{}, []string{"{0..99999999}", "1048576"}},
		{"testdata/wds/crawl/{0..9999}{0..9999}.tar", datasets.Options{}, []string{"more than 1048576"}},
		{"testdata/wds/crawl/{0.tar", datasets.Options{}, []string{"a lone brace"}},
		{server.URL + "/nothing", datasets.Options{}, []string{"/nothing/test/nshards.txt", "/nothing/nshards.txt", "{000..009}.tar"}},
		{server.URL + "/pairs/test/1.tar?token=secret", datasets.Options{}, []string{"/pairs/test/1.tar?…", "404", "check the address"}},
		{server.URL + "/bare/0.tar", datasets.Options{Split: "test"}, []string{`split "test"`}},
		{"http://[::1", datasets.Options{}, []string{"wanted an address"}},
	} {
		_, err := datasets.Open(context.Background(), c.ref, c.o)
		wantParts(t, err, c.want)
		if err != nil && strings.Contains(err.Error(), "secret") {
			t.Errorf("a key in the message: %v", err)
		}
	}
}

// bigTar writes a tar of n samples of size bytes each, with one caption.
func bigTar(t testing.TB, n, size int) string {
	t.Helper()
	dir := t.TempDir()
	f, err := os.Create(filepath.Join(dir, "0.tar"))
	if err != nil {
		t.Fatal(err)
	}
	w := tar.NewWriter(f)
	body := bytes.Repeat([]byte{0x55}, size)
	for i := range n {
		for _, m := range []struct {
			name string
			data []byte
		}{{fmt.Sprintf("s%07d.jpg", i), body}, {fmt.Sprintf("s%07d.txt", i), []byte("a caption of a few words")}} {
			if err := w.WriteHeader(&tar.Header{Name: m.name, Size: int64(len(m.data)), Mode: 0o644, Typeflag: tar.TypeReg}); err != nil {
				t.Fatal(err)
			}
			if _, err := w.Write(m.data); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	return dir
}

// TestWebDatasetMemory reads 2,000 pictures of 100 kB, 200 MB, and holds what stays reachable to 4 MiB on disk and to the 24 MiB of blocks
// more over HTTP.
func TestWebDatasetMemory(t *testing.T) {
	const n, size = 2000, 100_000
	dir := bigTar(t, n, size)
	server := httptest.NewServer(http.FileServer(http.Dir(dir)))
	defer server.Close()
	for ref, limit := range map[string]uint64{dir: 4 << 20, server.URL + "/0.tar": 29 << 20} {
		live := func() uint64 {
			var m runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&m)
			return m.HeapAlloc
		}
		before := live()
		d, err := datasets.Open(context.Background(), ref, datasets.Options{})
		if err != nil {
			t.Fatal(err)
		}
		seen, most := 0, uint64(0)
		for it, err := range d.Items(context.Background()) {
			if err != nil {
				t.Fatal(err)
			}
			b, err := it.Image.Bytes()
			if err != nil || len(b) != size || it.Captions[0] == "" {
				t.Fatalf("%s: %d bytes, error %v", it.ID, len(b), err)
			}
			if seen++; seen%500 == 0 {
				most = max(most, live()-before)
			}
		}
		if seen != n || most > limit {
			t.Errorf("%s: %d items, %d bytes reachable, want at most %d", ref, seen, most, limit)
		}
		t.Logf("%s: %.1f MiB", ref, float64(most)/(1<<20))
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	}
}

// TestWebDatasetLimit: a few items do not need the shards behind them.
func TestWebDatasetLimit(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "0.tar"), string(makeTar(t, tarFile{"a.jpg", "x"}, tarFile{"b.jpg", "y"}, tarFile{"c.jpg", "z"})))
	write(t, filepath.Join(dir, "nshards.txt"), "1000")
	got, err := openAll(t, dir, datasets.Options{Limit: 2})
	if diff := cmp.Diff([]string{"0/a", "0/b"}, got.IDs); err != nil || diff != "" {
		t.Errorf("error %v (-want +got)\n%s", err, diff)
	}
}

// TestHubAddress is about the pages of Hugging Face, which no test asks.
func TestHubAddress(t *testing.T) {
	for page, want := range map[string]string{
		"https://huggingface.co/datasets/clip-benchmark/wds_cars/tree/main":  "https://huggingface.co/datasets/clip-benchmark/wds_cars/resolve/main",
		"https://huggingface.co/datasets/clip-benchmark/wds_cars":            "https://huggingface.co/datasets/clip-benchmark/wds_cars/resolve/main",
		"https://huggingface.co/datasets/o/r/tree/v2/sub":                    "https://huggingface.co/datasets/o/r/resolve/v2/sub",
		"https://huggingface.co/datasets/clip-benchmark/wds_cars/resolve/x/": "https://huggingface.co/datasets/clip-benchmark/wds_cars/resolve/x",
		"https://example.org/datasets/a/b":                                   "https://example.org/datasets/a/b",
	} {
		if got := datasets.HubPlace(page); got != want {
			t.Errorf("%s: %s, want %s", page, got, want)
		}
	}
}

// BenchmarkWebDataset reads every picture of a tar of 20,000 bytes each; compare with reading the file itself, "plain".
func BenchmarkWebDataset(b *testing.B) {
	const n, size = 5000, 20_000
	dir := bigTar(b, n, size)
	server := httptest.NewServer(http.FileServer(http.Dir(dir)))
	defer server.Close()
	for _, c := range []struct{ name, ref string }{{"disk", dir}, {"http", server.URL + "/0.tar"}} {
		b.Run(c.name, func(b *testing.B) {
			b.SetBytes(n * size)
			for b.Loop() {
				d, err := datasets.Open(context.Background(), c.ref, datasets.Options{})
				if err != nil {
					b.Fatal(err)
				}
				for it, err := range d.Items(context.Background()) {
					if err != nil {
						b.Fatal(err)
					}
					if _, err := it.Image.Bytes(); err != nil {
						b.Fatal(err)
					}
				}
				if err := d.Close(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	b.Run("plain", func(b *testing.B) {
		b.SetBytes(n * size)
		buffer := make([]byte, size)
		for b.Loop() {
			f, err := os.Open(filepath.Join(dir, "0.tar"))
			if err != nil {
				b.Fatal(err)
			}
			for {
				if _, err := io.ReadFull(f, buffer); err != nil {
					break
				}
			}
			f.Close()
		}
	})
}
