package probe

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// The built-in model, described and tried.
func TestInspect(t *testing.T) {
	c := builtinConfig()
	rec, err := c.Inspect(t.Context(), "builtin:emoji-random1")
	if err != nil {
		t.Fatal(err)
	}
	r := rec.Results.(*InspectResults)
	if r.Image.Input != "pixel_values" || r.Image.Output != "image_embeds" || r.Image.Size != 32 || r.Image.Width != 64 || r.Image.Unit || r.Image.FixedBatch != nil ||
		r.Text.Input != "input_ids" || r.Text.Output != "text_embeds" || r.Text.Context != 77 || r.Text.PaddingID != 49407 || r.Text.Width != 64 || len(r.Text.Inputs) != 1 {
		t.Errorf("described as %+v", r)
	}
	// 2,812,764 bytes of float32, less the graph; 49,408 rows of 64 codes and a scale, and what the blocks hold.
	if n := r.Image.Parameters; n < 690_000 || n > 2_812_764/4 {
		t.Errorf("%d weights in the image tower", n)
	}
	if n := r.Text.Parameters; n < 49_408*65+100_000 || n > 3_826_444 {
		t.Errorf("%d weights in the text tower", n)
	}
	byName := map[string]Check{}
	for _, k := range r.Checks {
		byName[k.Name] = k
	}
	for _, name := range []string{"widths equal", "logit scale known", "same image at two batch sizes", "same text at two batch sizes", "same caption under two paddings", "causal mask", "end of text plausible"} {
		if k, ok := byName[name]; !ok || !k.OK {
			t.Errorf("check %q: %+v", name, k)
		}
	}
	for _, name := range []string{"images against builtin:emoji-random1", "texts against builtin:emoji-random1"} {
		if k, ok := byName[name]; !ok || k.OK {
			t.Errorf("a trained and an untrained model: check %q says %+v", name, k)
		}
	}
}

// A model is its own like.
func TestInspectSame(t *testing.T) {
	rec, err := builtinConfig().Inspect(t.Context(), "builtin:emoji")
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, k := range rec.Results.(*InspectResults).Checks {
		if k.Name == "images against builtin:emoji" || k.Name == "texts against builtin:emoji" {
			n++
			if !k.OK {
				t.Errorf("%+v", k)
			}
		}
	}
	if n != 2 {
		t.Errorf("%d comparisons, want 2", n)
	}
}

// Every reference model is recognised with nothing but its directory, and what inspect says of it is what the reference implementation's
// own exporter knew.
func TestReferenceInspect(t *testing.T) {
	dir := referenceFolder(t, "exports")
	goldens, err := filepath.Glob(filepath.Join(dir, "*", "golden.json"))
	if err != nil {
		t.Fatal(err)
	}
	if len(goldens) != 13 {
		t.Fatalf("%d models, want 13", len(goldens))
	}
	for _, g := range goldens {
		t.Run(filepath.Base(filepath.Dir(g)), func(t *testing.T) {
			b, err := os.ReadFile(g)
			if err != nil {
				t.Fatal(err)
			}
			var want struct {
				Facts struct {
					Family      string   `json:"family"`
					ImageOutput *string  `json:"image_output"`
					TextOutput  *string  `json:"text_output"`
					Unit        bool     `json:"unit"`
					Context     int      `json:"context_length"`
					Padding     int      `json:"padding_id"`
					Size        int      `json:"image_size"`
					Mean        []Float  `json:"mean"`
					Batch       *int     `json:"fixed_batch"`
					Inputs      []string `json:"text_inputs"`
				} `json:"facts"`
				Width int    `json:"embed_dim"`
				Scale *Float `json:"logit_scale"`
				Bias  *Float `json:"logit_bias"`
			}
			if err := json.Unmarshal(b, &want); err != nil {
				t.Fatal(err)
			}
			f := want.Facts
			c := builtinConfig()
			c.Model = filepath.Dir(g)
			rec, err := c.Inspect(t.Context(), "")
			if err != nil {
				t.Fatal(err)
			}
			r := rec.Results.(*InspectResults)
			if r.Image.Width != want.Width || r.Text.Width != want.Width || r.Image.Size != f.Size || r.Text.Context != f.Context || r.Text.PaddingID != f.Padding ||
				r.Image.Unit != f.Unit || r.Text.Unit != f.Unit {
				t.Errorf("described as %+v\nwant %+v, width %d", r, f, want.Width)
			}
			if (f.Batch == nil) != (r.Image.FixedBatch == nil) || f.Batch != nil && *f.Batch != *r.Image.FixedBatch {
				t.Errorf("fixed batch %v, want %v", r.Image.FixedBatch, f.Batch)
			}
			if f.ImageOutput != nil && r.Image.Output != *f.ImageOutput || f.TextOutput != nil && r.Text.Output != *f.TextOutput {
				t.Errorf("outputs %s and %s, want %s and %s", r.Image.Output, r.Text.Output, *f.ImageOutput, *f.TextOutput)
			}
			if r.Family != f.Family {
				t.Errorf("family %s, want %s", r.Family, f.Family)
			}
			if f.Inputs != nil && !slices.Equal(r.Text.Inputs, f.Inputs) {
				t.Errorf("text inputs %q, want %q", r.Text.Inputs, f.Inputs)
			}
			if want.Scale != nil {
				near(t, "logit scale", float64(r.LogitScale), float64(*want.Scale), 1e-4*float64(*want.Scale))
				near(t, "logit bias", float64(r.LogitBias), float64(*want.Bias), 1e-3)
			}
		})
	}
}
