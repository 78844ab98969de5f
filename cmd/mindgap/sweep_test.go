package main

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseNumbers(t *testing.T) {
	for _, c := range []struct {
		text string
		want []float64 // nil: an error
	}{
		{"1", []float64{1}},
		{"1, 50,100", []float64{1, 50, 100}},
		{"-0.5:0.5:0.25", []float64{-0.5, -0.25, 0, 0.25, 0.5}},
		{"0:1:0.4", []float64{0, 0.4, 0.8}},
		{"-0.3:0.3:0.1", []float64{-0.3, -0.19999999999999998, -0.09999999999999998, 0, 0.10000000000000003, 0.2, 0.3000000000000001}},
		{"", nil},
		{"a", nil},
		{"1,NaN", nil},
		{"0:1", nil},
		{"1:0:0.1", nil},
		{"0:1:0", nil},
		{"0:1:1e-9", nil},
	} {
		got, err := parseNumbers("--x", c.text)
		if (err != nil) != (c.want == nil) {
			t.Errorf("parseNumbers(%q): error %v", c.text, err)
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("parseNumbers(%q) (-want +got):\n%s", c.text, diff)
		}
	}
}
