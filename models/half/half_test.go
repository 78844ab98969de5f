package half

import (
	"math"
	"testing"
)

// Rounding to half precision: every half-precision number comes back as it is, and numbers between two go to the nearer, ties to the even.
func TestToHalf(t *testing.T) {
	for h := range 1 << 16 {
		v := From(uint16(h))
		if got := To(v); got != uint16(h) && !math.IsNaN(float64(v)) {
			t.Fatalf("To(From(%#04x)) = %#04x", h, got)
		}
	}
	if v := From(To(float32(math.NaN()))); !math.IsNaN(float64(v)) {
		t.Errorf("NaN becomes %v", v)
	}
	for h := range 0x7bff { // the positive finite ones and their successors
		a, b := From(uint16(h)), From(uint16(h+1))
		mid := (a + b) / 2 // exact in float32
		even := uint16(h + h&1)
		for _, c := range []struct {
			v    float32
			want uint16
		}{{math.Nextafter32(mid, 0), uint16(h)}, {mid, even}, {math.Nextafter32(mid, 1e9), uint16(h + 1)}} {
			if got := To(c.v); got != c.want {
				t.Fatalf("To(%v) = %#04x, want %#04x", c.v, got, c.want)
			}
			if got := To(-c.v); got != c.want|0x8000 {
				t.Fatalf("To(%v) = %#04x, want %#04x", -c.v, got, c.want|0x8000)
			}
		}
	}
	for v, want := range map[float32]uint16{65504: 0x7bff, 65519: 0x7bff, 65520: 0x7c00, 1e30: 0x7c00, float32(math.Inf(-1)): 0xfc00} {
		if got := To(v); got != want {
			t.Errorf("To(%v) = %#04x, want %#04x", v, got, want)
		}
	}
}
