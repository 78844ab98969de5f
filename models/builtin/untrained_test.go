package builtin

import (
	"encoding/binary"
	"encoding/json"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"testing/fstest"
)

// Under any seed the towers are PyTorch's, to the last bit: their last draws, which come after all others, are compared.
func TestUntrainedIsPyTorchs(t *testing.T) {
	raw, err := os.ReadFile(filepath.Join("testdata", "untrained.json"))
	if err != nil {
		t.Fatal(err)
	}
	var ref struct {
		Seeds map[string]map[string][]string
	}
	if err := json.Unmarshal(raw, &ref); err != nil {
		t.Fatal(err)
	}
	if len(ref.Seeds) < 3 {
		t.Fatalf("%d seeds", len(ref.Seeds))
	}
	for name, want := range ref.Seeds {
		seed, err := strconv.ParseUint(name, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		fsys, err := Untrained(seed)
		if err != nil {
			t.Fatal(err)
		}
		for tower, at := range map[string]struct {
			file, tensor string
			in           int
		}{"vision": {visionFile, "onnx::MatMul_114", visionWidth}, "text": {textFile, "proj.weight", textWidth}} {
			model, err := fs.ReadFile(fsys, at.file)
			if err != nil {
				t.Fatal(err)
			}
			tensors, err := initializers(model)
			if err != nil {
				t.Fatal(err)
			}
			values := tensors[at.tensor] // [in, out]: the last output's weights are the last column
			if len(want[tower]) != 4 || len(values) != 4*at.in*embedDim {
				t.Fatalf("seed %d, %s: %d values to compare with %d bytes", seed, tower, len(want[tower]), len(values))
			}
			for i, text := range want[tower] {
				w, err := strconv.ParseFloat(text, 64)
				if err != nil {
					t.Fatal(err)
				}
				row := at.in - 4 + i
				if got := math.Float32frombits(binary.LittleEndian.Uint32(values[4*(row*embedDim+embedDim-1):])); float64(got) != w {
					t.Errorf("seed %d, %s: weight %d is %v, want %v", seed, tower, row, got, w)
				}
			}
		}
	}
}

func TestUntrainedFileSystem(t *testing.T) {
	fsys, err := Untrained(1234567)
	if err != nil {
		t.Fatal(err)
	}
	if err := fstest.TestFS(fsys, allFiles...); err != nil {
		t.Error(err)
	}
	if _, ok := fsys.(*modelFS).SHA256(visionFile); ok {
		t.Error("the hash of a graph that was not drawn is known")
	}
	if _, ok := fsys.(*modelFS).SHA256("merges.txt"); !ok {
		t.Error("the hash of the merges is not known")
	}
}
