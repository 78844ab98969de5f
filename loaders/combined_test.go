package loaders

import (
	"math"
	"testing"
)

// The fit finds scale and bias, takes a bias for none where the scale explains all, and refuses what is no line.
func TestFitScale(t *testing.T) {
	cos := []float64{-0.2, 0.1, 0.15, 0.3, 0.31}
	line := func(s, b, noise float64) []float64 {
		out := make([]float64, len(cos))
		for i, c := range cos {
			out[i] = s*c + b + noise*float64(i%2)
		}
		return out
	}
	for name, c := range map[string]struct {
		logits []float64
		s, b   float64
		ok     bool
	}{
		"scale":                  {line(100, 0, 0), 100, 0, true},
		"rounding":               {line(100, 0, 1e-4), 100, 0, true},
		"with bias":              {line(117, -12.5, 0), 117, -12.5, true},
		"no line":                {line(10, 0, 1), 0, 0, false},
		"a cosine itself turned": {line(-3, 0, 0), 0, 0, false},
	} {
		s, b, ok := fitScale(cos, c.logits)
		if ok != c.ok || ok && (math.Abs(s-c.s) > 1e-5*c.s || math.Abs(b-c.b) > 1e-4) {
			t.Errorf("%s: %v, %v, %v; want %v, %v, %v", name, s, b, ok, c.s, c.b, c.ok)
		}
	}
	if _, _, ok := fitScale(nil, nil); ok {
		t.Error("a scale from no pairs")
	}
}
