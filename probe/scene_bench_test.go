package probe

import "testing"

// BenchmarkScene is what a scene adds to a report on the built-in data, with thumbnails and without.
func BenchmarkScene(b *testing.B) {
	c := &Config{}
	s, err := c.Load(b.Context(), WithTexts|WithPrompts)
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	z, _, err := newZeroShot(s)
	if err != nil {
		b.Fatal(err)
	}
	shift, _, err := Shift(b.Context(), s, ShiftOptions{})
	if err != nil {
		b.Fatal(err)
	}
	for name, thumbnails := range map[string]int{"thumbnails": 0, "alone": -1} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				p, err := z.bestPredictions(b.Context(), ShiftOptions{}, shift)
				if err != nil {
					b.Fatal(err)
				}
				if _, err := NewScene(b.Context(), s, p, SceneOptions{Thumbnails: thumbnails}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
