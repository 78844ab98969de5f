package probe

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strconv"

	"mindgap/gap"
	"mindgap/models/fault"
)

// ShiftOptions say how the clouds are moved and what is computed on the way.
type ShiftOptions struct {
	Lambdas []float64 // nil = DefaultLambdas
	Unit    gap.Unit
	Side    gap.Side
	Scales  []float64 // nil = DefaultScales and the model's own
	Loss    gap.Loss
	Chunk   int // pairs a chunk of the loss, 0 = all pairs at once
}

// DefaultLambdas run from pulling the clouds apart by their gap to letting them pass each other halfway: −1 … 1.5 by eighths.
func DefaultLambdas() []float64 {
	var l []float64
	for i := -8; i <= 12; i++ {
		l = append(l, float64(i)/8)
	}
	return l
}

// DefaultScales span what the paper shows, from scale 1 (temperature 1) to 100.
var DefaultScales = []float64{1, 10, 50, 100}

// shiftComponents is how many principal components the paper gives beside its loss landscape.
const shiftComponents = 6

// scaleKey is how a scale is written as a key of ShiftPoint.Loss.
func scaleKey(s float64) string { return strconv.FormatFloat(s, 'g', 6, 64) }

// withDefaults fills in what was not said.
func (o ShiftOptions) withDefaults(s *Subject) ShiftOptions {
	if o.Lambdas == nil {
		o.Lambdas = DefaultLambdas()
	}
	if o.Scales == nil {
		o.Scales = append(slices.Clone(DefaultScales), s.Scale)
		slices.Sort(o.Scales)
		o.Scales = slices.CompactFunc(o.Scales, func(a, b float64) bool { return scaleKey(a) == scaleKey(b) })
	}
	return o
}

func (o *ShiftOptions) sweep(vector []float64) gap.SweepOptions {
	return gap.SweepOptions{Lambdas: o.Lambdas, Unit: o.Unit, Side: o.Side, Scales: o.Scales, Loss: o.Loss, Chunk: o.Chunk, Vector: vector}
}

// Shift moves the two clouds along the difference of their centroids and scores every λ: distance, losses, retrieval and, where there
// are labels and prompts, zero-shot accuracy. For each objective it also chooses a λ on one half of the data and reports its value on the
// other: the gap vector, too, is fitted on the choosing half.
func Shift(ctx context.Context, s *Subject, o ShiftOptions) (*ShiftResults, []string, error) {
	pair, err := s.Pair()
	if err != nil {
		return nil, nil, err
	}
	o = o.withDefaults(s)
	points, err := gap.Sweep(ctx, pair, o.sweep(nil))
	if err != nil {
		return nil, nil, s.blame("shift", err)
	}
	res := &ShiftResults{Unit: o.Unit.String(), Side: o.Side.String(), LossKind: o.Loss.String(), Chunk: o.Chunk, Best: map[string]Best{}}
	for _, v := range o.Scales {
		res.Scales = append(res.Scales, Float(v))
	}
	var warnings []string
	for _, p := range points {
		res.Points = append(res.Points, o.point(pair, p))
		if p.Reason != "" {
			warnings = append(warnings, p.Reason)
		}
	}
	res.PCAExplained = []Float{}
	shares, err := s.jointVariance(ctx)
	switch {
	case ctx.Err() != nil:
		return nil, nil, ctx.Err()
	case err != nil: // rows that coincide vary nowhere
		warnings = append(warnings, err.Error())
	default:
		res.PCAExplained = slices.Clone(shares[:min(shiftComponents, len(shares))])
	}
	if pair.Images.N >= 4 {
		if err := o.bestOnHalves(ctx, pair, res.Best); err != nil {
			return nil, nil, s.blame("shift", err)
		}
	}
	z, more, err := newZeroShot(s)
	if err != nil {
		return nil, nil, err
	}
	warnings = append(warnings, more...)
	if z != nil {
		if err := z.shift(ctx, pair, &o, res); err != nil {
			return nil, nil, s.blame("shift", err)
		}
	}
	return res, warnings, nil
}

// point puts one λ of a sweep over pair into a record's words.
func (o *ShiftOptions) point(pair gap.Pair, p gap.SweepPoint) ShiftPoint {
	q := ShiftPoint{Lambda: Float(p.Lambda), Distance: Float(p.Distance), SignedDistance: Float(p.SignedDistance), Loss: map[string]Float{},
		ImageToTextRecall1: Float(p.ImageToTextRecall1), TextToImageRecall1: Float(p.TextToImageRecall1),
		ImageToTextInterval: wilsonOf(p.ImageToTextRecall1, pair.Images.N), TextToImageInterval: wilsonOf(p.TextToImageRecall1, pair.Texts.N)}
	for i, v := range p.Loss {
		q.Loss[scaleKey(o.Scales[i])] = Float(v)
	}
	return q
}

// wilsonOf is Wilson's 95% interval of a share of n queries, nil where there is no share.
func wilsonOf(share float64, n int) *[2]Float {
	if n < 1 || math.IsNaN(share) {
		return nil
	}
	low, high := gap.WilsonInterval(int(math.Round(share*float64(n))), n, gap.Z95)
	return &[2]Float{Float(low), Float(high)}
}

// bestOnHalves chooses λ on the even images and reports on the odd ones, for each loss and both recalls.
func (o *ShiftOptions) bestOnHalves(ctx context.Context, pair gap.Pair, best map[string]Best) error {
	even, odd := pair.Halves()
	vector := gap.GapVector(even)
	on := *o
	on.Lambdas = withZero(o.Lambdas)
	chosen, err := gap.Sweep(ctx, even, on.sweep(vector))
	if err != nil {
		return err
	}
	held, err := gap.Sweep(ctx, odd, on.sweep(vector))
	if err != nil {
		return err
	}
	add := func(name string, less bool, value func(gap.SweepPoint) float64) {
		a, b := make([]float64, len(chosen)), make([]float64, len(chosen))
		for i := range chosen {
			a[i], b[i] = value(chosen[i]), value(held[i])
		}
		addBest(best, name, on.Lambdas, a, b, less, [2]int{even.Images.N, odd.Images.N})
	}
	for i, s := range o.Scales {
		add("loss@"+scaleKey(s), true, func(p gap.SweepPoint) float64 { return p.Loss[i] })
	}
	add("image_to_text_recall_at_1", false, func(p gap.SweepPoint) float64 { return p.ImageToTextRecall1 })
	add("text_to_image_recall_at_1", false, func(p gap.SweepPoint) float64 { return p.TextToImageRecall1 })
	return nil
}

// addBest chooses λ on the even half and reports on the odd one; it leaves out an objective that one of the halves does not define.
func addBest(best map[string]Best, name string, lambdas, even, odd []float64, less bool, n [2]int) {
	b, ok := gap.BestLambda(lambdas, even, odd, less)
	if !ok {
		return
	}
	best[name] = Best{Lambda: Float(b.Lambda), Value: Float(b.Value), AtZero: Float(odd[slices.Index(lambdas, 0)]), ChosenOn: n[0], HeldOutOn: n[1],
		AtEdge: len(lambdas) > 2 && (b.Lambda == slices.Min(lambdas) || b.Lambda == slices.Max(lambdas))}
}

// withZero adds λ = 0, the state that every other is compared with.
func withZero(lambdas []float64) []float64 {
	if slices.Contains(lambdas, 0) {
		return lambdas
	}
	return append(slices.Clone(lambdas), 0)
}

// ParseUnit reads the words of a record.
func ParseUnit(s string) (gap.Unit, error) {
	for _, u := range []gap.Unit{gap.Fraction, gap.Distance} {
		if u.String() == s {
			return u, nil
		}
	}
	return 0, usage("--unit", s, "fraction (of the gap) or distance (along its unit direction)")
}

// ParseSide reads the words of a record.
func ParseSide(s string) (gap.Side, error) {
	for _, v := range []gap.Side{gap.Both, gap.ImageSide, gap.TextSide} {
		if v.String() == s {
			return v, nil
		}
	}
	return 0, usage("--side", s, "both, image or text")
}

// ParseLoss reads the words of a record.
func ParseLoss(s string) (gap.Loss, error) {
	for _, v := range []gap.Loss{gap.Symmetric, gap.ImageToText} {
		if v.String() == s {
			return v, nil
		}
	}
	return 0, usage("--loss", s, "symmetric or image_to_text")
}

func usage(flag, found, wanted string) error {
	return &fault.Error{Kind: fault.Usage, Op: "read", Thing: flag, Found: fmt.Sprintf("%q", found), Wanted: wanted, Next: "correct the flag"}
}
