package loaders

import (
	"math"
	"testing"

	"mindgap/models"
)

// Rounding to half precision: every half-precision number comes back as it is, and numbers between two go to the nearer, ties to the even.
func TestToHalf(t *testing.T) {
	for h := range 1 << 16 {
		v := models.Half(uint16(h))
		if got := toHalf(v); got != uint16(h) && !math.IsNaN(float64(v)) {
			t.Fatalf("toHalf(Half(%#04x)) = %#04x", h, got)
		}
	}
	if v := models.Half(toHalf(float32(math.NaN()))); !math.IsNaN(float64(v)) {
		t.Errorf("NaN becomes %v", v)
	}
	for h := range 0x7bff { // the positive finite ones and their successors
		a, b := models.Half(uint16(h)), models.Half(uint16(h+1))
		mid := (a + b) / 2 // exact in float32
		even := uint16(h + h&1)
		for _, c := range []struct {
			v    float32
			want uint16
		}{{math.Nextafter32(mid, 0), uint16(h)}, {mid, even}, {math.Nextafter32(mid, 1e9), uint16(h + 1)}} {
			if got := toHalf(c.v); got != c.want {
				t.Fatalf("toHalf(%v) = %#04x, want %#04x", c.v, got, c.want)
			}
			if got := toHalf(-c.v); got != c.want|0x8000 {
				t.Fatalf("toHalf(%v) = %#04x, want %#04x", -c.v, got, c.want|0x8000)
			}
		}
	}
	for v, want := range map[float32]uint16{65504: 0x7bff, 65519: 0x7bff, 65520: 0x7c00, 1e30: 0x7c00, float32(math.Inf(-1)): 0xfc00} {
		if got := toHalf(v); got != want {
			t.Errorf("toHalf(%v) = %#04x, want %#04x", v, got, want)
		}
	}
}

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
