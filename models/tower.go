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

// The two kinds of tower, in the words of messages.
const (
	imageTower = "image"
	textTower  = "text"
)

// describeTower reads the ports of one graph and picks those that matter: the graph decides, not the file's name.
func describeTower(ctx context.Context, fsys fs.FS, file, where, kind string) (Tower, error) {
	bad := func(found, wanted, next string) (Tower, error) {
		return Tower{}, &fault.Error{Op: "read the " + kind + " tower", Thing: where + file, Found: found, Wanted: wanted, Next: next}
	}
	g, err := onnxgraph.Read(ctx, fsys, file)
	if err != nil {
		return Tower{}, &fault.Error{Op: "read the " + kind + " tower", Thing: where + file, Err: err,
			Next: "fetch the file again: it is damaged, or not an ONNX model"}
	}
	t := Tower{File: file}
	isInput := func(p Port) bool { return p.Type == onnxgraph.Float && len(p.Shape) == 4 }
	wanted := "one float32 input of shape [batch, 3, height, width]"
	if kind == textTower {
		isInput = func(p Port) bool { return p.Type.Integer() && len(p.Shape) == 2 && !strings.Contains(p.Name, "mask") }
		wanted = "one integer input of shape [batch, sequence]"
	}
	var fed []Port
	for _, p := range g.Inputs {
		switch {
		case isInput(p):
			fed = append(fed, p)
		case kind == textTower && p.Type.Integer() && len(p.Shape) == 2:
			t.Mask = &p
		default:
			return bad(fmt.Sprintf("input %s", p), wanted+", and for texts an attention mask", "export the tower alone: mindgap does not know what to feed this input")
		}
	}
	if len(fed) != 1 {
		return bad("inputs "+joinPorts(g.Inputs), wanted, "name a model of the layout that this folder has: this graph holds something else")
	}
	t.Input = fed[0]
	out, ok := pickOutput(g.Outputs)
	if !ok {
		return bad("outputs "+joinPorts(g.Outputs), "a float32 output of shape [batch, width]", "export the model with its embeddings as output: logits alone do not show the gap")
	}
	if t.Output = out; out.Shape[1] > 0 {
		t.Width = int(out.Shape[1])
	}
	return t, nil
}

// pickOutput prefers what exporters call an embedding over a pooled hidden state, and takes no output of another rank: a
// last_hidden_state averaged silently would be another model.
func pickOutput(outs []Port) (Port, bool) {
	var fit []Port
	for _, p := range outs {
		if len(p.Shape) == 2 && p.Type == onnxgraph.Float && !strings.Contains(strings.ToLower(p.Name), "logits") {
			fit = append(fit, p)
		}
	}
	for _, good := range []func(string) bool{
		func(n string) bool { return strings.HasSuffix(n, "_embeds") },
		func(n string) bool { return strings.Contains(n, "embedding") },
		func(n string) bool { return strings.HasPrefix(n, "unnorm_") },
		func(n string) bool { return n == "pooler_output" },
		func(string) bool { return true },
	} {
		if i := slices.IndexFunc(fit, func(p Port) bool { return good(p.Name) }); i >= 0 {
			return fit[i], true
		}
	}
	return Port{}, false
}

func joinPorts(ps []Port) string {
	s := make([]string, len(ps))
	for i, p := range ps {
		s[i] = p.String()
	}
	return strings.Join(s, ", ")
}
