package hub_test

import (
	"bytes"
	"errors"
	"image"
	"image/png"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mindgap/loaders"
	"mindgap/loaders/hub"
	"mindgap/loaders/hub/hubtest"
	"mindgap/loaders/preprocess"
	"mindgap/models"
	"mindgap/models/builtin"
	"mindgap/models/fault"
)

// tinyHub serves the emoji model as a repository of many exports, of which one is wanted.
func tinyHub(t *testing.T) (*hubtest.Server, *hubtest.Repo) {
	t.Helper()
	model, err := builtin.Open("emoji")
	if err != nil {
		t.Fatal(err)
	}
	s := hubtest.New()
	t.Cleanup(s.Close)
	repo, err := s.Add("models/org/tiny", model)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"onnx/vision_model_fp16.onnx", "onnx/text_model_fp16.onnx", "onnx/vision_model_quantized.onnx", "onnx/text_model_quantized.onnx", "onnx/model.onnx",
		"onnx/model_fp16.onnx", "pytorch_model.bin", "README.md"} {
		repo.Files[name] = []byte("a decoy: " + name)
	}
	for name, value := range map[string]string{"HF_ENDPOINT": s.URL, "HF_HOME": t.TempDir(), "HF_HUB_CACHE": "", "HF_TOKEN": "", "HF_HUB_OFFLINE": ""} {
		t.Setenv(name, value)
	}
	return s, repo
}

// embed runs both towers over one text and one picture.
func embed(t *testing.T, cp *models.Checkpoint) []float32 {
	t.Helper()
	towers, err := loaders.Open(t.Context(), cp, loaders.Options{Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := towers.Close(); err != nil {
			t.Error(err)
		}
	}()
	rows, err := towers.EmbedTexts(t.Context(), []string{"a red apple"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := towers.EmbedImages(t.Context(), onePicture(t), nil, func(r []float32, _ int) error {
		rows = append(rows, r...)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return rows
}

// onePicture is a gradient.
func onePicture(t *testing.T) iter.Seq2[loaders.Source, error] {
	t.Helper()
	m := image.NewRGBA(image.Rect(0, 0, 40, 30))
	for i := range m.Pix {
		m.Pix[i] = uint8(i * 7 / 5)
	}
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		t.Fatal(err)
	}
	return func(yield func(loaders.Source, error) bool) {
		yield(loaders.Source{ID: "gradient", Decode: func(*preprocess.Picture) (*preprocess.Picture, error) {
			return preprocess.Decode("gradient", b.Bytes())
		}}, nil)
	}
}

func TestModelFromTheHub(t *testing.T) {
	server, repo := tinyHub(t)
	here, err := models.Open(t.Context(), "builtin")
	if err != nil {
		t.Fatal(err)
	}
	want := embed(t, here)
	wantDigest, err := here.Digest(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, ref := range []string{"hf:org/tiny", "hf:org/tiny@" + repo.Commit} {
		for _, offline := range []string{"0", "1"} {
			t.Setenv("HF_HUB_OFFLINE", offline)
			cp, err := models.Open(t.Context(), ref)
			if err != nil {
				t.Fatal(err)
			}
			if cp.Ref != ref || cp.Revision != repo.Commit || !strings.HasSuffix(filepath.ToSlash(cp.Dir), "/hub/models--org--tiny/snapshots/"+repo.Commit) {
				t.Errorf("%s: ref %q, revision %q, dir %q", ref, cp.Ref, cp.Revision, cp.Dir)
			}
			if diff := cmp.Diff(want, embed(t, cp)); diff != "" { // the same files through the same runtime: the same bits
				t.Errorf("%s, offline %s: embeddings differ (-want +got)\n%s", ref, offline, diff)
			}
			if got, err := cp.Digest(t.Context()); err != nil || got != wantDigest {
				t.Errorf("%s: digest %s, %v; want %s", ref, got, err, wantDigest)
			}
			for _, r := range server.Requests() {
				name := r.Path[strings.LastIndex(r.Path, "/")+1:]
				decoy := strings.Contains(name, "fp16") || strings.Contains(name, "quantized") || name == "model.onnx" || name == "pytorch_model.bin" || name == "README.md"
				if offline == "1" || decoy {
					t.Errorf("%s, offline %s: requested %s", ref, offline, r.Path)
				}
			}
		}
	}
}

func TestWeightsBesideTheGraphAreFetched(t *testing.T) {
	server, repo := tinyHub(t)
	split, err := fs.Sub(os.DirFS("testdata"), "external")
	if err != nil {
		t.Fatal(err)
	}
	if err := fs.WalkDir(split, ".", func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		repo.Files["onnx/"+p], err = fs.ReadFile(split, p)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for name, content := range repo.Files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, content, 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	here, err := models.Open(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	want := embed(t, here)
	for name, o := range map[string]models.Options{"as it is": {}, "with the tokenizer of a folder": {Tokenizer: dir}} {
		t.Setenv("HF_HOME", t.TempDir())
		server.Requests()
		cp, err := models.OpenWith(t.Context(), "hf:org/tiny", o)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, embed(t, cp)); diff != "" {
			t.Errorf("%s: embeddings differ (-directory +hub)\n%s", name, diff)
		}
		var got []string
		for _, r := range server.Requests() {
			if file := r.Path[strings.LastIndex(r.Path, "/")+1:]; r.Server == "cdn" && strings.HasSuffix(file, ".onnx_data") {
				got = append(got, file)
			}
		}
		slices.Sort(got)
		if diff := cmp.Diff([]string{"text_model.onnx_data", "vision_model.onnx_data"}, got); diff != "" {
			t.Errorf("%s (-want +got)\n%s", name, diff)
		}
	}
}

// A file that cannot be fetched is the network's fault, and is told as that: not as a model without a configuration.
func TestFaultOfTheNetworkIsNotTheModels(t *testing.T) {
	for _, name := range []string{"config.json", "onnx/text_model.onnx", "tokenizer_config.json"} {
		_, repo := tinyHub(t)
		repo.Corrupt[name] = true
		_, err := models.Open(t.Context(), "hf:org/tiny")
		if kind, ok := fault.KindOf(err); !ok || kind != fault.System || !strings.HasPrefix(err.Error(), "fetch hf:org/tiny@main/"+name) {
			t.Errorf("%s: kind %d, %v", name, kind, err)
		}
	}
}

// What is wrong with a model is still said, and with the name that its file has on the hub.
func TestFaultOfTheModel(t *testing.T) {
	_, repo := tinyHub(t)
	repo.Files["onnx/vision_model.onnx"] = []byte("no graph")
	_, err := models.Open(t.Context(), "hf:org/tiny")
	if kind, ok := fault.KindOf(err); !ok || kind != fault.Input || !strings.Contains(err.Error(), "hf:org/tiny@main/onnx/vision_model.onnx") {
		t.Errorf("kind %d, %v", kind, err)
	}
}

// A file that the cached listing of a commit names and the server no longer has.
func TestFileGone(t *testing.T) {
	_, repo := tinyHub(t)
	o, err := hub.FromEnvironment()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := hub.New(o).Open(t.Context(), hub.Repo{Type: hub.Model, ID: "org/tiny", Revision: "main"}); err != nil {
		t.Fatal(err)
	}
	delete(repo.Files, "config.json")
	_, err = models.Open(t.Context(), "hf:org/tiny@"+repo.Commit)
	if kind, ok := fault.KindOf(err); !ok || kind != fault.Input || !strings.Contains(err.Error(), "no such file") {
		t.Errorf("kind %d, %v", kind, err)
	}
}
