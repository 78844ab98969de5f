package preprocess

import (
	"os"
	"testing"
)

// benchmarkJPEG is a 500×375 photograph, quality 90, 4:2:0, 65 kB: the size that the Internet's photographs mostly have.
const benchmarkJPEG = "testdata/extras/bench_500x375.jpg"

func readBenchmark(b *testing.B) ([]byte, *Processor) {
	b.Helper()
	data, err := os.ReadFile(benchmarkJPEG)
	if err != nil {
		b.Fatal(err)
	}
	p, err := New(clip("hf", readPhotographs(b)))
	if err != nil {
		b.Fatal(err)
	}
	return data, p
}

// BenchmarkJPEGToTensor is the whole way on one core: encoded picture to normalised 3×224×224.
func BenchmarkJPEGToTensor(b *testing.B) {
	data, p := readBenchmark(b)
	dst := make([]float32, 3*224*224)
	pic := new(Picture)
	b.ReportAllocs()
	for b.Loop() {
		if err := DecodeTo(pic, "bench", data); err != nil {
			b.Fatal(err)
		}
		if err := p.Tensor(dst, pic); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkDecodeJPEG(b *testing.B) {
	data, _ := readBenchmark(b)
	pic := new(Picture)
	b.ReportAllocs()
	for b.Loop() {
		if err := DecodeTo(pic, "bench", data); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkTensor(b *testing.B) {
	data, p := readBenchmark(b)
	pic, err := Decode("bench", data)
	if err != nil {
		b.Fatal(err)
	}
	dst := make([]float32, 3*224*224)
	b.ReportAllocs()
	for b.Loop() {
		if err := p.Tensor(dst, pic); err != nil {
			b.Fatal(err)
		}
	}
}
