package probe

import (
	"fmt"
	"math"

	"mindgap/gap"
	"mindgap/models/fault"
)

// SphereOptions say which pairs are simulated, where and at which scales.
type SphereOptions struct {
	Nine      bool      // the nine points of the appendix instead of pairs on the equator
	Pairs     int       // 0 = the paper's six pairs; else random ones
	Mismatch  float64   // share of the random pairs that are mismatched
	Dim       int       // of the random pairs' space
	Positions []float64 // angles in degrees, or heights of the nine points; nil = DefaultAngles, DefaultHeights
	Scales    []float64 // nil = DefaultSphereScales, DefaultNineScales
	Seed      uint64    // of the random pairs
}

// DefaultSphereScales and DefaultNineScales are the paper's.
var (
	DefaultSphereScales = []float64{1, 5, 35, 50, 100}
	DefaultNineScales   = []float64{1, 5, 10, 50, 100, 500, 1000}
)

// The greatest random simulation, of about a minute: the loss takes time by the square of the pairs at every angle and scale.
const (
	MaxSpherePairs = 1000
	MaxSphereDim   = 10_000
)

// DefaultAngles are the paper's 181: 90° to −90° by one, here in ascending order.
func DefaultAngles() []float64 {
	angles := make([]float64, 181)
	for i := range angles {
		angles[i] = float64(i - 90)
	}
	return angles
}

// DefaultHeights are the authors' 100, equally spaced over [−1, 1]; 0 is not among them.
func DefaultHeights() []float64 {
	heights := make([]float64, 100)
	for i := range heights {
		heights[i] = -1 + float64(i)*(2.0/99)
	}
	heights[99] = 1
	return heights
}

// SphereResults are the simulations of image–text pairs on a sphere (Liang et al. 2022, Fig. 3e–g and appendix).
type SphereResults struct {
	Simulation string       `json:"simulation"` // "paper", "random" or "nine"
	Pairs      int          `json:"pairs"`
	Dim        int          `json:"dim"`
	Mismatch   Float        `json:"mismatch"` // share of the mismatched case's texts that have another's direction or label
	Position   string       `json:"position"` // "angle" of the texts above the equator in degrees, or "height" of the images
	Scales     []Float      `json:"scales"`
	Cases      []SphereCase `json:"cases"`
}

// A SphereCase is one matching of the pairs.
type SphereCase struct {
	Name   string                 `json:"name"` // "mismatched", "matched"; of the nine points "matched", "swapped", "as_run"
	Points []SpherePoint          `json:"points"`
	Least  map[string]SphereLeast `json:"least"` // by scale
}

// A SpherePoint is one position of the texts. Loss is keyed as ShiftPoint.Loss is.
type SpherePoint struct {
	Position Float            `json:"position"`
	Distance Float            `json:"distance"` // between the centroids, with the sign of the position
	Loss     map[string]Float `json:"loss"`
}

// SphereLeast is where a scale's loss is least. Losses are the same at a position and its negative; Position is the absolute value.
type SphereLeast struct {
	Position Float `json:"position"`
	Distance Float `json:"distance"`
	Loss     Float `json:"loss"`
}

// Sphere simulates the pairs that o asks for, mismatched and matched.
func Sphere(o SphereOptions) (*SphereResults, error) {
	wrong := func(err error) error {
		return &fault.Error{Kind: fault.Usage, Op: "simulate", Thing: "pairs on a sphere", Err: err, Next: "correct the flags"}
	}
	if o.Pairs < 0 || o.Pairs > MaxSpherePairs || o.Dim > MaxSphereDim {
		return nil, wrong(fmt.Errorf("%d pairs in %d dimensions, want at most %d in %d", o.Pairs, o.Dim, MaxSpherePairs, MaxSphereDim))
	}
	if o.Nine {
		return ninePoints(o, wrong)
	}
	positions, scales := o.Positions, o.Scales
	if positions == nil {
		positions = DefaultAngles()
	}
	if scales == nil {
		scales = DefaultSphereScales
	}
	r := &SphereResults{Simulation: "paper", Pairs: 6, Dim: 3, Mismatch: Float(2.0 / 6), Position: "angle", Scales: floats(scales)}
	cases := []struct {
		name  string
		pairs *gap.SpherePairs
	}{{"mismatched", gap.PaperSphere(true)}, {"matched", gap.PaperSphere(false)}}
	if o.Pairs > 0 {
		moved := math.Round(o.Mismatch * float64(o.Pairs))
		r.Simulation, r.Pairs, r.Dim, r.Mismatch = "random", o.Pairs, o.Dim, Float(moved/float64(o.Pairs))
		for i, share := range []float64{o.Mismatch, 0} {
			var err error
			if cases[i].pairs, err = gap.RandomSphere(o.Pairs, o.Dim, share, o.Seed); err != nil {
				return nil, wrong(err)
			}
		}
		if moved == 0 {
			cases = cases[1:]
		}
	}
	for _, c := range cases {
		points, err := c.pairs.Sweep(positions, scales)
		if err != nil {
			return nil, wrong(err)
		}
		out := SphereCase{Name: c.name}
		for _, p := range points {
			out.add(p.Angle, p.Distance, scales, p.Loss)
		}
		out.findLeast(scales)
		r.Cases = append(r.Cases, out)
	}
	return r, nil
}

// ninePoints is Sphere of the nine points, in the three variants.
func ninePoints(o SphereOptions, wrong func(error) error) (*SphereResults, error) {
	positions, scales := o.Positions, o.Scales
	if positions == nil {
		positions = DefaultHeights()
	}
	if scales == nil {
		scales = DefaultNineScales
	}
	r := &SphereResults{Simulation: "nine", Pairs: 9, Dim: 3, Mismatch: Float(2.0 / 9), Position: "height", Scales: floats(scales)}
	for _, c := range []struct {
		name   string
		points gap.NinePoints
	}{{"swapped", gap.NineSwapped}, {"as_run", gap.NineAsRun}, {"matched", gap.NineMatched}} {
		points, err := c.points.Sweep(positions, scales)
		if err != nil {
			return nil, wrong(err)
		}
		out := SphereCase{Name: c.name}
		for _, p := range points {
			out.add(p.Height, p.Distance, scales, p.Loss)
		}
		out.findLeast(scales)
		r.Cases = append(r.Cases, out)
	}
	return r, nil
}

func (c *SphereCase) add(position, distance float64, scales, loss []float64) {
	p := SpherePoint{Position: Float(position), Distance: Float(distance), Loss: map[string]Float{}}
	for k, s := range scales {
		p.Loss[scaleKey(s)] = Float(loss[k])
	}
	c.Points = append(c.Points, p)
}

// findLeast fills in Least. Of positions whose losses differ by rounding alone, such as a position and its negative, or the flat bottom of a
// loss that all but vanishes, the one nearest to no gap counts.
func (c *SphereCase) findLeast(scales []float64) {
	c.Least = map[string]SphereLeast{}
	for _, s := range scales {
		key := scaleKey(s)
		least := math.Inf(1)
		for _, p := range c.Points {
			least = min(least, float64(p.Loss[key]))
		}
		for _, p := range c.Points {
			position := Float(math.Abs(float64(p.Position)))
			if best, found := c.Least[key]; float64(p.Loss[key]) <= least+1e-12 && (!found || position < best.Position) {
				c.Least[key] = SphereLeast{Position: position, Distance: Float(math.Abs(float64(p.Distance))), Loss: p.Loss[key]}
			}
		}
	}
}

func floats(values []float64) []Float {
	out := make([]Float, len(values))
	for i, v := range values {
		out[i] = Float(v)
	}
	return out
}
