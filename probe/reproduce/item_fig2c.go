package reproduce

import (
	"context"
	"fmt"
	"strings"

	"mindgap/probe"
)

// fig2c sets initialisations of one network beside each other.
var fig2c = item{id: "fig-2c", run: runFig2c, need: func(row string) Need {
	if strings.Contains(row, "resnet") {
		return needResNet
	}
	if strings.HasSuffix(row, ".s1") {
		return needInits
	}
	return needFull
}}

// initialisations of an architecture, as in the paper, and how many inputs a small one is fed.
const (
	initialisations = 25
	initInputs      = 200
)

func runFig2c(ctx context.Context, e *env) (*outcome, error) {
	out := &outcome{here: map[string]Here{}}
	models := []string{"random:builtin"}
	if e.Full {
		models = append(models, "random:ViT-B-32")
	}
	for _, model := range models {
		c := *e.config
		c.Model, c.Data.Limit = model, initInputs
		if model != "random:builtin" {
			c.Data.Limit = e.Inputs
		}
		rec, err := c.Inits(ctx, probe.InitsOptions{Inits: initialisations, Seed: e.Seed, Map: probe.MapUMAP})
		if err != nil {
			return nil, err
		}
		r := rec.Results.(*probe.InitsResults)
		for _, t := range r.Towers {
			out.initialised(t)
		}
		name := "fig-2c"
		if model != "random:builtin" {
			name = "fig-2c-full"
		}
		out.inputs = append(out.inputs, fmt.Sprintf("%d initialisations of %s on %d inputs", initialisations, r.Model, r.Towers[0].N))
		out.figures = append(out.figures, Figure{Name: name, Title: "Initialisations of " + r.Model, Data: r,
			Caption: fmt.Sprintf("Each colour is one of %d random initialisations of the same architecture, all on the same %d inputs: a map of their embeddings by UMAP on cosine distances (no units), "+
				"and the leading singular values of all unit rows, stacked and centred. K separate cones show as K − 1 large values and a drop.", initialisations, r.Towers[0].N)})
	}
	out.notes = []string{"The built-in text tower is small and its untrained cones are wide, so that 25 of them blur; a tower of full size (--full) has narrower ones.",
		"Singular values grow with the root of the number of rows, and the paper has 5,000 inputs: only where they drop is compared."}
	return out, nil
}

// initialised fills in the rows of a tower.
func (out *outcome) initialised(t probe.InitsTower) {
	claim := map[string]string{"image": "apart", "text": "apart.text"}[t.Tower]
	within := float64(t.Within.Mean)
	apart := within - float64(t.DifferentInputs.Mean)
	out.here[claim] = standIn(probe.Interval{Value: probe.Float(apart)}, t.Within.Min > t.DifferentInputs.Max,
		"every cosine within one initialisation, mean over its pairs, is above every one between two")
	large := initialisations - 1
	for _, k := range []int{large, large + 1} {
		out.here[fmt.Sprintf("%s.s%d", t.Tower, k)] = standIn(probe.Interval{Value: t.Singular.Values[k-1]}, t.Singular.Large == large,
			fmt.Sprintf("%d inputs instead of 5,000, so that all are smaller: the greatest drop, as a ratio, must lie behind value %d", t.N, large))
	}
}
