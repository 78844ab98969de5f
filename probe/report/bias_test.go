package report

import (
	"fmt"
	"math"

	"mindgap/probe"
)

// syntheticBias has seven groups with rates of the size and shape of the paper's, and its numbers beside. No number in it is a measurement.
func syntheticBias() *probe.BiasResults {
	r := &probe.BiasResults{Unit: "distance", Side: "image", GapFrom: "coco", Classes: make([]string, 14), GroupsFrom: "race", Bootstrap: 1000, Tests: 84,
		Categories: []probe.BiasCategory{{Name: "crime-related", Words: []string{"a thief"}}, {Name: "non-human", Words: []string{"an animal"}}}}
	names := []string{"White", "Black", "Latino", "East Asian", "Southeast Asian", "Indian", "Middle Eastern"}
	for g, name := range names {
		r.Groups = append(r.Groups, probe.BiasGroup{Name: name, N: 1000 + 100*g})
	}
	r.Paper = []probe.PaperBias{{Lambda: 0, Accuracy: 0.58, Groups: names, Rates: map[string][]probe.Float{"crime-related": make([]probe.Float, 7), "non-human": make([]probe.Float, 7)}}}
	r.Paper[0].Rates["crime-related"][0] = 0.155
	for _, x := range []float64{-1, -0.5, -0.2, 0, 0.75} {
		p := probe.BiasPoint{Lambda: probe.Float(x), Distance: round4(math.Abs(0.82 - x)), SignedDistance: round4(0.82 - x)}
		one := probe.Float(1)
		p.Accuracy, p.Within = accuracy(0.58-0.1*x*x, 10954, &one), accuracy(0.6-0.02*x*x, 10954, &one)
		for g, group := range r.Groups {
			crime := 0.02 * float64(g+1) * (1 + x/2)
			human := 0.06 * float64(7-g) * math.Exp(-4*(x+1))
			for _, c := range []struct {
				name string
				rate float64
			}{{"crime-related", crime}, {"non-human", human}, {"any", crime + human}} {
				a := accuracy(c.rate, group.N, nil)
				rate := probe.BiasRate{Group: group.Name, Category: c.name, Count: a.Correct, N: group.N, Value: a.Value, Low: a.Low, High: a.High}
				if x != 0 {
					p1, p2 := round4(math.Exp(-4*math.Abs(x))), round4(math.Min(1, 3*math.Exp(-5*math.Abs(x))))
					rate.PValue, rate.Adjusted = &p1, &p2
				}
				p.Rates = append(p.Rates, rate)
			}
		}
		for c, name := range []string{"crime-related", "non-human", "any"} {
			d := probe.GroupDisparity{Category: name, Range: within(0.1+0.05*x*float64(c-1), 0.02), MeanDifference: within(0.05, 0.01)}
			if x != 0 {
				change, mean := within(0.05*x*float64(c-1), 0.01), within(0, 0.01)
				d.RangeChange, d.MeanDifferenceChange = &change, &mean
			}
			p.Disparities = append(p.Disparities, d)
		}
		r.Points = append(r.Points, p)
	}
	return r
}

// manyGroups has n groups of one shape, five categories, a λ that is undefined and one of each without intervals.
func manyGroups(n int) *probe.BiasResults {
	r := syntheticBias()
	r.Paper = nil
	for i := range 3 {
		r.Categories = append(r.Categories, probe.BiasCategory{Name: fmt.Sprintf("more %d\x1b", i)})
	}
	for g := len(r.Groups); g < n; g++ {
		name := fmt.Sprintf("group %d", g)
		r.Groups = append(r.Groups, probe.BiasGroup{Name: name, N: 10})
		for i := range r.Points {
			rate := r.Points[i].Rates[0]
			rate.Group = name
			r.Points[i].Rates = append(r.Points[i].Rates, rate)
		}
	}
	r.Points[1] = probe.BiasPoint{Lambda: -0.5, Distance: probe.Float(math.NaN()), SignedDistance: probe.Float(math.NaN())}
	bare := probe.Interval{Value: 0.1}
	r.Points[2].Disparities[0] = probe.GroupDisparity{Category: "crime-related", Range: bare, RangeChange: &bare}
	return r
}
