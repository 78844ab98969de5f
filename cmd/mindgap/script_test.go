package main

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"mindgap/gap"
	"mindgap/loaders/embfile"
	"mindgap/loaders/hub/hubtest"
	"mindgap/loaders/ort"
	"mindgap/models/builtin"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"mindgap": main})
}

// TestScript runs testdata/script: command lines with what they must print and leave behind.
func TestScript(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 filepath.Join("testdata", "script"),
		RequireExplicitExec: true,
		Setup:               func(e *testscript.Env) error { return setup(t.Context(), e) },
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exit":     cmdExit,
			"truncate": cmdTruncate,
			"lots":     cmdLots,
		},
	})
}

// setup gives a script the runtime that this machine has, a cache of its own, and the inputs that users have lying about.
func setup(ctx context.Context, e *testscript.Env) error {
	lib, err := ort.Ensure(ctx, ort.Options{})
	if err != nil {
		return err
	}
	e.Setenv("MINDGAP_ONNXRUNTIME", lib.Path)
	e.Setenv("MINDGAP_CACHE", filepath.Join(e.WorkDir, ".cache"))
	if err := serveHub(e); err != nil {
		return err
	}
	return inputs(e.WorkDir)
}

// serveHub gives a script a model hub that holds org/tiny, the emoji model, and org/gated.
func serveHub(e *testscript.Env) error {
	model, err := builtin.Open("emoji")
	if err != nil {
		return err
	}
	s := hubtest.New()
	e.Defer(s.Close)
	if _, err := s.Add("models/org/tiny", model); err != nil {
		return err
	}
	gated, err := s.Add("models/org/gated", model)
	if err != nil {
		return err
	}
	gated.Gated, gated.Token = true, "hf_right"
	e.Setenv("HF_ENDPOINT", s.URL)
	e.Setenv("HF_HOME", filepath.Join(e.WorkDir, ".hf"))
	for _, name := range []string{"HF_HUB_CACHE", "HF_TOKEN", "HF_HUB_OFFLINE"} {
		e.Setenv(name, "")
	}
	return nil
}

// inputs writes a model directory, a folder of images by class, loose photographs, prompts, CIFAR-10's test file and embeddings.
func inputs(dir string) error {
	model, err := builtin.Open("emoji")
	if err != nil {
		return err
	}
	if err := os.CopyFS(filepath.Join(dir, "my-clip"), model); err != nil {
		return err
	}
	rng := rand.New(rand.NewPCG(1, 0))
	picture := func(name string, c color.RGBA) error {
		m := image.NewRGBA(image.Rect(0, 0, 60, 45))
		for i := 0; i < len(m.Pix); i += 4 {
			copy(m.Pix[i:], []uint8{c.R ^ uint8(rng.IntN(64)), c.G ^ uint8(rng.IntN(64)), c.B, 255})
		}
		var b bytes.Buffer
		if err := jpeg.Encode(&b, m, nil); err != nil {
			return err
		}
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			return err
		}
		return os.WriteFile(name, b.Bytes(), 0o644)
	}
	for k, class := range []string{"apple", "banana", "car"} {
		for i := range 4 {
			name := filepath.Join(dir, "images", class, fmt.Sprintf("%d.jpg", i))
			if err := picture(name, color.RGBA{uint8(80 * k), uint8(200 - 60*k), uint8(40 * i), 255}); err != nil {
				return err
			}
		}
	}
	for _, name := range []string{"cat.jpg", "dog.jpg"} {
		if err := picture(filepath.Join(dir, "photos", name), color.RGBA{90, 90, 90, 255}); err != nil {
			return err
		}
	}
	for name, text := range map[string]string{
		"captions.txt":  "a photo of a cat.\na photo of a dog.\n",
		"templates.txt": "a photo of a {}.\na drawing of {}.\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			return err
		}
	}
	cifar := filepath.Join(dir, "data", "cifar-10-batches-bin", "test_batch.bin")
	if err := os.MkdirAll(filepath.Dir(cifar), 0o755); err != nil {
		return err
	}
	records := make([]byte, 100*3073)
	for i := range records {
		if records[i] = byte(rng.IntN(256)); i%3073 == 0 {
			records[i] = byte(i / 3073 % 10)
		}
	}
	if err := os.WriteFile(cifar, records, 0o644); err != nil {
		return err
	}
	return writeFeatures(filepath.Join(dir, "features.npy"), rng)
}

// writeFeatures writes an array of shape (2, 40, 16), as the paper's published features are laid out.
func writeFeatures(name string, rng *rand.Rand) error {
	e := gap.NewEmbeddings(80, 16, make([]float32, 80*16))
	for i := range e.Data {
		e.Data[i] = float32(rng.NormFloat64()) + float32(i/640)
	}
	if err := embfile.Write(name, e, nil); err != nil {
		return err
	}
	b, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	head := int(binary.LittleEndian.Uint16(b[8:]))
	text := strings.Replace(string(b[10:10+head]), "(80, 16)", "(2, 40, 16)", 1)
	text = strings.Replace(text, "   \n", "\n", 1) // the header keeps its length
	return os.WriteFile(name, append(append(b[:10:10], text...), b[10+head:]...), 0o644)
}

// cmdExit runs mindgap and checks its exit code: exit 3 measure --model nowhere.
func cmdExit(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exit CODE ARG…")
	}
	err := ts.Exec("mindgap", args[1:]...)
	code := "0"
	if err != nil {
		code = strings.TrimPrefix(err.Error(), "exit status ")
	}
	if code != args[0] {
		ts.Fatalf("mindgap %s: exit code %s, want %s", strings.Join(args[1:], " "), code, args[0])
	}
}

// cmdTruncate cuts a file: truncate FILE BYTES.
func cmdTruncate(ts *testscript.TestScript, _ bool, args []string) {
	var n int64
	if len(args) != 2 {
		ts.Fatalf("usage: truncate FILE BYTES")
	}
	_, err := fmt.Sscan(args[1], &n)
	ts.Check(err)
	ts.Check(os.Truncate(ts.MkAbs(args[0]), n))
}

// cmdLots makes a folder of images that takes many seconds to embed, and one of a few: lots DIR.
func cmdLots(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 1 {
		ts.Fatalf("usage: lots DIR")
	}
	few := filepath.Join(ts.MkAbs(args[0]), "few")
	ts.Check(os.MkdirAll(few, 0o755))
	m := image.NewGray(image.Rect(0, 0, 1500, 1500))
	var b bytes.Buffer
	ts.Check(jpeg.Encode(&b, m, nil))
	ts.Check(os.WriteFile(filepath.Join(few, "0.jpg"), b.Bytes(), 0o644))
	for i := range 5000 {
		ts.Check(os.Link(filepath.Join(few, "0.jpg"), filepath.Join(ts.MkAbs(args[0]), fmt.Sprintf("%d.jpg", i))))
	}
}

// TestReadme runs every command of the README, in order and as it stands there, beside the inputs that it names. A command that the
// README shows and that does not work is the worst bug a newcomer can meet.
func TestReadme(t *testing.T) {
	b, err := os.ReadFile(filepath.Join("..", "..", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for line := range strings.Lines(string(b)) {
		line, indented := strings.CutPrefix(strings.TrimRight(line, "\n"), "    ")
		if !indented {
			continue
		}
		switch {
		case strings.HasPrefix(line, "mindgap explore"): // serves until it is interrupted; TestExplore does that
			continue
		case strings.HasPrefix(line, "mindgap "):
		case strings.HasPrefix(line, "go run ./cmd/mindgap "):
			line = strings.Replace(line, "go run ./cmd/mindgap", "mindgap", 1)
		case strings.HasPrefix(line, "echo ") && strings.Contains(line, "| mindgap "):
		case line == "go test ./...", line == "go install ./cmd/mindgap": // the first is running now; CI runs the second
			continue
		default:
			if strings.Contains(line, "mindgap") {
				t.Fatalf("README: no test runs %q", line)
			}
			continue
		}
		lines = append(lines, line)
	}
	if len(lines) < 14 {
		t.Fatalf("found %d commands in the README, which has more", len(lines))
	}
	dir := t.TempDir()
	if err := inputs(dir); err != nil {
		t.Fatal(err)
	}
	t.Chdir(dir)
	for _, line := range lines {
		var in io.Reader = strings.NewReader("")
		if echo, command, ok := strings.Cut(line, " | "); ok {
			in, line = strings.NewReader(strings.Trim(strings.TrimPrefix(echo, "echo "), `"`)+"\n"), command
		}
		args := strings.Fields(line)[1:]
		var out, errs bytes.Buffer
		if code := Main(append(args, cacheFlag(args)...), in, &out, &errs); code != exitDone {
			t.Errorf("%s: exit code %d\n%s", line, code, errs.String())
		}
		if errs.Len() > 0 {
			t.Errorf("%s: on standard error:\n%s", line, errs.String())
		}
	}
}

// cacheFlag keeps the embeddings of a test out of the user's cache, for verbs that have them.
func cacheFlag(args []string) []string {
	switch args[0] {
	case "sphere", "depth", "tokenize", "preprocess", "runtime", "models", "datasets":
		return nil
	}
	return []string{"--no-cache"}
}
