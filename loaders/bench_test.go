package loaders

import (
	"fmt"
	"os"
	"testing"

	"mindgap/loaders/preprocess"
)

// BenchmarkEmbedJPEGs is the pipeline around a tower that costs next to nothing, four batches of photographs: what remains is decoding,
// preparing and the handing over. The memory a run takes is that of its three batches.
func BenchmarkEmbedJPEGs(b *testing.B) {
	tw := openTest(b, "builtin", Options{})
	data, err := os.ReadFile("preprocess/testdata/extras/bench_500x375.jpg")
	if err != nil {
		b.Fatal(err)
	}
	n := 4 * tw.Image.Batch
	sources := func(yield func(Source, error) bool) {
		decode := func(scratch *preprocess.Picture) (*preprocess.Picture, error) {
			return scratch, preprocess.DecodeTo(scratch, "bench", data)
		}
		for range n {
			if !yield(Source{ID: "bench", Decode: decode}, nil) {
				return
			}
		}
	}
	b.ReportAllocs()
	for b.Loop() {
		if err := tw.EmbedImages(b.Context(), sources, nil, func([]float32, int) error { return nil }); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(n*b.N)/b.Elapsed().Seconds(), "images/s")
}

func BenchmarkEmbedTexts(b *testing.B) {
	tw := openTest(b, "builtin", Options{})
	texts := make([]string, 16*tw.Text.Batch)
	for i := range texts {
		texts[i] = fmt.Sprintf("a photo of %d small dogs on the beach", i)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := tw.EmbedTexts(b.Context(), texts, nil); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(len(texts)*b.N)/b.Elapsed().Seconds(), "texts/s")
}
