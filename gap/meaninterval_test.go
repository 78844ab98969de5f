package gap

import (
	"math"
	"testing"
)

// TestMeanInterval meets SciPy 1.17.1's stats.t.interval and NumPy's std with ddof=1 to 1e-12.
func TestMeanInterval(t *testing.T) {
	many := []float64{-0.01, -0.01}
	for range 20 {
		many = append(many, 0.03)
	}
	for _, c := range []struct {
		values               []float64
		level                float64
		mean, std, low, high float64
	}{
		{[]float64{0.72, 0.738, 0.692}, 0.95, 0.7166666666666667, 0.023180451534284968, 0.6590832328349486, 0.7742501004983847},
		{[]float64{1.5, -2, 0.25, 8, 3}, 0.95, 2.15, 3.7483329627982624, -2.5041700931870516, 6.804170093187052},
		{[]float64{1, 2}, 0.95, 1.5, 0.7071067811865476, -4.853102368087347, 7.853102368087347},
		{[]float64{1, 2, 3, 4}, 0.9, 2.5, 1.2909944487358056, 0.9809104349065083, 4.019089565093491},
		{many, 0.95, 0.026363636363636367, 0.011769797726729992, 0.021145200396443242, 0.03158207233082949},
	} {
		mean, std, low, high := MeanInterval(c.values, c.level)
		for what, v := range map[string][2]float64{"mean": {mean, c.mean}, "std": {std, c.std}, "low": {low, c.low}, "high": {high, c.high}} {
			if !near(v[0], v[1], 1e-12) {
				t.Errorf("%v at %v: %s %v, want %v", c.values, c.level, what, v[0], v[1])
			}
		}
	}
	if mean, std, low, high := MeanInterval([]float64{7}, 0.95); mean != 7 || !math.IsNaN(std) || !math.IsNaN(low) || !math.IsNaN(high) {
		t.Errorf("one value: %v, %v, %v to %v", mean, std, low, high)
	}
	if mean, _, _, _ := MeanInterval(nil, 0.95); !math.IsNaN(mean) {
		t.Errorf("no value: mean %v", mean)
	}
}
