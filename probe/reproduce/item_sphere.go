package reproduce

import (
	"context"
	"fmt"
	"math"
	"strings"

	"mindgap/probe"
)

// fig3Sphere and ninePoints are exact simulations. Nothing is missing for them.
var (
	fig3Sphere = item{id: "fig-3-sphere", need: nothing, run: runSphere}
	ninePoints = item{id: "nine-points", need: nothing, run: runNine}
)

// simulated is the tolerance of a closed form that NumPy computed as well.
const simulated = 1e-6

func runSphere(ctx context.Context, _ *env) (*outcome, error) {
	r, err := probe.Sphere(probe.SphereOptions{})
	if err != nil {
		return nil, err
	}
	out := &outcome{here: map[string]Here{}, inputs: []string{"the paper's six pairs, simulated"}}
	leastRows(out, "fig-3-sphere", r)
	mismatched := caseOf(r, "mismatched")
	zero := pointAt(mismatched, 0)
	for key, v := range zero.Loss {
		out.here["mismatched.zero."+key] = same(float64(v), simulated, "the same simulation: within 1e-6")
	}
	read := "read off the figure: within half of its last decimal"
	out.here["figure.zero"] = same(float64(zero.Loss["100"]), 0, read)
	out.here["figure.least"] = same(float64(mismatched.Least["100"].Loss), 0, read)
	out.here["figure.ends"] = same(float64(pointAt(mismatched, 90).Loss["100"]), 0, read)
	out.figures = []Figure{{Name: "fig-3-sphere", Title: "Mismatched and matched pairs on a sphere", Data: r,
		Caption: "Symmetric contrastive loss (nats) of six pairs while the texts are turned away from the equator, on which the images lie, by an angle in degrees; a panel a logit scale (1/temperature), " +
			"each with a loss axis of its own. Diamonds mark the least loss."}}
	out.notes = []string{"A figure's 1.79 is ln 6: at the pole all six texts are alike."}
	return out, ctx.Err()
}

func runNine(ctx context.Context, _ *env) (*outcome, error) {
	r, err := probe.Sphere(probe.SphereOptions{Nine: true})
	if err != nil {
		return nil, err
	}
	out := &outcome{here: map[string]Here{}, inputs: []string{"the paper's nine pairs, simulated"}}
	leastRows(out, "nine-points", r)
	out.figures = []Figure{{Name: "nine-points", Title: "Nine pairs at two heights", Data: r,
		Caption: "Symmetric contrastive loss (nats) of nine pairs on the unit sphere, images at height z and texts at −z; a panel a logit scale, each with a loss axis of its own. Diamonds mark the least loss."}}
	out.notes = []string{"The authors' notebook swaps two labels in one tuple assignment, of which only one takes effect: its minimum at scale 50 is at |z| = 0.556, and 0.717 as meant. Both are here.",
		"The 100 heights leave z = 0 out; 0.0101 is the nearest to no gap."}
	return out, ctx.Err()
}

// leastRows fills in where each case's loss is least, and how low, for the rows of an item named CASE.at.SCALE and CASE.least.SCALE.
func leastRows(out *outcome, id string, r *probe.SphereResults) {
	for _, n := range thePaper.item(id).Rows {
		parts := strings.Split(n.ID, ".")
		if len(parts) != 3 {
			continue
		}
		least := caseOf(r, parts[0]).Least[parts[2]]
		switch parts[1] {
		case "at":
			out.here[n.ID] = same(float64(least.Position), 1e-9, "the same simulation: the same of the simulated positions")
		case "least":
			out.here[n.ID] = same(float64(least.Loss), simulated, "the same simulation: within 1e-6")
		}
	}
}

func caseOf(r *probe.SphereResults, name string) *probe.SphereCase {
	for i := range r.Cases {
		if r.Cases[i].Name == name {
			return &r.Cases[i]
		}
	}
	panic("reproduce: no case " + name)
}

func pointAt(c *probe.SphereCase, position float64) *probe.SpherePoint {
	for i := range c.Points {
		if math.Abs(float64(c.Points[i].Position)-position) < 1e-9 {
			return &c.Points[i]
		}
	}
	panic(fmt.Sprintf("reproduce: no position %v", position))
}
