package builtin

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"mindgap/models/fault"
)

var allFiles = []string{
	"config.json", "merges.txt", textFile, visionFile, "preprocessor_config.json", "special_tokens_map.json", "tokenizer_config.json",
}

func open(t testing.TB, name string) fs.FS {
	t.Helper()
	fsys, err := Open(name)
	if err != nil {
		t.Fatal(err)
	}
	return fsys
}

func TestNames(t *testing.T) {
	want := []string{"emoji", "emoji-random1", "emoji-random2", "emoji-random3", "cifar10", "cifar10-random1", "cifar10-random2", "cifar10-random3"}
	if d := cmp.Diff(want, Names()); d != "" {
		t.Errorf("names (-want +got):\n%s", d)
	}
	if Names()[0] != Default {
		t.Errorf("first name is %s, the default %s", Names()[0], Default)
	}
}

func TestUnknownName(t *testing.T) {
	_, errOpen := Open("emoji-random4")
	_, errAbout := About("emoji-random4")
	for _, err := range []error{errOpen, errAbout} {
		var f *fault.Error
		if !errors.As(err, &f) || f.Kind != fault.Input {
			t.Fatalf("error %v, wanted an input fault", err)
		}
		for _, name := range Names() {
			if !strings.Contains(err.Error(), name) {
				t.Errorf("message does not name %s: %v", name, err)
			}
		}
	}
}

// exportReport is what the exporter wrote down beside the ONNX files.
func exportReport(t *testing.T, family string) map[string]struct {
	Vision string `json:"vision_sha256"`
	Text   string `json:"text_sha256"`
} {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("scripts", family, "export_report.json"))
	if err != nil {
		t.Fatal(err)
	}
	var report map[string]struct {
		Vision string `json:"vision_sha256"`
		Text   string `json:"text_sha256"`
	}
	if err := json.Unmarshal(raw, &report); err != nil {
		t.Fatal(err)
	}
	return report
}

// Every file of every model is the exporter's, to the byte; for a twin this proves the drawing.
func TestFilesAreTheExporters(t *testing.T) {
	prints := readPrints(t)
	for _, name := range Names() {
		t.Run(name, func(t *testing.T) {
			fsys := open(t, name)
			family, variant, isTwin := strings.Cut(name, "-")
			if !isTwin {
				variant = "trained"
			}
			report := exportReport(t, family)[variant]
			wanted := map[string]string{visionFile: report.Vision, textFile: report.Text}
			for _, file := range allFiles {
				b, err := fs.ReadFile(fsys, file)
				if err != nil {
					t.Fatal(err)
				}
				got := hexSum(b)
				if want := prints[name][file].SHA256; got != want {
					t.Errorf("%s: SHA-256 %s, files.json says %s", file, got, want)
				}
				if want, ok := wanted[file]; ok && got != want {
					t.Errorf("%s: SHA-256 %s, export_report.json says %q", file, got, want)
				}
				if told, ok := fsys.(*modelFS).SHA256(file); !ok || told != got {
					t.Errorf("%s: told SHA-256 %q, %t", file, told, ok)
				}
				if info, err := fs.Stat(fsys, file); err != nil || info.Size() != int64(len(b)) {
					t.Errorf("%s: size %v, %v, wanted %d", file, info, err, len(b))
				}
			}
			if len(prints[name]) != len(allFiles) {
				t.Errorf("files.json holds %d files, wanted %d", len(prints[name]), len(allFiles))
			}
		})
	}
}

func readPrints(t *testing.T) map[string]map[string]fingerprint {
	t.Helper()
	raw, err := os.ReadFile("data/files.json")
	if err != nil {
		t.Fatal(err)
	}
	var prints map[string]map[string]fingerprint
	if err := json.Unmarshal(raw, &prints); err != nil {
		t.Fatal(err)
	}
	if len(prints) != len(Names()) {
		t.Fatalf("files.json holds %d models, wanted %d", len(prints), len(Names()))
	}
	return prints
}

func hexSum(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// The files beside those that were exported, with MINDGAP_REFERENCE at the folder that holds models/.
func TestConformsToReferenceFolder(t *testing.T) {
	root := os.Getenv("MINDGAP_REFERENCE")
	if root == "" {
		t.Skip("MINDGAP_REFERENCE names no reference folder")
	}
	for _, name := range Names() {
		family, variant, isTwin := strings.Cut(name, "-")
		if !isTwin {
			variant = "trained"
		}
		for _, file := range allFiles {
			want, err := os.ReadFile(filepath.Join(root, "models", family, variant, filepath.FromSlash(file)))
			if err != nil {
				t.Fatal(err)
			}
			got, err := fs.ReadFile(open(t, name), file)
			if err != nil {
				t.Fatal(err)
			}
			if string(got) != string(want) {
				t.Errorf("%s/%s differs from the reference", name, file)
			}
		}
	}
}

func TestFileSystemConforms(t *testing.T) {
	for _, name := range Names() {
		if err := fstest.TestFS(open(t, name), allFiles...); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestFileSystemErrors(t *testing.T) {
	fsys := open(t, Default)
	for _, c := range []struct {
		path string
		want error
	}{{"vocab.json", fs.ErrNotExist}, {"onnx/model.onnx", fs.ErrNotExist}, {"../config.json", fs.ErrInvalid}, {"onnx", errIsDir}, {"", fs.ErrInvalid}} {
		if _, err := fs.ReadFile(fsys, c.path); !errors.Is(err, c.want) {
			t.Errorf("ReadFile(%q): %v, wanted %v", c.path, err, c.want)
		}
	}
	f, err := fsys.Open("config.json")
	if err != nil {
		t.Fatal(err)
	}
	f.Close()
	if _, err := f.Read(make([]byte, 1)); !errors.Is(err, fs.ErrClosed) {
		t.Errorf("read after close: %v, wanted %v", err, fs.ErrClosed)
	}
}

// What a reader does to its bytes reaches no other reader.
func TestReadersOwnTheirBytes(t *testing.T) {
	for _, name := range Names() {
		for _, file := range allFiles {
			first, err := fs.ReadFile(open(t, name), file)
			if err != nil {
				t.Fatal(err)
			}
			want := hexSum(first)
			clear(first)
			again, err := fs.ReadFile(open(t, name), file)
			if err != nil {
				t.Fatal(err)
			}
			if hexSum(again) != want {
				t.Errorf("%s/%s changed with the bytes given out before", name, file)
			}
		}
	}
}

// Many readers at once, of a catalogue in which nothing has been drawn yet, get the same bytes. Run with -race.
func TestConcurrentReads(t *testing.T) {
	prints := readPrints(t)
	vision := onceVerified(prints["emoji-random2"][visionFile], func() ([]byte, error) { return drawVision(2) })
	text := onceVerified(prints["emoji-random2"][textFile], func() ([]byte, error) { return drawText(2) })
	m := newModelFS(prints["cifar10-random2"], twinFiles("cifar10", "cifar10-random2", vision, text))
	var wg sync.WaitGroup
	for range 8 {
		for _, file := range allFiles {
			wg.Go(func() {
				f, err := m.Open(file)
				if err != nil {
					t.Error(err)
					return
				}
				defer f.Close()
				b, err := io.ReadAll(f)
				if err != nil {
					t.Error(err)
				} else if got := hexSum(b); got != prints["cifar10-random2"][file].SHA256 {
					t.Errorf("%s: SHA-256 %s", file, got)
				}
			})
		}
	}
	wg.Wait()
}

// A twin that comes out differently is an error, not another model.
func TestWrongDrawIsRefused(t *testing.T) {
	src := onceVerified(readPrints(t)["emoji-random1"][visionFile], func() ([]byte, error) { return drawVision(2) })
	for range 2 {
		b, err := src()
		if kind, ok := fault.KindOf(err); !ok || kind != fault.System || b != nil {
			t.Errorf("got %d bytes and error %v, wanted a system fault", len(b), err)
		}
	}
}

func ExampleOpen() {
	fsys, err := Open(Default)
	if err != nil {
		panic(err)
	}
	b, err := fs.ReadFile(fsys, "onnx/text_model.onnx")
	if err != nil {
		panic(err)
	}
	fmt.Println(len(b), "bytes")
	// Output: 3826444 bytes
}

func BenchmarkReadTrained(b *testing.B) {
	for _, name := range families {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				fsys := open(b, name)
				for _, file := range []string{visionFile, textFile} {
					if _, err := fs.ReadFile(fsys, file); err != nil {
						b.Fatal(err)
					}
				}
			}
		})
	}
}

func BenchmarkDrawTwin(b *testing.B) {
	for b.Loop() {
		if _, err := drawVision(1); err != nil {
			b.Fatal(err)
		}
		if _, err := drawText(1); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkReadMerges(b *testing.B) {
	fsys := open(b, Default)
	for b.Loop() {
		if _, err := fs.ReadFile(fsys, "merges.txt"); err != nil {
			b.Fatal(err)
		}
	}
}
