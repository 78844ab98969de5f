package embfile

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mindgap/gap"

	"github.com/google/go-cmp/cmp"
)

func TestReadPair(t *testing.T) {
	want := readExpected(t)
	all := want["pair"]
	half := len(all.Values) / 2
	for _, name := range []string{"pair.npy", "pair_fortran.npy", "pair.npz", "pair_one.npz"} {
		p, err := ReadPair(filepath.Join("testdata", name))
		if err != nil {
			t.Fatal(err)
		}
		same(t, expected{N: all.N, D: all.D, Values: all.Values[:half]}, p.Images)
		same(t, expected{N: all.N, D: all.D, Values: all.Values[half:]}, p.Texts)
		if p.ImageOf != nil {
			t.Errorf("%s: pairing %v", name, p.ImageOf)
		}
	}
	p, err := ReadPair("testdata/f4.npy,testdata/f8.parquet")
	if err != nil {
		t.Fatal(err)
	}
	same(t, want["f4.npy"], p.Images)
	same(t, want["f8.parquet"], p.Texts)
}

// folder writes an embedding folder: n images, m texts, and a manifest unless it is "".
func folder(t *testing.T, n, m int, manifest string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "a,b") // commas are part of a name where they name something
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for name, rows := range map[string]int{"images.safetensors": n, "texts.npy": m} {
		e := gap.NewEmbeddings(rows, 2, make([]float32, 2*rows))
		for i := range e.Data {
			e.Data[i] = float32(i + 1)
		}
		if err := Write(filepath.Join(dir, name), e, nil); err != nil {
			t.Fatal(err)
		}
	}
	if manifest != "" {
		if err := os.WriteFile(filepath.Join(dir, "manifest.json"), []byte(manifest), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestFolder(t *testing.T) {
	for _, c := range []struct {
		n, m     int
		manifest string
		want     []int
	}{
		{3, 3, "", nil},
		{3, 3, `{"ids": ["a"]}`, nil},
		{3, 3, `{"pairing": null}`, nil},
		{3, 3, `{"pairing": [0, 1, 2]}`, nil},
		{3, 3, `{"pairing": [2, 1, 0]}`, []int{2, 1, 0}},
		{2, 5, `{"pairing": [0, 0, 1, 1, 0]}`, []int{0, 0, 1, 1, 0}},
	} {
		dir := folder(t, c.n, c.m, c.manifest)
		p, err := ReadPair(dir)
		if err != nil {
			t.Fatal(err)
		}
		if p.Images.N != c.n || p.Texts.N != c.m {
			t.Errorf("%d images, %d texts", p.Images.N, p.Texts.N)
		}
		if diff := cmp.Diff(c.want, p.ImageOf); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.manifest, diff)
		}
		q, err := ReadPair(filepath.Join(dir, "images.safetensors") + "," + filepath.Join(dir, "images.safetensors"))
		if err != nil || q.Texts.N != c.n {
			t.Errorf("two files whose paths hold commas: %v", err)
		}
	}
}

func TestPairFaults(t *testing.T) {
	two := folder(t, 3, 3, "")
	if err := os.WriteFile(filepath.Join(two, "images.npy"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	nan := filepath.Join(t.TempDir(), "nan.npy")
	if err := os.WriteFile(nan, npyFile("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 2, 1), }", floats(1, 2, 3, 0)), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ ref, want string }{
		{"testdata/none", "no such file"},
		{"testdata/none.npy,testdata/f4.npy", "testdata/none.npy"},
		{"testdata/f4.npy,testdata/none.npy", "testdata/none.npy"},
		{"testdata/f4.npy", "shape (2, n, d)"},
		{"testdata/only.safetensors", "two files"},
		{"testdata/bad_names.npz", "2 arrays (a, b), wanted the arrays images and texts"},
		{"testdata/deflated.npz", "shape (2, n, d)"},
		{"testdata/f4.npy,testdata/one.npy", "width 3 and texts of width 1"},
		{"testdata/f4.npy,testdata/long.npy", "5 images and 15 texts"},
		{nan, "(texts): found only zeros in row 1"},
		{t.TempDir(), "mindgap embed"},
		{two, "images.npy and images.safetensors"},
		{folder(t, 2, 3, ""), "2 images and 3 texts"},
		{folder(t, 2, 3, `{"pairing": [0, 1]}`), "a pairing of 2 texts"},
		{folder(t, 2, 3, `{"pairing": [0, 1, 2]}`), "image 2 for text 2"},
		{folder(t, 2, 3, `{"pairing": [0, -1, 1]}`), "image -1 for text 1"},
		{folder(t, 3, 3, `{"pairing": [0, 0, 2]}`), "no text for image 1"},
		{folder(t, 3, 3, `{"pairing": [1, 1, 2]}`), "no text for image 0"},
		{folder(t, 3, 3, `{"pairing": ["a"]}`), "does not parse"},
		{folder(t, 3, 3, `not JSON`), "does not parse"},
	} {
		_, err := ReadPair(c.ref)
		isFault(t, err, c.want)
	}
}

// TestReference reads the paper's own embeddings; it needs MINDGAP_REFERENCE.
func TestReference(t *testing.T) {
	root := os.Getenv("MINDGAP_REFERENCE")
	if root == "" {
		t.Skip("MINDGAP_REFERENCE is not set")
	}
	for _, name := range []string{"clip", "clip_random", "convirt", "convirt_random"} {
		p, err := ReadPair(filepath.Join(root, "features", "features_"+name+".npy"))
		if err != nil {
			t.Fatal(err)
		}
		if p.Images.N*p.Images.D*8+128 != 2048128 || p.Texts.N != p.Images.N {
			t.Errorf("%s: %d×%d", name, p.Images.N, p.Images.D)
		}
	}
	for _, model := range []string{"safetensors_header_longer_than_file", "safetensors_offsets_overlap", "safetensors_offset_out_of_range", "safetensors_shape_against_bytes"} {
		_, _, err := Read(filepath.Join(root, "exports", "broken", model, "model.safetensors"))
		isFault(t, err, "model.safetensors")
		if err != nil && strings.Contains(err.Error(), "tensors (") {
			t.Errorf("%s: the fault was not seen: %v", model, err)
		}
	}
}
