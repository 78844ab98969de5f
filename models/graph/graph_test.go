package graph_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"testing"

	"google.golang.org/protobuf/proto"

	"mindgap/models/graph"
	"mindgap/models/onnxpb"
	"mindgap/models/weights"
)

const dir = "../../loaders/testdata/built/hf_clip_legacy_fp16"

// towers builds the towers of a tiny model in half precision, whose tensors lie at odd multiples of two bytes.
func towers(t testing.TB) *graph.Towers {
	t.Helper()
	fsys := os.DirFS(dir)
	set, err := weights.Open(t.Context(), fsys, "model.safetensors", "")
	if err != nil {
		t.Fatal(err)
	}
	config, err := os.ReadFile(dir + "/config.json")
	if err != nil {
		t.Fatal(err)
	}
	tw, err := graph.HF(config, "config.json", "", set)
	if err != nil {
		t.Fatal(err)
	}
	return tw
}

func model(t *testing.T, b []byte, err error) *onnxpb.GraphProto {
	t.Helper()
	m := new(onnxpb.ModelProto)
	if err == nil {
		err = proto.Unmarshal(b, m)
	}
	if err != nil {
		t.Fatal(err)
	}
	return m.GetGraph()
}

// external returns an initializer's place, as ONNX states it.
func external(t *testing.T, x *onnxpb.TensorProto) (location string, offset, length int) {
	t.Helper()
	for _, kv := range x.GetExternalData() {
		n, err := strconv.Atoi(kv.GetValue())
		switch kv.GetKey() {
		case "location":
			location, err = kv.GetValue(), nil
		case "offset":
			offset = n
		case "length":
			length = n
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return location, offset, length
}

// Weights are the same bytes wherever they are placed: in their file, in the model, or copied to multiples of 256.
func TestPlacements(t *testing.T) {
	g := towers(t).Image
	fsys := os.DirFS(dir)
	file, err := os.ReadFile(dir + "/model.safetensors")
	if err != nil {
		t.Fatal(err)
	}
	b, err := g.Bytes(t.Context(), fsys, graph.Placement{})
	inFile := model(t, b, err)
	b, err = g.Bytes(t.Context(), fsys, graph.Placement{Inline: true})
	inline := model(t, b, err)
	var data bytes.Buffer
	b, err = g.Bytes(t.Context(), fsys, graph.Placement{Data: &data, DataName: "weights.bin"})
	aligned := model(t, b, err)

	unaligned, total := 0, int64(0)
	for i, x := range inFile.GetInitializer() {
		if x.GetDataLocation() != onnxpb.TensorProto_EXTERNAL {
			continue
		}
		location, offset, length := external(t, x)
		if location != "model.safetensors" {
			t.Fatalf("%s lies in %q", x.GetName(), location)
		}
		if offset%256 != 0 {
			unaligned++
		}
		total += int64(length)
		want := file[offset : offset+length]
		if !bytes.Equal(inline.GetInitializer()[i].GetRawData(), want) {
			t.Errorf("%s: other bytes in the model", x.GetName())
		}
		location, offset, length = external(t, aligned.GetInitializer()[i])
		if location != "weights.bin" || offset%256 != 0 || !bytes.Equal(data.Bytes()[offset:offset+length], want) {
			t.Errorf("%s: %s at %d, or other bytes in the copy", x.GetName(), location, offset)
		}
	}
	if unaligned == 0 || total != g.WeightBytes() {
		t.Errorf("%d unaligned weights of %d bytes, want some of %d", unaligned, total, g.WeightBytes())
	}
}

func TestPlacementErrors(t *testing.T) {
	g := towers(t).Text
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, p := range []graph.Placement{{}, {Inline: true}, {Data: new(bytes.Buffer)}} {
		if _, err := g.Bytes(ctx, os.DirFS(dir), p); !errors.Is(err, context.Canceled) {
			t.Errorf("%+v: error %v, want context.Canceled", p, err)
		}
	}
	if _, err := g.Bytes(t.Context(), os.DirFS(t.TempDir()), graph.Placement{Inline: true}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("error %v, want that of the missing file", err)
	}
}

// A configuration from anywhere gives graphs or an error, and ends.
func FuzzHF(f *testing.F) {
	set, err := weights.Open(f.Context(), os.DirFS(dir), "model.safetensors", "")
	if err != nil {
		f.Fatal(err)
	}
	config, err := os.ReadFile(dir + "/config.json")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(config)
	f.Fuzz(func(t *testing.T, config []byte) {
		if tw, err := graph.HF(config, "config.json", "", set); err == nil && (tw.Image.Width < 1 || tw.Text.Width < 1) {
			t.Errorf("widths %d and %d", tw.Image.Width, tw.Text.Width)
		}
	})
}

// The same for open_clip's configurations, which say more.
func FuzzOpenCLIP(f *testing.F) {
	const dir = "../../loaders/testdata/built/"
	var sets []weights.Set
	for _, name := range []string{"open_clip_resnet", "open_clip_siglip", "open_clip_average"} {
		set, err := weights.Open(f.Context(), os.DirFS(dir+name), "open_clip_model.safetensors", "")
		if err != nil {
			f.Fatal(err)
		}
		sets = append(sets, set)
		b, err := os.ReadFile(dir + name + "/open_clip_config.json")
		if err != nil {
			f.Fatal(err)
		}
		f.Add(bytes.TrimSuffix(bytes.TrimPrefix(b[:bytes.Index(b, []byte(`"preprocess_cfg"`))], []byte("{\n \"model_cfg\": ")), []byte(",\n ")))
	}
	f.Fuzz(func(t *testing.T, config []byte) {
		for _, set := range sets {
			if tw, err := graph.OpenCLIP(config, "open_clip_config.json", "", set); err == nil && (tw.Image.Width < 1 || tw.Text.Width < 1) {
				t.Errorf("widths %d and %d", tw.Image.Width, tw.Text.Width)
			}
		}
	})
}

// A graph needs no more than a configuration and a header to be built.
func ExampleHF() {
	fsys := os.DirFS(dir)
	set, err := weights.Open(context.Background(), fsys, "model.safetensors", "")
	if err != nil {
		fmt.Println(err)
		return
	}
	config, err := os.ReadFile(dir + "/config.json")
	if err != nil {
		fmt.Println(err)
		return
	}
	towers, err := graph.HF(config, "config.json", "", set)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(towers.Image.Input, "to", towers.Image.Output)
	fmt.Println(towers.Text.Input, "to", towers.Text.Output)
	fmt.Println(towers.Description)
	// Output:
	// pixel_values float32[?,3,16,16] to image_embeds float32[?,12]
	// input_ids int64[?,?] to text_embeds float32[?,12]
	// quick_gelu image, quick_gelu text, end of text by argmax
}

func BenchmarkHF(b *testing.B) {
	for b.Loop() {
		t := towers(b)
		if _, err := t.Image.Bytes(b.Context(), nil, graph.Placement{}); err != nil {
			b.Fatal(err)
		}
	}
}
