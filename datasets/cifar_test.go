package datasets_test

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mindgap/datasets"
	"mindgap/models/fault"
)

func init() {
	cifar := filepath.Join("testdata", "cifar")
	add := func(ref, root, split, target, want string) {
		set, _, _ := strings.Cut(want, " ")
		conformances = append(conformances, conformance{format: set + "-binary", ref: ref,
			options: datasets.Options{Root: root, Split: split, Target: target}, want: want})
	}
	add("cifar10", cifar, "", "", "cifar10 test")
	add("cifar10", filepath.Join(cifar, "cifar-10-batches-bin"), "train", "", "cifar10 train")
	add("cifar100", cifar, "", "", "cifar100 test fine")
	add("cifar100", cifar, "test", "coarse", "cifar100 test coarse")
	add(filepath.Join(cifar, "cifar-100-binary"), "", "train", "fine", "cifar100 train fine") // by path
	add("cifar-100-binary", cifar, "train", "coarse", "cifar100 train coarse")                // by path under the root
}

// drain returns the number of items and the error that ends them.
func drain(d datasets.Dataset) (n int, err error) {
	for _, err := range d.Items(context.Background()) {
		if err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}

// TestCIFARHostile spoils a set in one way at a time; each fault names the file, and the record where there is one.
func TestCIFARHostile(t *testing.T) {
	const record = 3073
	good, err := os.ReadFile(filepath.Join("testdata", "cifar", "cifar-10-batches-bin", "test_batch.bin"))
	if err != nil {
		t.Fatal(err)
	}
	edit := func(at int, b byte) []byte {
		c := append([]byte(nil), good...)
		c[at] = b
		return c
	}
	for _, c := range []struct {
		name    string
		file    []byte // the test batch; nil leaves it out
		names   string // batches.meta.txt; "" leaves it out
		split   string
		wantErr []string // parts of the error, at opening or at the end of the items
	}{
		{name: "cut short", file: good[:2*record-1], wantErr: []string{"test_batch.bin", "6145 bytes", "multiple of 3073"}},
		{name: "empty", file: []byte{}, wantErr: []string{"test_batch.bin", "0 bytes"}},
		{name: "label out of range", file: edit(2*record, 10), wantErr: []string{"test_batch.bin record 2", "label 10", "0 to 9"}},
		{name: "last label out of range", file: edit(6*record, 255), wantErr: []string{"test_batch.bin record 6", "label 255"}},
		{name: "too few names", file: good, names: "airplane\ncat\n", wantErr: []string{"batches.meta.txt", "2 names", "10"}},
		{name: "split is not there", file: good, split: "train", wantErr: []string{"data_batch_1.bin", "no such file"}},
		{name: "whole", file: good},
	} {
		t.Run(c.name, func(t *testing.T) {
			root := t.TempDir()
			dir := filepath.Join(root, "cifar-10-batches-bin")
			write(t, filepath.Join(dir, "test_batch.bin"), string(c.file))
			if c.names != "" {
				write(t, filepath.Join(dir, "batches.meta.txt"), c.names)
			}
			d, err := datasets.Open(context.Background(), "cifar10", datasets.Options{Root: root, Split: c.split})
			if err == nil {
				_, err = drain(d)
			}
			wantParts(t, err, c.wantErr)
		})
	}
}

// TestCIFARChanges cuts a file, and empties it, after it was opened.
func TestCIFARChanges(t *testing.T) {
	for size, want := range map[int64][]string{3073 + 100: {"test_batch.bin record 1", "unexpected EOF"}, 3073: {"found 1 records", "wanted 7"}} {
		root := t.TempDir()
		file := filepath.Join(root, "test_batch.bin")
		if err := os.CopyFS(root, os.DirFS(filepath.Join("testdata", "cifar", "cifar-10-batches-bin"))); err != nil {
			t.Fatal(err)
		}
		d, err := datasets.Open(context.Background(), "cifar10", datasets.Options{Root: root})
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Truncate(file, size); err != nil {
			t.Fatal(err)
		}
		n, err := drain(d)
		wantParts(t, err, want)
		if n != 1 {
			t.Errorf("size %d: %d items before the fault, want 1", size, n)
		}
	}
}

// FuzzCIFAR opens a batch of any bytes: whole records with good labels are items, everything else is a fault.
func FuzzCIFAR(f *testing.F) {
	f.Add(make([]byte, 3073))
	f.Add(make([]byte, 3072))
	f.Add(append(make([]byte, 3073), append([]byte{11}, make([]byte, 3072)...)...))
	f.Fuzz(func(t *testing.T, b []byte) {
		root := t.TempDir()
		write(t, filepath.Join(root, "test_batch.bin"), string(b))
		n := 0
		d, err := datasets.Open(context.Background(), "cifar10", datasets.Options{Root: root})
		if err == nil {
			n, err = drain(d)
		}
		good := 0
		for good*3073 < len(b) && b[good*3073] < 10 {
			good++
		}
		whole := len(b) > 0 && len(b)%3073 == 0
		switch {
		case !whole && (err == nil || n != 0), whole && n != good, whole && (err == nil) != (good == len(b)/3073):
			t.Errorf("%d bytes: %d items and error %v", len(b), n, err)
		}
		if _, ok := fault.KindOf(err); err != nil && !ok {
			t.Errorf("error %v is no fault", err)
		}
	})
}

// BenchmarkCIFAR iterates over 10,000 images.
func BenchmarkCIFAR(b *testing.B) {
	root := b.TempDir()
	f, err := os.Create(filepath.Join(root, "test_batch.bin"))
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	if _, err := io.CopyN(f, zeros{}, 10_000*3073); err != nil {
		b.Fatal(err)
	}
	d, err := datasets.Open(context.Background(), "cifar10", datasets.Options{Root: root})
	if err != nil {
		b.Fatal(err)
	}
	images := 0
	for b.Loop() {
		n, err := drain(d)
		if err != nil {
			b.Fatal(err)
		}
		images += n
	}
	b.ReportMetric(float64(images)/b.Elapsed().Seconds(), "images/s")
}

func BenchmarkOpenCIFAR(b *testing.B) {
	root := b.TempDir()
	f, err := os.Create(filepath.Join(root, "test_batch.bin"))
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	if _, err := io.CopyN(f, zeros{}, 10_000*3073); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := datasets.Open(context.Background(), "cifar10", datasets.Options{Root: root}); err != nil {
			b.Fatal(err)
		}
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

func write(t testing.TB, file, content string) {
	t.Helper()
	if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o755), os.WriteFile(file, []byte(content), 0o644)); err != nil {
		t.Fatal(err)
	}
}

// wantParts checks that err is a fault whose text holds every part, or that there is none where no part is wanted.
func wantParts(t *testing.T, err error, parts []string) {
	t.Helper()
	if len(parts) == 0 {
		if err != nil {
			t.Errorf("error %v, want none", err)
		}
		return
	}
	if _, ok := fault.KindOf(err); !ok {
		t.Errorf("error %v, want a fault", err)
		return
	}
	for _, p := range parts {
		if !strings.Contains(err.Error(), p) {
			t.Errorf("error %q, want it to hold %q", err, p)
		}
	}
}
