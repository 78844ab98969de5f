package gap

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// torchTraining is testdata/train.json.
type torchTraining struct {
	Pairs         int
	Steps, Every  int
	Order         [][]int
	Curves        []torchCurve
	GradientPairs int `json:"gradient_pairs"`
	GradientWidth int `json:"gradient_width"`
	Gradients     []struct {
		Parameters  Parameters
		Temperature float64
		Loss        float64
		Image, Text []float64
	}
}

type torchCurve struct {
	Parameters  Parameters
	Start       Start
	Temperature float64
	Batches     bool
	Optimizer   struct {
		Method         Method
		Rate, Momentum float64
		WeightDecay    float64 `json:"weight_decay"`
	}
	BatchLoss     []float64 `json:"batch_loss"` // before every step
	Loss, Gap     []float64 // every so many steps, as the others
	MatchedCosine []float64 `json:"matched_cosine"`
	ImageToText   []float64 `json:"image_to_text_recall_at_1"`
	TextToImage   []float64 `json:"text_to_image_recall_at_1"`
	Strays        struct {
		Loss, Gap     float64
		MatchedCosine float64 `json:"matched_cosine"`
		BatchLoss     float64 `json:"batch_loss"`
	} `json:"float32_strays"` // PyTorch's float32 run from its float64 run, at most
}

func readTorchTraining(t *testing.T) (ref torchTraining) {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", "train.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, &ref); err != nil {
		t.Fatal(err)
	}
	return ref
}

func (c torchCurve) options() TrainOptions {
	o := TrainOptions{Parameters: c.Parameters, Start: c.Start, Temperature: c.Temperature, Optimizer: DefaultOptimizer(c.Optimizer.Method, c.Optimizer.Rate)}
	o.Optimizer.Momentum, o.Optimizer.WeightDecay = c.Optimizer.Momentum, c.Optimizer.WeightDecay
	return o
}

// TestTrainCurves takes PyTorch's 200 steps, from its start, on its batches. In float64 the losses of batches agree within 1e-8·max(1,
// |want|), and what is measured, which is rounded to float32, within 1e-6. With products in float32 losses agree within 1e-4, gap and
// matched cosine within that or twice what PyTorch's own float32 run strays from its float64 run, if this is more: Adam divides an entry
// of the gradient by its own size, so one that all but vanishes moves by the sign of its rounding.
func TestTrainCurves(t *testing.T) {
	ref := readTorchTraining(t)
	if len(ref.Curves) != 18 {
		t.Fatalf("%d curves, want 18", len(ref.Curves))
	}
	e := emojiPair(t)
	p := NewPair(e.Images.Slice(0, ref.Pairs), e.Texts.Slice(0, ref.Pairs), nil)
	for _, exact := range []bool{true, false} {
		for _, c := range ref.Curves {
			t.Run(fmt.Sprintf("exact=%v/%s/%s/%v/%s/batches=%v", exact, c.Parameters, c.Start, c.Temperature, c.Optimizer.Method, c.Batches), func(t *testing.T) {
				t.Parallel() // a small batch keeps one processor busy
				o := c.options()
				o.Exact = exact
				trainer, err := NewTrainer(t.Context(), p, o)
				if err != nil {
					t.Fatal(err)
				}
				check := func(step int, what string, got, want, exactly, stray float64) {
					tolerance := exactly
					if !exact {
						tolerance = max(1e-4, 2*stray)
					}
					if !near(got, want, tolerance) {
						t.Fatalf("step %d: %s %v, want %v ± %v", step, what, got, want, tolerance)
					}
				}
				for step := 0; ; step++ {
					if step%ref.Every == 0 {
						got, err := trainer.Point(t.Context())
						if err != nil {
							t.Fatal(err)
						}
						k := step / ref.Every
						check(step, "loss", got.Loss, c.Loss[k], 1e-6, 0)
						check(step, "gap", got.Gap, c.Gap[k], 1e-6, c.Strays.Gap)
						check(step, "matched cosine", got.MatchedCosine, c.MatchedCosine[k], 1e-6, c.Strays.MatchedCosine)
						if exact {
							check(step, "image to text recall", got.ImageToTextRecall1, c.ImageToText[k], 1e-9, 0)
							check(step, "text to image recall", got.TextToImageRecall1, c.TextToImage[k], 1e-9, 0)
						}
					}
					if step == ref.Steps {
						break
					}
					var batch []int
					if c.Batches {
						batch = ref.Order[step]
					}
					loss, err := trainer.step(t.Context(), batch)
					if err != nil {
						t.Fatal(err)
					}
					check(step, "loss of the batch", loss, c.BatchLoss[step], 1e-8, 0)
				}
			})
		}
	}
}

// TestTrainGradients meets PyTorch's autograd, on rows of 12 entries: within 1e-12 of the greatest entry in float64, and within 1e-6 with
// products in float32.
func TestTrainGradients(t *testing.T) {
	ref := readTorchTraining(t)
	if len(ref.Gradients) != 6 {
		t.Fatalf("%d gradients, want 6", len(ref.Gradients))
	}
	e := emojiPair(t)
	cut := func(e *Embeddings) *Embeddings {
		out := NewEmbeddings(ref.GradientPairs, ref.GradientWidth, make([]float32, ref.GradientPairs*ref.GradientWidth))
		for i := range out.N {
			copy(out.Row(i), e.Row(i))
		}
		return out
	}
	p := NewPair(cut(e.Images), cut(e.Texts), nil)
	check := func(t *testing.T, exact bool) {
		for _, r := range ref.Gradients {
			t.Run(fmt.Sprintf("%s/%v", r.Parameters, r.Temperature), func(t *testing.T) {
				o := TrainOptions{Parameters: r.Parameters, Start: GapStart, Temperature: r.Temperature, Optimizer: DefaultOptimizer(SGD, 1), Exact: exact}
				trainer, err := NewTrainer(t.Context(), p, o)
				if err != nil {
					t.Fatal(err)
				}
				sides := []*trained{trainer.image, trainer.text}
				if r.Parameters == HeadParameters {
					for at, side := range sides {
						for k := range side.weights.data {
							side.weights.data[k] += math.Sin(float64(k+at)) / 4
						}
					}
				}
				loss, err := trainer.gradient(t.Context(), nil)
				if err != nil {
					t.Fatal(err)
				}
				tolerance := 1e-12
				if !exact {
					tolerance = 1e-6
				}
				if !near(loss, r.Loss, tolerance) {
					t.Errorf("loss %v, want %v", loss, r.Loss)
				}
				for at, want := range [][]float64{r.Image, r.Text} {
					var size, worst float64
					for k, v := range want {
						size, worst = max(size, math.Abs(v)), max(worst, math.Abs(sides[at].gradient.data[k]-v))
					}
					if !(worst <= tolerance*size) {
						t.Errorf("side %d: the gradient is off by %.1e of its greatest entry, want %.1e", at, worst/size, tolerance)
					}
				}
			})
		}
	}
	t.Run("exact", func(t *testing.T) { check(t, true) })
	eachKernel(t, func(t *testing.T) { check(t, false) })
}

// TestContrastiveKernels: at shapes on both sides of a tile's edges every kernel's loss and gradients are those of the plain twin. A cosine's
// error ε = productError(d) shows 2s times in a term over its row's or column's sum, and a sum of n products adds productError(n): an entry
// of a gradient is within (4sε + 2·productError(n))·s/n·(1 + Σ_j over row i of e_ij/C_j/2 + ½) of it, the loss within 2sε.
func TestContrastiveKernels(t *testing.T) {
	eachKernel(t, func(t *testing.T) {
		rng := rand.New(rand.NewPCG(91, 92))
		for _, shape := range [][2]int{{2, 1}, {2, 3}, {47, 16}, {48, 64}, {49, 127}, {129, 130}} {
			n, d := shape[0], shape[1]
			p := randomPair(rng, n, d, 1, false)
			x, y := p.Images.unit(), p.Texts.unit()
			for _, scale := range []float64{0.5, 100, maxShiftScale} {
				got, want := newContrastive(scale, false), newContrastive(scale, true)
				gx, gy, wx, wy := newRows(n, d), newRows(n, d), newRows(n, d), newRows(n, d)
				for range 2 { // the second time shows that nothing stays of the first
					loss, err := got.gradient(t.Context(), x, y, gx, gy)
					if err != nil {
						t.Fatal(err)
					}
					wanted, err := want.gradient(t.Context(), x, y, wx, wy)
					if err != nil {
						t.Fatal(err)
					}
					if math.Abs(loss-wanted) > 2*scale*productError(d)+1e-12 {
						t.Fatalf("%d×%d, scale %v: loss %v, want %v", n, d, scale, loss, wanted)
					}
				}
				// want.terms are ∂L/∂c now; its absolute values, with the matched pair's own taken apart, bound every product.
				bound := func(i int, at func(i, j int) float64) float64 {
					sum := 2 * scale / float64(n)
					for j := range n {
						sum += math.Abs(at(i, j))
					}
					return (4*scale*productError(d) + 2*productError(n)) * sum
				}
				for i := range n {
					ofX := bound(i, func(i, j int) float64 { return want.terms[i*n+j] })
					ofY := bound(i, func(i, j int) float64 { return want.terms[j*n+i] })
					for k := range d {
						if diff := math.Abs(gx.row(i)[k] - wx.row(i)[k]); !(diff <= ofX) {
							t.Fatalf("%d×%d, scale %v: ∂L/∂x[%d][%d] = %v, want %v ± %v", n, d, scale, i, k, gx.row(i)[k], wx.row(i)[k], ofX)
						}
						if diff := math.Abs(gy.row(i)[k] - wy.row(i)[k]); !(diff <= ofY) {
							t.Fatalf("%d×%d, scale %v: ∂L/∂y[%d][%d] = %v, want %v ± %v", n, d, scale, i, k, gy.row(i)[k], wy.row(i)[k], ofY)
						}
					}
				}
			}
		}
	})
}

// TestTrainMultiply: products of heads by every kernel are within productError(depth)·Σ|a·b| of those in float64, and as many of a row's entries.
func TestTrainMultiply(t *testing.T) {
	eachKernel(t, func(t *testing.T) {
		rng := rand.New(rand.NewPCG(93, 94))
		for _, shape := range [][3]int{{1, 1, 1}, {49, 12, 130}, {130, 200, 64}} {
			n, depth, m := shape[0], shape[1], shape[2]
			for _, transposed := range []bool{false, true} {
				a, b, got, want, size := newRows(n, depth), newRows(depth, m), newRows(n, m), newRows(n, m), newRows(n, m)
				if transposed {
					a = newRows(depth, n)
				}
				drawRows(rng, a, 1)
				drawRows(rng, b, 1)
				if err := multiply(t.Context(), fastKernel, got, a, b, transposed); err != nil {
					t.Fatal(err)
				}
				multiplyPlain(want, a, b, transposed)
				for _, r := range []*rows{a, b} {
					for k, v := range r.data {
						r.data[k] = math.Abs(v)
					}
				}
				multiplyPlain(size, a, b, transposed)
				for k, v := range want.data {
					if diff := math.Abs(got.data[k] - v); !(diff <= productError(depth)*size.data[k]) {
						t.Fatalf("%v, transposed %v: entry %d is %v, want %v", shape, transposed, k, got.data[k], v)
					}
				}
			}
		}
	})
}

// TestTrainFinding is the paper's: from one start, a temperature of 1 closes the gap and one of 1/100 keeps it, while both learn their pairs.
func TestTrainFinding(t *testing.T) {
	p := emojiPair(t)
	p = NewPair(p.Images.Slice(0, 200), p.Texts.Slice(0, 200), nil)
	last := func(temperature float64) (first, last TrainPoint) {
		points, err := Train(t.Context(), p, TrainOptions{Parameters: FreeParameters, Start: GapStart, Temperature: temperature, Steps: 150, BatchSize: 50,
			Seed: 1, Optimizer: DefaultOptimizer(Adam, 0.01)}, nil)
		if err != nil {
			t.Fatal(err)
		}
		if len(points) != 2 {
			t.Fatalf("%d points, want the first and the last", len(points))
		}
		return points[0], points[1]
	}
	start, high := last(1)
	_, low := last(0.01)
	if high.Gap > 0.02*start.Gap || low.Gap < 0.8*start.Gap {
		t.Errorf("from a gap of %v to %v at temperature 1 and %v at 1/100", start.Gap, high.Gap, low.Gap)
	}
	if high.ImageToTextRecall1 < 0.99 || low.ImageToTextRecall1 < 0.95 || high.Loss >= start.Loss {
		t.Errorf("from %+v to %+v at temperature 1 and %+v at 1/100", start, high, low)
	}
}

// TestTrainStarts: what each start is, before the first step.
func TestTrainStarts(t *testing.T) {
	p := emojiMany(t)
	first := p.FirstTexts()
	y := NewEmbeddings(p.Images.N, p.Texts.D, make([]float32, p.Images.N*p.Texts.D))
	for i, j := range first {
		copy(y.Row(i), p.Texts.Row(j))
	}
	paired := NewPair(p.Images, y, nil)
	turned, err := orthogonalMap(y.unit(), p.Images.unit())
	if err != nil {
		t.Fatal(err)
	}
	amended := newRows(y.N, y.D)
	multiplyPlain(amended, y.unit(), turned, false)
	for _, parameters := range []Parameters{FreeParameters, HeadParameters} {
		begin := func(start Start, seed uint64) Pair {
			trainer, err := NewTrainer(t.Context(), p, TrainOptions{Parameters: parameters, Start: start, Temperature: 1, Seed: seed, Optimizer: DefaultOptimizer(SGD, 1)})
			if err != nil {
				t.Fatal(err)
			}
			out, err := trainer.Pair(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			return out
		}
		farthest := func(e *Embeddings, want *rows) (worst float64) {
			for k, v := range want.data {
				worst = max(worst, math.Abs(float64(e.Data[k])-v))
			}
			return worst
		}
		if got := begin(GapStart, 1); farthest(got.Images, p.Images.unit()) > 1e-6 || farthest(got.Texts, paired.Texts.unit()) > 1e-6 {
			t.Errorf("%s: the gap start is not the embeddings with their first texts", parameters)
		}
		if got := begin(AmendedStart, 1); farthest(got.Images, p.Images.unit()) > 1e-6 || farthest(got.Texts, amended) > 1e-6 {
			t.Errorf("%s: the amended start is not the texts turned onto their images", parameters)
		}
		a, b, c := begin(RandomStart, 1), begin(RandomStart, 1), begin(RandomStart, 2)
		if !cmp.Equal(a, b) || cmp.Equal(a, c) {
			t.Errorf("%s: a random start is not its seed's", parameters)
		}
		if parameters == FreeParameters {
			if r, err := Measure(t.Context(), a, MeasureOptions{Scale: 1, Names: []string{"gap"}}); err != nil || r[0].Value > 0.15 {
				t.Errorf("%v, %v: random vectors have a gap", r, err)
			}
		}
	}
}

// TestTrainBatches: a pass takes every pair at most once, drops what is left over, and the next is shuffled anew; the same seed gives the same
// points on one processor and on many.
func TestTrainBatches(t *testing.T) {
	p := randomPair(rand.New(rand.NewPCG(95, 96)), 50, 6, 1, false)
	o := TrainOptions{Parameters: HeadParameters, Start: GapStart, Temperature: 0.1, BatchSize: 12, Steps: 9, Every: 4, Seed: 3, Optimizer: DefaultOptimizer(AdamW, 0.01)}
	trainer, err := NewTrainer(t.Context(), p, o)
	if err != nil {
		t.Fatal(err)
	}
	var passes [2][]int
	for pass := range passes {
		seen := map[int]bool{}
		for range 4 {
			for _, i := range trainer.next() {
				if seen[i] {
					t.Fatalf("pair %d twice in one pass", i)
				}
				seen[i] = true
				passes[pass] = append(passes[pass], i)
			}
		}
		if len(seen) != 48 {
			t.Fatalf("%d pairs in a pass, want 48", len(seen))
		}
	}
	if cmp.Equal(passes[0], passes[1]) {
		t.Error("two passes in the same order")
	}
	train := func() []TrainPoint {
		var told int
		points, err := Train(t.Context(), p, o, func(step, steps int) {
			if told++; step != told || steps != o.Steps {
				t.Errorf("told of step %d of %d, want %d of %d", step, steps, told, o.Steps)
			}
		})
		if err != nil {
			t.Fatal(err)
		}
		return points
	}
	want := train()
	var steps []int
	for _, point := range want {
		steps = append(steps, point.Step)
	}
	if diff := cmp.Diff([]int{0, 4, 8, 9}, steps); diff != "" {
		t.Errorf("points (-want +got):\n%s", diff)
	}
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	if diff := cmp.Diff(want, train()); diff != "" {
		t.Errorf("on one processor (-many +one):\n%s", diff)
	}
	o.Seed++
	if cmp.Equal(want, train()) {
		t.Error("another seed takes the same steps")
	}
	if !o.Random(50) || o.Random(12) {
		t.Error("batches smaller than the data are drawn, others are not")
	}
}

func TestTrainErrors(t *testing.T) {
	p := randomPair(rand.New(rand.NewPCG(97, 98)), 20, 4, 1, false)
	good := TrainOptions{Parameters: FreeParameters, Start: GapStart, Temperature: 0.1, Steps: 3, Optimizer: DefaultOptimizer(Adam, 0.01)}
	for want, spoil := range map[string]func(o *TrainOptions){
		"temperature of 0":      func(o *TrainOptions) { o.Temperature = 0 },
		"temperature of NaN":    func(o *TrainOptions) { o.Temperature = math.NaN() },
		"1/350 or more":         func(o *TrainOptions) { o.Temperature = 1e-3 },
		"-1 steps":              func(o *TrainOptions) { o.Steps = -1 },
		"every -1 steps":        func(o *TrainOptions) { o.Every = -1 },
		"batch of 1 pairs":      func(o *TrainOptions) { o.BatchSize = 1 },
		"the 20 that there are": func(o *TrainOptions) { o.BatchSize = 21 },
		"at most 8192": func(o *TrainOptions) {
			o.BatchSize = 0
			p = randomPair(rand.New(rand.NewPCG(1, 1)), MaxTrainBatch+1, 1, 1, false)
		},
		`parameters "tower"`:    func(o *TrainOptions) { o.Parameters = "tower" },
		`start "end"`:           func(o *TrainOptions) { o.Start = "end" },
		`optimizer "lion"`:      func(o *TrainOptions) { o.Optimizer.Method = "lion" },
		"learning rate of 0":    func(o *TrainOptions) { o.Optimizer.Rate = 0 },
		"weight decay of -1":    func(o *TrainOptions) { o.Optimizer.WeightDecay = -1 },
		"momentum of 1":         func(o *TrainOptions) { o.Optimizer.Momentum = 1 },
		"β₁ of 1, want from 0":  func(o *TrainOptions) { o.Optimizer.Beta1 = 1 },
		"β₂ of NaN":             func(o *TrainOptions) { o.Optimizer.Beta2 = math.NaN() },
		"ε of 0, want a number": func(o *TrainOptions) { o.Optimizer.Epsilon = 0 },
	} {
		before, o := p, good
		spoil(&o)
		if _, err := Train(t.Context(), p, o, nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want one of %q", err, want)
		}
		p = before
	}
	if _, err := Train(t.Context(), NewPair(p.Images.Slice(0, 1), p.Texts.Slice(0, 1), nil), good, nil); err == nil {
		t.Error("one pair trains")
	}
	ctx, cancel := context.WithCancel(t.Context())
	if _, err := Train(ctx, p, good, func(int, int) { cancel() }); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v after the context ended", err)
	}
	wild := good
	wild.Optimizer = DefaultOptimizer(SGD, 1e308)
	var diverged *DivergedError
	if _, err := Train(t.Context(), p, wild, nil); !errors.As(err, &diverged) || diverged.Rate != 1e308 || !strings.Contains(err.Error(), "diverged at step") {
		t.Errorf("error %v of a rate of 1e308", err)
	}
	p.Texts.Row(7)[2] = float32(math.NaN())
	var bad *ValueError
	if _, err := Train(t.Context(), p, good, nil); !errors.As(err, &bad) || bad.Row != 7 {
		t.Errorf("error %v of NaN in row 7", err)
	}
}

// BenchmarkTrainStep is one step of Adam on all pairs.
func BenchmarkTrainStep(b *testing.B) {
	for _, shape := range []struct{ n, d int }{{64, 64}, {1300, 64}, {512, 512}} {
		for _, parameters := range []Parameters{FreeParameters, HeadParameters} {
			b.Run(fmt.Sprintf("%s/n=%d,d=%d", parameters, shape.n, shape.d), func(b *testing.B) {
				p := randomPair(rand.New(rand.NewPCG(1, 2)), shape.n, shape.d, 1, false)
				t, err := NewTrainer(b.Context(), p, TrainOptions{Parameters: parameters, Start: GapStart, Temperature: 0.05, Optimizer: DefaultOptimizer(Adam, 1e-3)})
				if err != nil {
					b.Fatal(err)
				}
				for b.Loop() {
					if _, err := t.Step(b.Context()); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

// BenchmarkTrainPoint is one measurement.
func BenchmarkTrainPoint(b *testing.B) {
	p := randomPair(rand.New(rand.NewPCG(1, 2)), 1300, 64, 1, false)
	t, err := NewTrainer(b.Context(), p, TrainOptions{Parameters: FreeParameters, Start: GapStart, Temperature: 0.05, Optimizer: DefaultOptimizer(Adam, 1e-3)})
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := t.Point(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
}
