package randominit

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"testing/fstest"
	"testing/iotest"

	"mindgap/models/weights"
)

func tinyModel(t testing.TB, name string, s Scheme, seed uint64) *FS {
	t.Helper()
	m, err := New(tinyArch(t, name), s, seed)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestFS(t *testing.T) {
	m := tinyModel(t, "tiny", OpenAI, 1)
	if err := fstest.TestFS(m, "config.json", "preprocessor_config.json", "model.safetensors", "merges.txt", "vocab.json", "tokenizer_config.json"); err != nil {
		t.Error(err)
	}
}

// The weights of a reference are these bytes, on every machine and in every version with the same Version. If this test fails after a
// change that is meant, raise Version.
func TestReproducible(t *testing.T) {
	for _, c := range []struct {
		arch   string
		scheme Scheme
		file   string
		want   string
	}{
		{"tiny", OpenAI, "model.safetensors", "1679d6d645f4eb2455ec772202df359206c759a1317f4dcf9a4c5cbf93a6786a"},
		{"tiny", HF, "model.safetensors", "7ac1790c4c68ad577326ab92f4e7e78189aeda056ed42b708c615b9fd892f97a"},
		{"tiny-siglip", HF, "model.safetensors", "7669908ce903b6ef18acf31837b26ccfb8e66822e7b94c0e8a3af7c1fe7d2186"},
		{"tiny-resnet", OpenAI, "open_clip_model.safetensors", "0601a923ddda0c9c2c674145754888cd5390515d0654219c444c436e2909426e"},
	} {
		b, err := fs.ReadFile(tinyModel(t, c.arch, c.scheme, 7), c.file)
		if err != nil {
			t.Fatal(err)
		}
		if sum := sha256.Sum256(b); hex.EncodeToString(sum[:]) != c.want {
			t.Errorf("%s %s: SHA-256 %x, want %s", c.arch, c.scheme, sum, c.want)
		}
	}
}

// Read, ReadAt anywhere and WriteTo give the same bytes; the header is one that the reader of .safetensors files accepts.
func TestEveryWayOfReading(t *testing.T) {
	m := tinyModel(t, "tiny-resnet", OpenAI, 3)
	const name = "open_clip_model.safetensors"
	whole, err := fs.ReadFile(m, name)
	if err != nil {
		t.Fatal(err)
	}
	f, err := m.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	g := rand.New(rand.NewPCG(1, 1))
	for range 300 {
		off := g.IntN(len(whole))
		part := make([]byte, 1+g.IntN(min(len(whole)-off, 1<<g.IntN(20))))
		if n, err := f.(io.ReaderAt).ReadAt(part, int64(off)); n != len(part) || err != nil && !errors.Is(err, io.EOF) {
			t.Fatalf("read %d of %d bytes at %d: %v", n, len(part), off, err)
		}
		if !bytes.Equal(part, whole[off:off+len(part)]) {
			t.Fatalf("%d bytes at %d differ from those read in order", len(part), off)
		}
	}
	root := t.TempDir()
	dir, err := m.WriteTo(t.Context(), root, name)
	if err != nil {
		t.Fatal(err)
	}
	written, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil || !bytes.Equal(written, whole) {
		t.Errorf("the file on disk differs from the one that is read (%v)", err)
	}
	set, err := weights.Open(t.Context(), m, name, "")
	if err != nil {
		t.Fatal(err)
	}
	params, err := m.Arch.Params(OpenAI)
	if err != nil {
		t.Fatal(err)
	}
	if len(set) != len(params) {
		t.Errorf("%d tensors in the header, want %d", len(set), len(params))
	}
	// One tensor's values, decoded by hand, against its law's own stream.
	head := binary.LittleEndian.Uint64(whole)
	var header map[string]json.RawMessage
	if err := json.Unmarshal(whole[8:8+head], &header); err != nil {
		t.Fatal(err)
	}
	var at struct {
		Offsets [2]int64 `json:"data_offsets"`
	}
	const tensor = "token_embedding.weight"
	if err := json.Unmarshal(header[tensor], &at); err != nil {
		t.Fatal(err)
	}
	v := make([]float64, blockLen)
	Normal(0, 0.02).draw(v, stream{3, tensor}, 1)
	raw := whole[8+int64(head)+at.Offsets[0]+4*blockLen:]
	for i, want := range v {
		if got := math.Float32frombits(binary.LittleEndian.Uint32(raw[4*i:])); got != float32(want) {
			t.Fatalf("element %d of the second block is %v, want %v", i, got, want)
		}
	}
}

// The reader keeps the rules of io.Reader, io.Seeker and io.ReaderAt across pieces, blocks and gaps.
func TestReader(t *testing.T) {
	base := filepath.Join(t.TempDir(), "base")
	want := bytes.Repeat([]byte("between"), 100)
	if err := os.WriteFile(base, want, 0o644); err != nil {
		t.Fatal(err)
	}
	f := &file{name: "x", size: int64(len(want)), base: base}
	for _, off := range []int64{0, 40, 80, 500} {
		p := lawPiece(off, 10, Uniform(1), stream{1, "x"}, float32LE)
		f.pieces = append(f.pieces, p)
		if err := p.fill(want[off:off+40], 0); err != nil {
			t.Fatal(err)
		}
	}
	r, err := f.open()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if err := iotest.TestReader(r, want); err != nil {
		t.Error(err)
	}
}

// Another seed or scheme is another model and another digest, the same is the same; and tensors of equal law and shape differ.
func TestDigestFollowsContent(t *testing.T) {
	seen := map[string]string{}
	for _, c := range []struct {
		scheme Scheme
		seed   uint64
	}{{OpenAI, 1}, {OpenAI, 2}, {HF, 1}} {
		m := tinyModel(t, "tiny", c.scheme, c.seed)
		sum, ok := m.SHA256("model.safetensors")
		if !ok || len(sum) != 64 {
			t.Fatalf("digest %q, %v", sum, ok)
		}
		again, _ := tinyModel(t, "tiny", c.scheme, c.seed).SHA256("model.safetensors")
		if sum != again {
			t.Error("the same reference has two digests")
		}
		b, err := fs.ReadFile(m, "model.safetensors")
		if err != nil {
			t.Fatal(err)
		}
		for old, what := range seen {
			if old == sum || what == string(b) {
				t.Errorf("%v: digest or bytes of another model", c)
			}
		}
		seen[sum] = string(b)
	}
	if _, ok := tinyModel(t, "tiny", OpenAI, 1).SHA256("config.json"); ok {
		t.Error("config.json has a digest that is not its content's")
	}
	a, b := make([]float64, 100), make([]float64, 100)
	Normal(0, 1).draw(a, stream{1, "layers.0.q_proj.weight"}, 0)
	Normal(0, 1).draw(b, stream{1, "layers.1.q_proj.weight"}, 0)
	for i := range a {
		if a[i] == b[i] {
			t.Fatal("two tensors share a draw")
		}
	}
}

// What WriteTo writes lies in a locked folder below the root until Close; a folder of a process that died is swept away.
func TestTemporaryFolder(t *testing.T) {
	root := t.TempDir()
	dead := filepath.Join(root, subfolder, "dead-1")
	if err := errors.Join(os.MkdirAll(dead, 0o755), os.WriteFile(dead+".lock", nil, 0o644), os.WriteFile(filepath.Join(dead, "w"), nil, 0o644)); err != nil {
		t.Fatal(err)
	}
	one, two := tinyModel(t, "tiny", OpenAI, 1), tinyModel(t, "tiny", OpenAI, 1)
	dirs := map[string]bool{}
	for _, m := range []*FS{one, two, one} {
		dir, err := m.WriteTo(t.Context(), root, "model.safetensors")
		if err != nil {
			t.Fatal(err)
		}
		dirs[dir] = true
	}
	if len(dirs) != 2 {
		t.Errorf("two models lie in %d folders", len(dirs))
	}
	for dir := range dirs {
		if !isFile(filepath.Join(dir, "model.safetensors")) {
			t.Errorf("nothing in %s: the other model swept it", dir)
		}
	}
	if _, err := os.Stat(dead); !errors.Is(err, fs.ErrNotExist) {
		t.Error("the folder of a dead process stays")
	}
	for i, m := range []*FS{two, two, one, one} { // one Close too many is harmless, one was written to twice
		if err := m.Close(); err != nil {
			t.Fatal(err)
		}
		if left, err := filepath.Glob(filepath.Join(root, subfolder, "*.lock")); err != nil || len(left) == 0 != (i == 3) {
			t.Errorf("after %d calls of Close: %v (%v)", i+1, left, err)
		}
	}
	left, err := os.ReadDir(filepath.Join(root, subfolder))
	if err != nil || len(left) != 0 {
		t.Errorf("left behind: %v (%v)", left, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := one.WriteTo(ctx, root, "model.safetensors"); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	if left, _ := os.ReadDir(filepath.Join(root, subfolder)); len(left) != 0 {
		t.Errorf("a cancelled run leaves %v", left)
	}
}
