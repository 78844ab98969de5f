package reproduce

import (
	"context"
	"fmt"
	"math"

	"mindgap/gap"
	"mindgap/probe"
)

// beforeTraining sets untrained twins beside the trained model.
var beforeTraining = item{id: "random", need: func(string) Need { return needFeatures }, run: runRandom}

// resamples of the bootstrap behind stand-ins' intervals.
const resamples = 500

func runRandom(ctx context.Context, e *env) (*outcome, error) {
	out := &outcome{here: map[string]Here{}}
	for _, name := range []string{"clip_random", "convirt_random"} {
		f := e.published(name)
		if f == nil {
			continue
		}
		m, err := e.metrics(ctx, f.subject, 0, "gap", "image_to_text_recall_at_1")
		if err != nil {
			return nil, err
		}
		id := name + ".gap"
		out.here[id] = aboutNumPy(float64(m["gap"].Value), float64(thePaper.number("random", id).Value))
		if name == "clip_random" {
			out.here["clip_random.recall"] = same(float64(m["image_to_text_recall_at_1"].Value), 0, "same file: equal to the printed decimals")
		}
		out.inputs = append(out.inputs, "the authors' "+f.File)
	}
	trained, err := e.trained(ctx)
	if err != nil {
		return nil, err
	}
	c := *e.config
	rec, err := c.Compare(ctx, e.twins(ctx), probe.MeasureOptions{Bootstrap: resamples, Seed: e.Seed})
	if err != nil {
		return nil, err
	}
	cmp := rec.Results.(*probe.CompareResults)
	out.inputs = append(out.inputs, fmt.Sprintf("%s and %d untrained twins", e.on(trained), len(cmp.Differences)))
	// The interval of the excess is the widest of the twins': each is paired, over the same draws of pairs.
	var excess []float64
	low, high := math.Inf(1), math.Inf(-1)
	for _, d := range cmp.Differences {
		v := d.Metrics["gap"]
		excess = append(excess, float64(v.Value))
		if v.Low != nil && v.High != nil {
			low, high = min(low, float64(*v.Low)), max(high, float64(*v.High))
		}
	}
	mean, _, _ := overSeeds(excess)
	out.here["excess"] = standIn(between(mean, low, high), low > 0, "the lower end of every twin's 95% interval lies above 0")
	g := cmp.Models[0].Metrics["gap"]
	out.here["shrunk"] = standIn(g, g.Low != nil && *g.Low > 0, "its 95% interval lies above 0")
	if e.published("clip_random") == nil {
		var gaps []float64
		correct, n := 0, 0
		for _, m := range cmp.Models[1:] {
			gaps = append(gaps, float64(m.Metrics["gap"].Value))
			correct += int(math.Round(float64(m.Metrics["image_to_text_recall_at_1"].Value) * float64(trained.Images.N)))
			n += trained.Images.N
		}
		mean, least, most := overSeeds(gaps)
		out.here["clip_random.gap"] = standIn(between(mean, least, most), least > 0, "other models, least to greatest of the twins: all above 0")
		low, high := gap.WilsonInterval(correct, n, gap.Z95)
		chance := 1 / float64(trained.Images.N)
		out.here["clip_random.recall"] = standIn(between(float64(correct)/float64(n), low, high), low <= chance,
			fmt.Sprintf("other models: the 95%% interval does not exclude chance, 1 of %s", thousands(trained.Images.N)))
	}
	out.figures = []Figure{{Name: "random", Title: "Untrained against trained", Plot: "comparison", Data: &probe.ReportResults{Compare: cmp},
		Caption: "The gap of each model on the same data (distance between centroids of unit rows), the mean cosine within each tower, its effective rank (dimensions), and zero-shot accuracy. Lines are 95% intervals over pairs " +
			"where they are wider than the dot; hollow dots were never trained; diamonds are the mean of the untrained ones with Student's 95% interval over their seeds."}}
	return out, nil
}
