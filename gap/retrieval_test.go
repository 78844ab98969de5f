package gap

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"testing"
)

// TestRetrieval holds recall with several captions an image to CLIP_benchmark's definition, in its words: image_retrieval is text to
// image, text_retrieval is image to text, where any of an image's texts among the first k is a hit. Both are shares of whole numbers of
// hits, so equal ones differ by rounding alone: 1e-12.
func TestRetrieval(t *testing.T) {
	b, err := os.ReadFile(filepath.Join("testdata", "retrieval.json"))
	if err != nil {
		t.Fatal(err)
	}
	var raw map[string]json.RawMessage
	var ref struct {
		Images  [][]float32
		Texts   [][]float32
		ImageOf []int `json:"image_of"`
	}
	if err := json.Unmarshal(b, &raw); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, &ref); err != nil {
		t.Fatal(err)
	}
	cloud := func(rows [][]float32) *Embeddings {
		var data []float32
		for _, r := range rows {
			data = append(data, r...)
		}
		return NewEmbeddings(len(rows), len(rows[0]), data)
	}
	pair := NewPair(cloud(ref.Images), cloud(ref.Texts), ref.ImageOf)
	m, err := Measure(context.Background(), pair, MeasureOptions{Scale: 1})
	if err != nil {
		t.Fatal(err)
	}
	points, err := Sweep(context.Background(), pair, SweepOptions{Lambdas: []float64{0}, Scales: []float64{1}})
	if err != nil {
		t.Fatal(err)
	}
	atZero := map[string]float64{"image_to_text_recall_at_1": points[0].ImageToTextRecall1, "text_to_image_recall_at_1": points[0].TextToImageRecall1}
	for _, k := range []int{1, 5, 10} {
		for ours, theirs := range map[string]string{"image_to_text": "text_retrieval", "text_to_image": "image_retrieval"} {
			name := fmt.Sprintf("%s_recall_at_%d", ours, k)
			var want float64
			if err := json.Unmarshal(raw[fmt.Sprintf("%s_recall@%d", theirs, k)], &want); err != nil {
				t.Fatal(err)
			}
			got, ok := m.Get(name)
			if !ok || !(math.Abs(got.Value-want) <= 1e-12) {
				t.Errorf("%s: %v, want %v", name, got.Value, want)
			}
			if v, ok := atZero[name]; ok && !(math.Abs(v-want) <= 1e-12) {
				t.Errorf("%s of the sweep: %v, want %v", name, v, want)
			}
		}
	}
}
