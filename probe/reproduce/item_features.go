package reproduce

import (
	"context"
	"strings"
)

// publishedFeatures is what the authors' embeddings give under the definitions of gap.
var publishedFeatures = item{id: "features", need: func(string) Need { return needFeatures }, run: runFeatures}

func runFeatures(ctx context.Context, e *env) (*outcome, error) {
	out := &outcome{here: map[string]Here{}}
	for _, f := range thePaper.Features {
		p := e.published(f.Name)
		if p == nil {
			continue
		}
		out.inputs = append(out.inputs, "the authors' "+f.File)
		var names []string
		for _, n := range thePaper.item("features").Rows {
			if metric, ok := strings.CutPrefix(n.ID, f.Name+"."); ok {
				names = append(names, metric)
			}
		}
		m, err := e.metrics(ctx, p.subject, 0, names...)
		if err != nil {
			return nil, err
		}
		for _, metric := range names {
			id := f.Name + "." + metric
			out.here[id] = aboutNumPy(float64(m[metric].Value), float64(thePaper.number("features", id).Value))
		}
	}
	return out, nil
}
