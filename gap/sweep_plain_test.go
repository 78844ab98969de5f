package gap

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// plainSweep is Sweep written as its definition reads: it moves the rows, multiplies them out and takes every maximum, at every λ.
func plainSweep(p Pair, o SweepOptions) []SweepPoint {
	x, y := p.Images.unit(), p.Texts.unit()
	delta := o.Vector
	if delta == nil {
		delta = minus(x.mean(), y.mean())
	}
	g := delta
	if o.Unit == Distance {
		g = scaled(delta, 1/norm(delta))
	}
	first := p.FirstTexts()
	chunk := o.Chunk
	if chunk == 0 {
		chunk = x.n
	}
	var points []SweepPoint
	for _, lambda := range o.Lambdas {
		a, b := o.Side.steps(lambda)
		xs, ys := x.shifted(-a, g), y.shifted(b, g)
		diff := minus(xs.mean(), ys.mean())
		pt := SweepPoint{Lambda: lambda, Distance: norm(diff)}
		pt.SignedDistance = math.Copysign(pt.Distance, dotSum(diff, g))
		S := func(i, j int) float64 { return dotSum(xs.row(i), ys.row(j)) }
		for _, scale := range o.Scales {
			var losses []float64
			for i0 := 0; i0 < x.n; i0 += chunk {
				i1 := min(i0+chunk, x.n)
				var sum float64
				for i := i0; i < i1; i++ {
					var row, col []float64
					for j := i0; j < i1; j++ {
						row = append(row, scale*S(i, first[j]))
						col = append(col, scale*S(j, first[i]))
					}
					l := plainLogSumExp(row)
					if o.Loss == Symmetric {
						l = (l + plainLogSumExp(col)) / 2
					}
					sum += l - scale*S(i, first[i])
				}
				losses = append(losses, sum/float64(i1-i0))
			}
			pt.Loss = append(pt.Loss, average(losses))
		}
		hit := make([]bool, x.n)
		for j := range y.n {
			own, imageRank, textRank := p.Image(j), 0, 0
			match := S(own, j)
			for k := range y.n {
				if S(own, k) > match {
					imageRank++
				}
			}
			for i := range x.n {
				if S(i, j) > match {
					textRank++
				}
			}
			hit[own] = hit[own] || imageRank == 0
			if textRank == 0 {
				pt.TextToImageRecall1 += 1 / float64(y.n)
			}
		}
		for _, h := range hit {
			if h {
				pt.ImageToTextRecall1 += 1 / float64(x.n)
			}
		}
		points = append(points, pt)
	}
	return points
}

func plainLogSumExp(v []float64) float64 {
	top := math.Inf(-1)
	for _, x := range v {
		top = max(top, x)
	}
	var sum float64
	for _, x := range v {
		sum += math.Exp(x - top)
	}
	return top + math.Log(sum)
}

// randomPair makes two clouds around different centres. With copies, some rows repeat; with captions > 1, images have 1 to captions texts.
func randomPair(rng *rand.Rand, n, d, captions int, copies bool) Pair {
	x := make([]float32, n*d)
	for i := range x {
		x[i] = float32(rng.NormFloat64())
	}
	for i := range n {
		x[i*d] += 0.7
	}
	images := NewEmbeddings(n, d, x)
	if copies && n > 2 {
		copy(images.Row(n-1), images.Row(0))
	}
	var y []float32
	var imageOf []int
	for i := range n {
		for range 1 + rng.IntN(captions) {
			for k, v := range images.Row(i) {
				w := 0.5*v + float32(0.6*rng.NormFloat64())
				if k == d-1 {
					w -= 0.5
				}
				y = append(y, w)
			}
			imageOf = append(imageOf, i)
		}
	}
	texts := NewEmbeddings(len(imageOf), d, y)
	if copies && texts.N > 3 {
		copy(texts.Row(1), texts.Row(texts.N-2))
	}
	if captions == 1 {
		return NewPair(images, texts, nil)
	}
	rng.Shuffle(len(imageOf), func(i, j int) { // texts in any order
		imageOf[i], imageOf[j] = imageOf[j], imageOf[i]
		for k := range d {
			texts.Row(i)[k], texts.Row(j)[k] = texts.Row(j)[k], texts.Row(i)[k]
		}
	})
	return NewPair(images, texts, imageOf)
}

// TestSweepAgainstPlain holds the sweep to its plain twin, |difference| ≤ 1e-9·max(1, |value|), on shapes from a single pair in one
// dimension to several tiles, with duplicated rows, several captions an image, every unit, side, loss and chunking, and logit scales on
// both sides of maxShiftScale. Recall is compared only where rows are distinct: with duplicates the twin moves them by another route,
// and TestSweepTies takes its place.
func TestSweepAgainstPlain(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	shapes := []struct{ n, d, captions int }{{1, 1, 1}, {1, 5, 1}, {1, 4, 3}, {2, 1, 1}, {3, 2, 1}, {7, 3, 2}, {33, 8, 1}, {40, 5, 4}, {130, 6, 1}, {150, 16, 2}}
	points := 0
	for _, shape := range shapes {
		for _, copies := range []bool{false, true} {
			p := randomPair(rng, shape.n, shape.d, shape.captions, copies)
			for variant := range 6 {
				o := SweepOptions{
					Lambdas: []float64{-1.3, -0.5, 0, 0.25, 1, 2},
					Scales:  []float64{1, 35.5, 349, 500},
					Unit:    Unit(variant % 2), Side: Side(variant % 3), Loss: Loss(variant / 3),
				}
				if variant%2 == 1 {
					o.Chunk = 13
				}
				if variant == 4 {
					o.Vector = make([]float64, shape.d)
					for k := range o.Vector {
						o.Vector[k] = rng.NormFloat64()
					}
				}
				got, err := Sweep(t.Context(), p, o)
				if norm(GapVector(p)) == 0 && o.Vector == nil && o.Unit == Distance {
					if !errors.Is(err, errZeroVector) {
						t.Errorf("%+v: error %v, want %v", shape, err, errZeroVector)
					}
					continue
				}
				if err != nil {
					t.Fatal(err)
				}
				for k, want := range plainSweep(p, o) {
					if math.IsNaN(want.Distance) != (got[k].Reason != "") {
						t.Errorf("%+v, variant %d, λ = %v: distance %v, reason %q", shape, variant, want.Lambda, want.Distance, got[k].Reason)
					}
					if got[k].Reason != "" {
						continue
					}
					points++
					name := fmt.Sprintf("n=%d d=%d captions=%d copies=%v variant %d λ=%v", shape.n, shape.d, shape.captions, copies, variant, want.Lambda)
					check := func(what string, got, want float64) {
						t.Helper()
						if !near(got, want, 1e-9) {
							t.Errorf("%s: %s = %.15g, want %.15g", name, what, got, want)
						}
					}
					check("distance", got[k].Distance, want.Distance)
					if want.Distance > 1e-9 {
						check("signed distance", got[k].SignedDistance, want.SignedDistance)
					}
					for s := range o.Scales {
						check(fmt.Sprintf("loss at %v", o.Scales[s]), got[k].Loss[s], want.Loss[s])
					}
					// In one dimension all cosines are ±1, so every comparison is a tie that rounding decides.
					if !copies && shape.d > 1 {
						check("image to text", got[k].ImageToTextRecall1, want.ImageToTextRecall1)
						check("text to image", got[k].TextToImageRecall1, want.TextToImageRecall1)
					}
				}
			}
		}
	}
	if points < 500 {
		t.Errorf("only %d points were compared", points)
	}
}

// TestSweepTies: rows that are equal tie exactly at every λ, so a match is found whenever only its own copies are as near.
func TestSweepTies(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	const n, d = 200, 24
	p := randomPair(rng, n, d, 1, false)
	for i := range n {
		copy(p.Texts.Row(i), p.Images.Row(i)) // every match is at cosine 1 …
		copy(p.Images.Row(i), p.Images.Row(i%50))
		copy(p.Texts.Row(i), p.Texts.Row(i%50)) // … and has three copies on both sides
	}
	for _, side := range []Side{Both, ImageSide, TextSide} {
		got, err := Sweep(t.Context(), p, SweepOptions{Lambdas: []float64{-0.7, 0, 0.1, 0.3}, Side: side, Scales: []float64{10}, Vector: filled(d, 0.02)})
		if err != nil {
			t.Fatal(err)
		}
		for _, pt := range got {
			if pt.ImageToTextRecall1 != 1 || pt.TextToImageRecall1 != 1 {
				t.Errorf("%v, λ = %v: recall %v and %v, want 1", side, pt.Lambda, pt.ImageToTextRecall1, pt.TextToImageRecall1)
			}
		}
	}
}

// TestSweepOrigin: a single pair of opposite rows meets at the origin at λ = 1.
func TestSweepOrigin(t *testing.T) {
	p := NewPair(NewEmbeddings(1, 1, []float32{1}), NewEmbeddings(1, 1, []float32{-2}), nil)
	got, err := Sweep(t.Context(), p, SweepOptions{Lambdas: []float64{0.5, 1}, Scales: []float64{1}})
	if err != nil {
		t.Fatal(err)
	}
	if got[0].Reason != "" || got[0].Distance != 2 {
		t.Errorf("λ = 0.5: %+v, want distance 2", got[0])
	}
	if got[1].Reason == "" || !math.IsNaN(got[1].Distance) || !math.IsNaN(got[1].Loss[0]) || !math.IsNaN(got[1].ImageToTextRecall1) {
		t.Errorf("λ = 1: %+v, want NaN with a reason", got[1])
	}
}
