package datasets_test

import (
	"context"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"mindgap/datasets"
)

// sparse writes head, hole zeros that take no room on the disk, and tail.
func sparse(t testing.TB, file string, head []byte, hole int64, tail []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	f, err := os.Create(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.Write(head); err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteAt(tail, int64(len(head))+hole); err != nil {
		t.Fatal(err)
	}
}

// realCIFAR writes CIFAR-10 in full size, 60,000 black pictures, in its binary form or as pickles.
func realCIFAR(t testing.TB, form string) (root string) {
	root = t.TempDir()
	names := []string{"test_batch", "data_batch_1", "data_batch_2", "data_batch_3", "data_batch_4", "data_batch_5"}
	for _, name := range names {
		const n = 10_000
		if form == "binary" {
			sparse(t, filepath.Join(root, "cifar-10-batches-bin", name+".bin"), nil, n*3073-1, []byte{0})
			continue
		}
		head := []byte("\x80\x02}(U\x06labels](")
		for i := range n {
			head = append(head, 'K', byte(i%10))
		}
		head = append(head, "eU\x04datacnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85U\x01b\x87R(K\x01M\x10'M\x00\x0c\x86cnumpy\ndtype\nU\x02u1\x85R\x89T"...)
		head = binary.LittleEndian.AppendUint32(head, n*3072)
		sparse(t, filepath.Join(root, "cifar-10-batches-py", name), head, n*3072, []byte("tbu."))
	}
	return root
}

// TestRealSizes: both forms of CIFAR-10 have their 50,000 and 10,000 pictures.
func TestRealSizes(t *testing.T) {
	for _, form := range []string{"binary", "python"} {
		root := realCIFAR(t, form)
		for split, want := range map[string]int{"train": 50_000, "test": 10_000} {
			d, err := datasets.Open(context.Background(), "cifar10", datasets.Options{Root: root, Split: split})
			if err != nil {
				t.Fatal(form, split, err)
			}
			if d.Info().Len != want {
				t.Errorf("%s %s: %d items, want %d", form, split, d.Info().Len, want)
			}
			if split == "test" {
				if n, err := drain(d); n != want || err != nil {
					t.Errorf("%s: %d items, error %v", form, n, err)
				}
			}
		}
	}
}

// iterate times whole passes over a set.
func iterate(b *testing.B, ref string, o datasets.Options) {
	b.Helper()
	d, err := datasets.Open(context.Background(), ref, o)
	if err != nil {
		b.Fatal(err)
	}
	images := 0
	b.ReportAllocs()
	for b.Loop() {
		n, err := drain(d)
		if err != nil {
			b.Fatal(err)
		}
		images += n
	}
	b.ReportMetric(float64(images)/b.Elapsed().Seconds(), "images/s")
}

// BenchmarkForms iterates over CIFAR-10's 50,000 training pictures as records and as pickles, and over the small fixtures of other forms.
func BenchmarkForms(b *testing.B) {
	for _, form := range []string{"binary", "python"} {
		b.Run(form, func(b *testing.B) { iterate(b, "cifar10", datasets.Options{Root: realCIFAR(b, form), Split: "train"}) })
	}
	labelled := filepath.Join("testdata", "labelled")
	b.Run("parquet", func(b *testing.B) { iterate(b, "cifar10", datasets.Options{Root: filepath.Join(labelled, "parquet")}) })
	b.Run("svhn", func(b *testing.B) { iterate(b, "svhn", datasets.Options{Root: labelled}) })
}

// BenchmarkOpenImageNet opens 50,000 images in 1,000 folders, and in one with the ground truth beside them.
func BenchmarkOpenImageNet(b *testing.B) {
	for _, form := range []string{"folders", "flat"} {
		b.Run(form, func(b *testing.B) {
			root := b.TempDir()
			dir := filepath.Join(root, "imagenet1k", "val")
			ids := string(read(b, "prompts", "imagenet_wnids.txt"))
			for i := range 50_000 {
				at := dir
				if form == "folders" {
					at = filepath.Join(dir, ids[i%1000*10:i%1000*10+9])
				}
				if err := os.MkdirAll(at, 0o755); err != nil {
					b.Fatal(err)
				}
				if err := os.WriteFile(filepath.Join(at, fmt.Sprintf("ILSVRC2012_val_%08d.JPEG", i+1)), nil, 0o644); err != nil {
					b.Fatal(err)
				}
			}
			var labels []byte
			for i := range 50_000 {
				labels = append(labels, ids[i%1000*10:i%1000*10+10]...)
			}
			if form == "flat" {
				write(b, filepath.Join(root, "imagenet1k", "imagenet_2012_validation_synset_labels.txt"), string(labels))
			}
			for b.Loop() {
				d, err := datasets.Open(context.Background(), "imagenet1k", datasets.Options{Root: root})
				if err != nil || d.Info().Len != 50_000 {
					b.Fatal(d, err)
				}
			}
		})
	}
}
