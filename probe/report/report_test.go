package report

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"image/png"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mindgap/models/fault"
	"mindgap/probe"
)

// tree lists every file and folder below dir, hidden ones included.
func tree(t *testing.T, dir string) []string {
	t.Helper()
	var names []string
	err := filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
		if path != dir {
			name, _ := filepath.Rel(dir, path)
			names = append(names, filepath.ToSlash(name))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(names)
	return names
}

func TestWrite(t *testing.T) {
	rec := load(t)
	root := t.TempDir()
	dir := filepath.Join(root, "new", "out")
	var last, calls int
	o := Options{Command: "mindgap report", Progress: func(done, total int) {
		if calls++; done != last+1 || done > total {
			t.Errorf("progress %d of %d after %d", done, total, last)
		}
		last = done
	}}
	if err := Write(t.Context(), dir, rec, o); err != nil {
		t.Fatal(err)
	}
	want := []string{"new", "new/out", "new/out/index.html", "new/out/plots", "new/out/record.json"}
	for _, p := range plotters {
		want = append(want, "new/out/plots/"+p.Name()+".csv", "new/out/plots/"+p.Name()+".png", "new/out/plots/"+p.Name()+".svg")
	}
	slices.Sort(want)
	if diff := cmp.Diff(want, tree(t, root)); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
	if last != 2*len(plotters)+2 {
		t.Errorf("%d steps were told", last)
	}
	page := read(t, dir, pageFile)
	checkPage(t, page)
	for _, p := range plotters {
		img, err := png.Decode(bytes.NewReader(read(t, dir, plotsDir+"/"+p.Name()+".png")))
		if err != nil {
			t.Fatal(err)
		}
		if img.Bounds().Dx() != 1440 {
			t.Errorf("%s.png is %d pixels wide", p.Name(), img.Bounds().Dx())
		}
	}

	var got, frozen any
	if err := json.Unmarshal(read(t, dir, recordFile), &got); err != nil {
		t.Fatal(err)
	}
	b, _ := json.Marshal(rec)
	if err := json.Unmarshal(b, &frozen); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(frozen, got); diff != "" {
		t.Errorf("record.json (-want +got):\n%s", diff)
	}

	// A second report takes the place of the first, and loses what the first alone had.
	res := rec.Results.(*probe.ReportResults)
	strip(res)
	if err := Write(t.Context(), dir, rec, Options{}); err != nil {
		t.Fatal(err)
	}
	if names := tree(t, root); slices.Contains(names, "new/out/plots/accuracy.svg") || !slices.Contains(names, "new/out/plots/recall.svg") {
		t.Errorf("after the second report: %v", names)
	}
}

func read(t *testing.T, dir, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(name)))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestRefusals tries places that must not be written, and looks that they are left as they were.
func TestRefusals(t *testing.T) {
	rec := load(t)
	// One plot is enough where the place alone is tried.
	rec.Results = &probe.ReportResults{Shift: rec.Results.(*probe.ReportResults).Shift}
	strip(rec.Results.(*probe.ReportResults))
	plots := len(applicable(rec.Results.(*probe.ReportResults)))
	const ours = `{"schema": "mindgap/1", "kind": "report", "results": {}}`
	tests := map[string]struct {
		files map[string]string
		ok    bool
	}{
		"empty folder":            {map[string]string{}, true},
		"earlier report":          {map[string]string{"record.json": ours, "index.html": "x", "plots/old.svg": "x"}, true},
		"report seen in Finder":   {map[string]string{"record.json": ours, ".DS_Store": "x", "plots/.DS_Store": "x"}, true},
		"report of a later form":  {map[string]string{"record.json": strings.Replace(ours, "/1", "/2", 1)}, true},
		"foreign file":            {map[string]string{"thesis.tex": "x"}, false},
		"record of another kind":  {map[string]string{"record.json": strings.Replace(ours, "report", "embed", 1)}, false},
		"record of another tool":  {map[string]string{"record.json": `{"schema": "other/1", "kind": "report"}`}, false},
		"record that is no JSON":  {map[string]string{"record.json": "\x00\x01"}, false},
		"record that is a list":   {map[string]string{"record.json": "[1]"}, false},
		"record of wrong types":   {map[string]string{"record.json": `{"schema": {"a": 1}, "kind": 2}`}, false},
		"report and a note":       {map[string]string{"record.json": ours, "notes.txt": "x"}, false},
		"report and another plot": {map[string]string{"record.json": ours, "plots/mine.ai": "x"}, false},
		"plots is a file":         {map[string]string{"record.json": ours, "plots": "x"}, false},
		"page without a record":   {map[string]string{"index.html": "x"}, false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			root := t.TempDir()
			dir := filepath.Join(root, "out")
			if err := os.Mkdir(dir, 0o777); err != nil {
				t.Fatal(err)
			}
			for name, text := range test.files {
				path := filepath.Join(dir, filepath.FromSlash(name))
				if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
					t.Fatal(err)
				}
			}
			before := tree(t, root)
			err := Write(t.Context(), dir, rec, Options{})
			if test.ok {
				if err != nil {
					t.Fatal(err)
				}
				if names := tree(t, root); slices.Contains(names, "out/plots/old.svg") || len(names) != 4+3*plots {
					t.Errorf("files: %v", names)
				}
				return
			}
			checkFault(t, err, fault.Input, "name another folder")
			if diff := cmp.Diff(before, tree(t, root)); diff != "" {
				t.Errorf("files (-before +after):\n%s", diff)
			}
		})
	}
}

// checkFault demands a fault of the given kind whose next step holds next.
func checkFault(t *testing.T, err error, kind fault.Kind, next string) {
	t.Helper()
	var f *fault.Error
	if !errors.As(err, &f) {
		t.Fatalf("got %v, want a fault", err)
	}
	if f.Kind != kind || f.Op == "" || f.Thing == "" || !strings.Contains(f.Next, next) {
		t.Errorf("got %+v, want kind %d and a next step %q", f, kind, next)
	}
}

func TestWriteToFile(t *testing.T) {
	root := t.TempDir()
	file := filepath.Join(root, "out")
	if err := os.WriteFile(file, []byte("keep"), 0o666); err != nil {
		t.Fatal(err)
	}
	checkFault(t, Write(t.Context(), file, load(t), Options{}), fault.Input, "name another folder")
	checkFault(t, Write(t.Context(), filepath.Join(file, "below"), load(t), Options{}), fault.System, "another one")
	if got := tree(t, root); !slices.Equal(got, []string{"out"}) || string(read(t, root, "out")) != "keep" {
		t.Errorf("files: %v", got)
	}
}

// TestUnwritable writes below a path that cannot be made, for root as well.
func TestUnwritable(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Log("needs /proc, in which nobody may make folders")
		return
	}
	checkFault(t, Write(t.Context(), "/proc/mindgap/out", load(t), Options{}), fault.System, "writable")
}

// TestSymlink follows a link to the folder that it names instead of replacing the link.
func TestSymlink(t *testing.T) {
	root := t.TempDir()
	if err := os.Mkdir(filepath.Join(root, "real"), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("real", filepath.Join(root, "link")); err != nil {
		t.Fatal(err)
	}
	if err := Write(t.Context(), filepath.Join(root, "link"), load(t), Options{}); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Lstat(filepath.Join(root, "link")); err != nil || info.Mode()&fs.ModeSymlink == 0 {
		t.Error("the link was replaced")
	}
	read(t, root, "real/index.html")
}

// TestCancelled cancels before the start and after every step; the earlier report must stand untouched and nothing else be there.
func TestCancelled(t *testing.T) {
	rec := load(t)
	root := t.TempDir()
	dir := filepath.Join(root, "out")
	if err := Write(t.Context(), dir, rec, Options{Command: "the first"}); err != nil {
		t.Fatal(err)
	}
	before := tree(t, root)
	for _, at := range []int{0, 1, 5, 2*len(plotters) + 1, 2*len(plotters) + 2} {
		ctx, cancel := context.WithCancel(t.Context())
		if at == 0 {
			cancel()
		}
		err := Write(ctx, dir, rec, Options{Command: "the second", Progress: func(done, _ int) {
			if done == at {
				cancel()
			}
		}})
		if !errors.Is(err, context.Canceled) {
			t.Errorf("cancelled at step %d: %v", at, err)
		}
		if diff := cmp.Diff(before, tree(t, root)); diff != "" {
			t.Errorf("cancelled at step %d, files (-before +after):\n%s", at, diff)
		}
		if !bytes.Contains(read(t, dir, pageFile), []byte("the first")) {
			t.Errorf("cancelled at step %d, and the page changed", at)
		}
	}
}

// brokenPlot panics, as a drawing library may on numbers nobody foresaw.
type brokenPlot struct{ recallPlot }

func (brokenPlot) Name() string                              { return "broken" }
func (brokenPlot) Draw(*probe.ReportResults) (Drawing, Size) { panic("no such axis") }

func TestPanicBecomesFault(t *testing.T) {
	old := plotters
	t.Cleanup(func() { plotters = old })
	plotters = append(slices.Clone(old), brokenPlot{})
	root := t.TempDir()
	err := Write(t.Context(), filepath.Join(root, "a", "b"), load(t), Options{})
	checkFault(t, err, fault.System, "report this as a bug")
	if names := tree(t, root); len(names) != 0 {
		t.Errorf("left behind: %v", names)
	}
}

func TestWrongKind(t *testing.T) {
	rec := load(t)
	for _, results := range []any{nil, &probe.MeasureResults{}, (*probe.ReportResults)(nil)} {
		rec.Results = results
		checkFault(t, Write(t.Context(), filepath.Join(t.TempDir(), "out"), rec, Options{}), fault.Input, "mindgap report")
	}
}

// BenchmarkWrite is the whole report of 1,300 pairs; a second run of the command must stay below 3 s with it.
func BenchmarkWrite(b *testing.B) {
	rec := synthetic(1300)
	dir := filepath.Join(b.TempDir(), "out")
	for b.Loop() {
		if err := Write(b.Context(), dir, rec, Options{}); err != nil {
			b.Fatal(err)
		}
	}
}
