package preprocess

import (
	"archive/zip"
	"encoding/csv"
	"io"
	"os"
	"path/filepath"
	"testing"

	"codeberg.org/sbinet/npyio"
	"codeberg.org/sbinet/npyio/npz"

	"mindgap/models"
)

// reference returns a path below the folder of references. The tests that read it are skipped only where no folder is named.
func reference(t *testing.T, path string) string {
	t.Helper()
	root := os.Getenv("MINDGAP_REFERENCE")
	if root == "" {
		t.Skip("MINDGAP_REFERENCE names no folder")
	}
	return filepath.Join(root, path)
}

// difference returns the largest and the mean difference of two arrays in levels.
func difference(t *testing.T, got, want []uint8) (most int, mean float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%d values, want %d", len(got), len(want))
	}
	sum := 0
	for i := range got {
		d := int(got[i]) - int(want[i])
		d = max(d, -d)
		most, sum = max(most, d), sum+d
	}
	return most, float64(sum) / float64(len(got))
}

// TestReferenceArrays compares with the reference arrays themselves, so that a difference is seen in levels and not as a digest.
func TestReferenceArrays(t *testing.T) {
	var g struct {
		Images []struct {
			ID, File string
			Arrays   map[string]string
		}
	}
	readJSON(t, reference(t, "preprocess/goldens.json"), &g)
	z, err := npz.Open(reference(t, "preprocess/preprocess.npz"))
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	for _, im := range g.Images {
		pic := open(t, reference(t, "preprocess/"+im.File))
		for pipeline, key := range map[string]string{"hf": im.Arrays["hf_pil"], "open_clip": im.Arrays["openclip"]} {
			if eight := im.Arrays["openclip_8bit"]; eight != "" {
				key = eight // 16-bit grey is its high byte here
			}
			var want []uint8
			if err := z.Read(key+".npy", &want); err != nil {
				t.Fatalf("%s: %v", key, err)
			}
			p, err := New(clip(pipeline, readPhotographs(t)))
			if err != nil {
				t.Fatal(err)
			}
			got, err := p.Pixels(pic)
			if err != nil {
				t.Fatal(err)
			}
			if most, mean := difference(t, got, want); most != 0 {
				t.Errorf("%s %s: differs by up to %d levels, %.4f in the mean, want 0", im.ID, pipeline, most, mean)
			}
		}
	}
}

// TestReferenceEmoji: the 1,300 pictures of the built-in sample, palette PNGs of 64×64, become the very pixels and tensors that the
// built-in model was made with.
func TestReferenceEmoji(t *testing.T) {
	var config struct {
		Mean, Std [3]float32
	}
	var raw struct {
		Mean []float32 `json:"image_mean"`
		Std  []float32 `json:"image_std"`
	}
	readJSON(t, reference(t, "models/emoji/trained/preprocessor_config.json"), &raw)
	copy(config.Mean[:], raw.Mean)
	copy(config.Std[:], raw.Std)
	p, err := New(models.Preprocess{Size: 32, Resize: "shortest", ResizeTo: 32, Interpolation: "bicubic", Crop: true, Mean: config.Mean, Std: config.Std, Pipeline: "hf"})
	if err != nil {
		t.Fatal(err)
	}
	var rgb []uint8
	readNPY(t, reference(t, "models/emoji/reference/rgb.npy"), &rgb)
	var tensors []float32
	readNPY(t, reference(t, "models/emoji/reference/pixel_values_first20.npy"), &tensors)

	archive, err := zip.OpenReader(reference(t, "models/emoji/reference/emoji-test-1300.zip"))
	if err != nil {
		t.Fatal(err)
	}
	defer archive.Close()
	list, err := archive.Open("captions.tsv")
	if err != nil {
		t.Fatal(err)
	}
	r := csv.NewReader(list)
	r.Comma, r.LazyQuotes = '\t', true
	rows, err := r.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	rows = rows[1:]
	const size = 3 * 32 * 32
	if len(rows) != 1300 || len(rgb) != 1300*size || len(tensors) != 20*size {
		t.Fatalf("%d rows, %d pixels, %d tensor values", len(rows), len(rgb), len(tensors))
	}
	tensor := make([]float32, size)
	unequal := 0
	for i, row := range rows {
		f, err := archive.Open(row[0])
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(f)
		if err != nil {
			t.Fatal(err)
		}
		pic, err := Decode(row[0], data)
		if err != nil {
			t.Fatal(err)
		}
		got, err := p.Pixels(pic)
		if err != nil {
			t.Fatal(err)
		}
		if most, _ := difference(t, got, rgb[i*size:(i+1)*size]); most != 0 {
			unequal++
			t.Errorf("%s differs by up to %d levels", row[0], most)
		}
		if i >= 20 {
			continue
		}
		if err := p.Tensor(tensor, pic); err != nil {
			t.Fatal(err)
		}
		for k, want := range tensors[i*size : (i+1)*size] {
			// The reference multiplies by 1/255 where this package divides, which may round otherwise in the last place of x; the
			// subtraction makes that up to |x|·2⁻²³/std.
			if d := tensor[k] - want; d > 1e-6 || d < -1e-6 {
				t.Fatalf("%s: tensor[%d] is %v, want %v", row[0], k, tensor[k], want)
			}
		}
	}
	t.Logf("%d of %d pictures differ", unequal, len(rows))
}

func readNPY(t *testing.T, path string, v any) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := npyio.Read(f, v); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
}
