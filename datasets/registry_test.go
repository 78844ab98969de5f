package datasets_test

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mindgap/datasets"
	"mindgap/models/fault"
)

func TestOpenFaults(t *testing.T) {
	empty := t.TempDir()
	file := filepath.Join(empty, "file")
	write(t, file, "x")
	for _, c := range []struct {
		ref  string
		o    datasets.Options
		kind fault.Kind
		want []string
	}{
		{"emojis", datasets.Options{Root: empty}, fault.Input, []string{`"emojis"`, "builtin, cifar10, cifar100", "sub-folder of images for each class"}},
		{"", datasets.Options{Root: empty}, fault.Input, []string{`""`, "builtin, cifar10"}},
		{file, datasets.Options{}, fault.Input, []string{file, "nothing that a known format recognises"}},
		{"cifar10", datasets.Options{}, fault.Usage, []string{"no data root", "cifar-10-batches-bin", "--data-root", "kriz/cifar.html"}},
		{"cifar100", datasets.Options{Root: empty}, fault.Input, []string{"no such files under " + empty, "cifar-100-binary", "kriz/cifar.html"}},
		{"cifar10", datasets.Options{Root: filepath.Join(empty, "none")}, fault.Input, []string{"none", "no such file"}},
		{"cifar10", datasets.Options{Root: file}, fault.Input, []string{file + " is a file"}},
		{"builtin", datasets.Options{Split: "train"}, fault.Usage, []string{`split "train"`, "one of test"}},
		{"builtin", datasets.Options{Target: "names"}, fault.Usage, []string{`target "names"`, "name, everyday, group"}},
		{"builtin", datasets.Options{Columns: map[string]string{"image": "x"}}, fault.Usage, []string{"names of columns", "builtin is no table", "--image-column"}},
		{"builtin", datasets.Options{Limit: -3}, fault.Usage, []string{"limit -3"}},
		{"cifar10", datasets.Options{Root: "testdata/cifar", Target: "fine"}, fault.Usage, []string{`target "fine"`, "has no targets", "leave --target out"}},
	} {
		_, err := datasets.Open(context.Background(), c.ref, c.o)
		wantParts(t, err, c.want)
		if kind, _ := fault.KindOf(err); kind != c.kind {
			t.Errorf("%q: kind %v, want %v: %v", c.ref, kind, c.kind, err)
		}
	}
}

// TestNamesBeforeFolders: a folder that is called like a known set does not hide it, and is reached by a path.
func TestNamesBeforeFolders(t *testing.T) {
	root := t.TempDir()
	t.Chdir(root)
	plant(t, root, "builtin/a/x.png")
	if d, err := datasets.Open(context.Background(), "builtin", datasets.Options{}); err != nil || d.Info().Len != 1300 {
		t.Errorf("%v, error %v", d, err)
	}
	if d, err := datasets.Open(context.Background(), "./builtin", datasets.Options{}); err != nil || d.Info().Len != 1 {
		t.Errorf("%v, error %v", d, err)
	}
}

func TestList(t *testing.T) {
	find := func(list []datasets.Listing, name string) datasets.Listing {
		i := slices.IndexFunc(list, func(l datasets.Listing) bool { return l.Name == name })
		if i < 0 {
			t.Fatalf("no %s in %+v", name, list)
		}
		return list[i]
	}
	cifar := filepath.Join("testdata", "cifar")
	here := datasets.List(datasets.Options{Root: cifar})
	if l := find(here, "cifar100"); !l.Found || l.Path != filepath.Join(cifar, "cifar-100-binary") || l.Missing != "" {
		t.Errorf("%+v", l)
	}
	if l := find(here, "builtin"); !l.Found || l.Help == "" {
		t.Errorf("%+v", l)
	}
	if l := find(here, "folder"); l.Found || !strings.Contains(l.Missing, "<class>") {
		t.Errorf("%+v", l)
	}
	for _, root := range []string{"", t.TempDir()} {
		if l := find(datasets.List(datasets.Options{Root: root}), "cifar10"); l.Found || l.Path != "" || !strings.Contains(l.Missing, "test_batch") {
			t.Errorf("%+v", l)
		}
	}
	var names []string
	for _, l := range here {
		names = append(names, l.Name)
	}
	for _, n := range datasets.Names() {
		if !slices.Contains(names, n) {
			t.Errorf("%s is not listed", n)
		}
	}
}

// TestSharedName: of two formats with one name the first that finds its files opens, and a message names the layouts of both.
func TestSharedName(t *testing.T) {
	open := func(name string) func(context.Context, string, string, datasets.Options) (datasets.Dataset, error) {
		return func(ctx context.Context, _, path string, o datasets.Options) (datasets.Dataset, error) {
			return nil, &fault.Error{Op: "reached", Thing: name, Found: path}
		}
	}
	in := func(file string) func(string, string) (string, bool) {
		return func(_, root string) (string, bool) {
			_, err := os.Stat(filepath.Join(root, file))
			return filepath.Join(root, file), err == nil
		}
	}
	formats := []datasets.Format{
		{Name: "test-b", Names: []string{"test-shared"}, Find: in("b"), Layout: "b", Origin: "there", Open: open("b")},
		{Name: "test-a", Names: []string{"test-shared"}, Find: in("a"), Layout: "a", Origin: "there", Open: open("a")},
	}
	defer datasets.RegisterForTest(formats...)()
	root := t.TempDir()
	_, err := datasets.Open(context.Background(), "test-shared", datasets.Options{Root: root})
	wantParts(t, err, []string{"wanted a or b", "get it from there"})
	for _, file := range []string{"b", "a"} {
		plant(t, root, file)
		_, err := datasets.Open(context.Background(), "test-shared", datasets.Options{Root: root})
		wantParts(t, err, []string{"reached " + file, filepath.Join(root, file)})
	}
}

func TestRegisterPanics(t *testing.T) {
	open := datasets.Formats()[0].Open
	for _, f := range []datasets.Format{{}, {Name: "x"}, {Open: open}, {Name: "builtin", Open: open}} {
		before := len(datasets.Formats())
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("format %q was accepted", f.Name)
				}
			}()
			datasets.Register(f)
		}()
		if diff := cmp.Diff(before, len(datasets.Formats())); diff != "" {
			t.Errorf("formats (-before +after)\n%s", diff)
		}
	}
}
