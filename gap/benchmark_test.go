package gap

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"
)

func spread(from, to float64, count int) []float64 {
	out := make([]float64, count)
	for i := range out {
		out[i] = from + (to-from)*float64(i)/float64(count-1)
	}
	return out
}

func BenchmarkSweep(b *testing.B) {
	for _, shape := range []struct{ n, d int }{{1300, 64}, {5000, 512}} {
		b.Run(fmt.Sprintf("n=%d,d=%d,41x5", shape.n, shape.d), func(b *testing.B) {
			p := randomPair(rand.New(rand.NewPCG(1, 2)), shape.n, shape.d, 1, false)
			o := SweepOptions{Lambdas: spread(-1, 1, 41), Scales: []float64{1, 5, 35, 50, 100}}
			for b.Loop() {
				if _, err := Sweep(context.Background(), p, o); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkMeasure(b *testing.B) {
	for _, shape := range []struct{ n, d int }{{1300, 64}, {5000, 512}} {
		b.Run(fmt.Sprintf("n=%d,d=%d", shape.n, shape.d), func(b *testing.B) {
			p := randomPair(rand.New(rand.NewPCG(1, 2)), shape.n, shape.d, 1, false)
			for b.Loop() {
				if _, err := Measure(context.Background(), p, MeasureOptions{Scale: 100, Bootstrap: 1000}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkPairwiseCosine(b *testing.B) {
	p := randomPair(rand.New(rand.NewPCG(1, 2)), 5000, 512, 1, false)
	for b.Loop() {
		if _, err := PairwiseCosine(context.Background(), p.Images, 20); err != nil {
			b.Fatal(err)
		}
	}
}
