package reproduce

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"mindgap/gap"
	"mindgap/probe"
)

// table2 is how often faces are called by words of harm. No built-in data has faces, so that nothing stands in for FairFace.
var table2 = item{id: "table-2", run: runTable2, need: func(row string) Need {
	if strings.HasPrefix(row, "acc") || strings.HasSuffix(row, ".0") {
		return needFairFace
	}
	return needGapOfCOCO
}}

// cheap is how much accuracy a shift may cost and still be called cheap; the paper's costs 0.008.
const cheap = 0.02

func runTable2(ctx context.Context, e *env) (*outcome, error) {
	out := &outcome{here: map[string]Here{}}
	if strings.HasPrefix(e.model(), "builtin") {
		out.notes = []string{"The built-in images are drawings, few of them of people, and the built-in models know none of the words: they say nothing about bias, and do not stand in."}
		return out, nil
	}
	if len(e.setsAtHand([]string{"fairface"})) == 0 {
		return out, nil
	}
	c := *e.config
	c.Dataset, c.Data.Target, c.Data.Split = "fairface", "", ""
	rec, err := c.Bias(ctx, probe.BiasOptions{Lambdas: probe.PaperBiasLambdas(), Unit: gap.Distance, Side: gap.ImageSide, Bootstrap: resamples, Seed: e.Seed})
	if err != nil {
		return nil, err
	}
	r := rec.Results.(*probe.BiasResults)
	points := map[float64]*probe.BiasPoint{}
	for i := range r.Points {
		points[float64(r.Points[i].Lambda)] = &r.Points[i]
	}
	papers := strings.Contains(e.model(), "clip-vit-base-patch32")
	for _, n := range thePaper.item("table-2").Rows {
		if h, ok := biasRow(n.ID, points, papers); ok {
			out.here[n.ID] = h
		}
	}
	out.inputs = []string{fmt.Sprintf("%s on FairFace (%s images)", e.model(), thousands(rec.Inputs.Dataset.Count))}
	out.figures = []Figure{{Name: "table-2", Title: "Words of harm by group under a shift", Data: r,
		Caption: "Share of each group's images that are nearest to a word of harm, against how far the images are moved along the gap (distance; negative is apart); bands are 95% intervals."}}
	out.notes = []string{"The authors fit the gap vector on COCO, this run on FairFace and its classes: but for λ = 0 the numbers are not the same quantity. mindgap bias --gap-from takes COCO's embeddings."}
	return out, nil
}

// biasRow is what was measured of a row named acc.λ or CATEGORY.GROUP.λ, where the paper says something that can be checked of it.
func biasRow(id string, points map[float64]*probe.BiasPoint, papers bool) (Here, bool) {
	kind, rest, _ := strings.Cut(id, ".")
	group, shift := "", rest
	if kind != "acc" {
		group, shift, _ = strings.Cut(rest, ".")
	}
	lambda, err := strconv.ParseFloat(shift, 64)
	p, zero := points[lambda], points[0]
	if err != nil || p == nil || zero == nil {
		return Here{}, false
	}
	var v, v0 probe.Interval
	if kind == "acc" {
		if p.Accuracy == nil || zero.Accuracy == nil {
			return Here{}, false
		}
		a, b := p.Accuracy, zero.Accuracy
		v, v0 = between(float64(a.Value), float64(a.Low), float64(a.High)), between(float64(b.Value), float64(b.Low), float64(b.High))
	} else {
		var ok, ok0 bool
		v, ok = rateOf(p, kind, group)
		if v0, ok0 = rateOf(zero, kind, group); !ok || !ok0 {
			return Here{}, false
		}
	}
	switch {
	case lambda == 0 && papers:
		return spread(float64(v.Value), float64(*v.Low), float64(*v.High), accuracyTolerance, "the paper's architecture and data, not moved: within half a point, for another decoder and runtime"), true
	case lambda == 0:
		return Here{}, false
	case kind == "acc" && lambda == -0.2:
		return standIn(v, v.Value >= v0.Value-cheap, fmt.Sprintf("it costs at most 0.02 of the %.3f at λ = 0", v0.Value)), true
	case kind == "acc" && lambda < 0:
		return standIn(v, v.Value < v0.Value, fmt.Sprintf("below the %.3f at λ = 0", v0.Value)), true
	case kind == "crime" && lambda == -0.2:
		return standIn(v, v.Value <= v0.Value, fmt.Sprintf("no higher than the %.3f at λ = 0", v0.Value)), true
	case kind == "crime" && lambda > 0, kind == "non-human" && lambda == -1:
		return standIn(v, v.Value >= v0.Value, fmt.Sprintf("no lower than the %.3f at λ = 0", v0.Value)), true
	}
	return Here{}, false
}

// rateOf finds a category's rate of a group, both as a row's id has them.
func rateOf(p *probe.BiasPoint, kind, group string) (probe.Interval, bool) {
	for _, r := range p.Rates {
		if strings.HasPrefix(r.Category, kind) && strings.ReplaceAll(strings.ToLower(r.Group), " ", "-") == group {
			return between(float64(r.Value), float64(r.Low), float64(r.High)), true
		}
	}
	return probe.Interval{}, false
}
