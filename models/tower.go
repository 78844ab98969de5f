package models

import (
	"context"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"mindgap/models/fault"
	"mindgap/models/onnxgraph"
)

// A Port is an input or output of a graph.
type Port = onnxgraph.Port

// The kinds of graph, in the words of messages.
const (
	imageTower = "image tower"
	textTower  = "text tower"
	bothTowers = "towers"
)

// A portFault says what is wrong with a graph's ports.
type portFault struct{ found, wanted, next string }

func (e *portFault) Error() string { return "found " + e.found + ", wanted " + e.wanted }

// roles are a graph's inputs, sorted by what they are for: the graph decides, not the file's name.
type roles struct {
	pixels, ids            *Port
	mask, positions, types *Port
	strange                []Port
}

// sortInputs recognises pixels by rank 4 and a floating type, and what is fed to a text tower by rank 2, an integer type and its name.
func sortInputs(in []Port) roles {
	var r roles
	put := func(place **Port, p Port) {
		if *place != nil {
			r.strange = append(r.strange, p)
			return
		}
		*place = &p
	}
	for _, p := range in {
		name := strings.ToLower(p.Name)
		switch integers := p.Type.Integer() && len(p.Shape) == 2; {
		case len(p.Shape) == 4 && (p.Type == onnxgraph.Float || p.Type == onnxgraph.Float16):
			put(&r.pixels, p)
		case integers && strings.Contains(name, "mask"):
			put(&r.mask, p)
		case integers && strings.Contains(name, "position"):
			put(&r.positions, p)
		case integers && strings.Contains(name, "type"):
			put(&r.types, p)
		case integers:
			put(&r.ids, p)
		default:
			r.strange = append(r.strange, p)
		}
	}
	return r
}

const (
	wantPixels = "one float input of shape [batch, 3, height, width]"
	wantIDs    = "one integer input of shape [batch, sequence]"
)

// imageTowerOf describes a graph that holds an image tower alone.
func imageTowerOf(g *onnxgraph.Graph) (Tower, *portFault) {
	r := sortInputs(g.Inputs)
	if r.pixels == nil || len(g.Inputs) != 1 {
		return Tower{}, &portFault{"inputs " + joinPorts(g.Inputs), wantPixels, "export the image tower alone: mindgap does not know what to feed the others"}
	}
	t := Tower{Input: *r.pixels}
	return t, t.take(g.Outputs)
}

// textTowerOf describes a graph that holds a text tower alone.
func textTowerOf(g *onnxgraph.Graph) (Tower, *portFault) {
	r := sortInputs(g.Inputs)
	if r.ids == nil || r.pixels != nil || len(r.strange) > 0 {
		return Tower{}, &portFault{"inputs " + joinPorts(g.Inputs), wantIDs + ", and at most an attention mask, position ids and token types beside it",
			"export the text tower alone: mindgap does not know what to feed the others"}
	}
	t := Tower{Input: *r.ids, Mask: r.mask, Positions: r.positions, Types: r.types}
	return t, t.take(g.Outputs)
}

// bothTowersOf describes a graph that holds both.
func bothTowersOf(g *onnxgraph.Graph) (image, text Tower, logits *Port, pf *portFault) {
	r := sortInputs(g.Inputs)
	if r.pixels == nil || r.ids == nil || len(r.strange) > 0 {
		return image, text, nil, &portFault{"inputs " + joinPorts(g.Inputs), wantPixels + " and " + wantIDs, "export the towers one by one"}
	}
	named := func(words ...string) (out []Port) {
		for _, p := range g.Outputs {
			name := strings.ToLower(p.Name)
			if slices.ContainsFunc(words, func(w string) bool { return strings.Contains(name, w) }) {
				out = append(out, p)
			}
		}
		return out
	}
	image, text = Tower{Input: *r.pixels}, Tower{Input: *r.ids, Mask: r.mask, Positions: r.positions, Types: r.types}
	if image.take(named("image", "vision", "visual")) != nil || text.take(named("text")) != nil {
		return image, text, nil, &portFault{"outputs " + joinPorts(g.Outputs), "an embedding of images and one of texts, e.g. image_embeds and text_embeds",
			"export the model with its embeddings as outputs: logits alone do not show the gap"}
	}
	for _, p := range g.Outputs {
		if strings.EqualFold(p.Name, "logits_per_image") && p.Type == onnxgraph.Float {
			logits = &p
		}
	}
	return image, text, logits, nil
}

// take sets the tower's embedding.
func (t *Tower) take(outs []Port) *portFault {
	out, ok := pickOutput(outs)
	if !ok {
		return &portFault{"outputs " + joinPorts(outs), "a float output of shape [batch, width]",
			"export the model with its embeddings as output: logits do not show the gap, and mindgap does not guess how to pool hidden states"}
	}
	t.Output = out
	if len(out.Shape) == 2 {
		t.Width = int(max(out.Shape[1], 0))
	}
	return nil
}

// pickOutput prefers what exporters call an embedding over a pooled hidden state, and takes no output of another rank: a
// last_hidden_state averaged silently would be another model. An output without a shape is taken last; running it shows its rank.
func pickOutput(outs []Port) (Port, bool) {
	var fit []Port
	for _, p := range outs {
		if (len(p.Shape) == 2 || p.Shape == nil) && (p.Type == onnxgraph.Float || p.Type == onnxgraph.Float16) && !strings.Contains(strings.ToLower(p.Name), "logits") {
			fit = append(fit, p)
		}
	}
	for _, good := range []func(Port) bool{
		func(p Port) bool { return strings.HasPrefix(p.Name, "l2norm_") },
		func(p Port) bool { return strings.HasSuffix(p.Name, "_embeds") },
		func(p Port) bool { return strings.Contains(p.Name, "embedding") },
		func(p Port) bool { return strings.HasPrefix(p.Name, "unnorm_") },
		func(p Port) bool { return p.Name == "pooler_output" },
		func(p Port) bool { return len(p.Shape) == 2 },
		func(p Port) bool { return !strings.Contains(p.Name, "hidden_state") },
	} {
		if i := slices.IndexFunc(fit, good); i >= 0 {
			return fit[i], true
		}
	}
	return Port{}, false
}

// readGraph reads the ports of a graph and checks the files that hold its weights.
func readGraph(ctx context.Context, fsys fs.FS, file, where, kind string) (*onnxgraph.Graph, []string, error) {
	g, err := onnxgraph.Read(ctx, fsys, file)
	if err != nil {
		if ctx.Err() != nil {
			return nil, nil, ctx.Err()
		}
		return nil, nil, &fault.Error{Op: "read the " + kind, Thing: where + file, Err: err,
			Next: "fetch the file again: it is damaged, or not an ONNX model"}
	}
	data, err := externalFiles(fsys, file, where, g.External)
	return g, data, err
}

// portError names the file that a portFault is about.
func portError(pf *portFault, file, where, kind string) error {
	return &fault.Error{Op: "read the " + kind, Thing: where + file, Found: pf.found, Wanted: pf.wanted, Next: pf.next}
}

// readProjection reads a graph of one matrix behind a tower.
func readProjection(ctx context.Context, fsys fs.FS, file, where string, t *Tower) error {
	g, data, err := readGraph(ctx, fsys, file, where, "projection")
	if err != nil {
		return err
	}
	p := &Projection{File: file, Data: data}
	out, ok := pickOutput(g.Outputs)
	if len(g.Inputs) != 1 || len(g.Inputs[0].Shape) != 2 || g.Inputs[0].Type != onnxgraph.Float || !ok || out.Type != onnxgraph.Float {
		return portError(&portFault{fmt.Sprintf("inputs %s, outputs %s", joinPorts(g.Inputs), joinPorts(g.Outputs)),
			"one float32 input [batch, width] and one such output", "export the projection as one matrix"}, file, where, "projection")
	}
	if p.Input, p.Output = g.Inputs[0], out; p.Input.Shape[1] > 0 && t.Width > 0 && int(p.Input.Shape[1]) != t.Width {
		return portError(&portFault{"input " + p.Input.String(), fmt.Sprintf("%d numbers, the width of %s in %s", t.Width, t.Output.Name, t.File),
			"take tower and projection from one export"}, file, where, "projection")
	}
	t.Projection, t.Width = p, 0
	if len(out.Shape) == 2 {
		t.Width = int(max(out.Shape[1], 0))
	}
	return nil
}

func joinPorts(ps []Port) string {
	if len(ps) == 0 {
		return "none"
	}
	s := make([]string, len(ps))
	for i, p := range ps {
		s[i] = p.String()
	}
	return strings.Join(s, ", ")
}

// isEmbedding reports whether an exporter calls the output an embedding.
func isEmbedding(p Port) bool {
	return strings.HasSuffix(p.Name, "_embeds") || strings.Contains(p.Name, "embedding") || strings.HasPrefix(p.Name, "unnorm_")
}
