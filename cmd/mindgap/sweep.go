package main

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/spf13/pflag"

	"mindgap/gap"
	"mindgap/models/fault"
	"mindgap/probe"
)

// sweepFlags say how the clouds are moved.
type sweepFlags struct {
	lambdas, scales, unit, side, loss string
	chunk                             int
	single                            bool // λ come by --lambda
}

func (s *sweepFlags) add(fs *pflag.FlagSet) {
	fs.StringVar(&s.lambdas, "lambdas", "-1:1.5:0.125", "values of λ: from:to:step, or a list")
	fs.StringVar(&s.unit, "unit", "fraction", "what λ counts: fraction of the gap, or distance along its unit direction")
	fs.StringVar(&s.side, "side", "both", "what moves: both by λ/2 each, or image or text alone by λ")
	s.addLoss(fs)
}

func (s *sweepFlags) addLoss(fs *pflag.FlagSet) {
	fs.StringVar(&s.scales, "scales", "", "logit scales of the loss, a list (default 1,10,50,100 and the model's own)")
	fs.StringVar(&s.loss, "loss", "symmetric", "symmetric, or image_to_text as the authors' code has it")
	fs.IntVar(&s.chunk, "chunk", 0, "mean loss over consecutive chunks of this many pairs, 0 = all pairs at once")
}

func (s *sweepFlags) options() (o probe.ShiftOptions, err error) {
	name := "--lambdas"
	if s.single {
		name = "--lambda"
	}
	if o.Lambdas, err = parseNumbers(name, s.lambdas); err != nil {
		return o, err
	}
	for _, v := range o.Lambdas {
		if math.Abs(v) > gap.MaxLambda {
			return o, &fault.Error{Kind: fault.Usage, Op: "read", Thing: name, Found: fmt.Sprint(v), Wanted: fmt.Sprintf("numbers from %g to %g", -gap.MaxLambda, gap.MaxLambda),
				Next: "correct the flag"}
		}
	}
	if s.scales != "" {
		if o.Scales, err = parseNumbers("--scales", s.scales); err != nil {
			return o, err
		}
		for _, v := range o.Scales {
			if v <= 0 {
				return o, &fault.Error{Kind: fault.Usage, Op: "read", Thing: "--scales", Found: fmt.Sprint(v), Wanted: "numbers above 0", Next: "correct the flag"}
			}
		}
	}
	if s.chunk < 0 || s.chunk == 1 {
		return o, &fault.Error{Kind: fault.Usage, Op: "read", Thing: "--chunk", Found: fmt.Sprint(s.chunk), Wanted: "0, or 2 and more pairs", Next: "correct the flag"}
	}
	o.Chunk = s.chunk
	if o.Unit, err = probe.ParseUnit(s.unit); err != nil {
		return o, err
	}
	if o.Side, err = probe.ParseSide(s.side); err != nil {
		return o, err
	}
	o.Loss, err = probe.ParseLoss(s.loss)
	return o, err
}

// maxNumbers bounds a range: a mistyped step must not fill the memory.
const maxNumbers = 10_000

// parseNumbers reads "from:to:step", both ends included, or numbers separated by commas.
func parseNumbers(flag, text string) ([]float64, error) {
	bad := func(found, wanted string) ([]float64, error) {
		return nil, &fault.Error{Kind: fault.Usage, Op: "read", Thing: flag, Found: found, Wanted: wanted, Next: "correct the flag"}
	}
	sep := ","
	if strings.Contains(text, ":") {
		sep = ":"
	}
	var v []float64
	for _, part := range strings.Split(text, sep) {
		x, err := strconv.ParseFloat(strings.TrimSpace(part), 64)
		if err != nil || math.IsNaN(x) || math.IsInf(x, 0) {
			return bad(strconv.Quote(part), "a finite number")
		}
		v = append(v, x)
	}
	if sep == "," {
		return v, nil
	}
	if len(v) != 3 || v[2] <= 0 || v[1] < v[0] {
		return bad(strconv.Quote(text), "from:to:step with from ≤ to and a step above 0")
	}
	n := math.Floor((v[1]-v[0])/v[2]+1e-9) + 1
	if n > maxNumbers {
		return bad(fmt.Sprintf("%.0f values", n), fmt.Sprintf("at most %d", maxNumbers))
	}
	out := make([]float64, int(n))
	for i := range out {
		// A multiple of the step is exact where from and step are; 1e-12 takes away what rounding adds at 0.
		if out[i] = v[0] + float64(i)*v[2]; math.Abs(out[i]) < 1e-12 {
			out[i] = 0
		}
	}
	return out, nil
}
