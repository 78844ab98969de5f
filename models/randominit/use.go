package randominit

import (
	"regexp"
	"strings"
)

// A use says what a graph's nodes make of a tensor.
type use struct {
	keeps bool     // it belongs to a normalisation or a quantisation, and stays when it is not known by name
	names []string // what the parameter is called in transformers, as far as the nodes tell
}

// keptInputs are the operators whose stored inputs from the given one on are no weights.
var keptInputs = map[string]int{
	"LayerNormalization": 1, "SkipLayerNormalization": 2, "SimplifiedLayerNormalization": 1, "SkipSimplifiedLayerNormalization": 2,
	"GroupNormalization": 1, "InstanceNormalization": 1, "BatchNormalization": 1,
	"DequantizeLinear": 1, "QuantizeLinear": 1, "MatMulNBits": 2,
}

// keptNames are names of such tensors in graphs where the operation is spelt out.
var keptNames = regexp.MustCompile(`(?i)norm|layrnorm|(^|[._/])(ln|bn)(_?[a-z0-9]+)?[._/]|scale|zero_?point|mask`)

// layerOps are the operators that hold a layer's weight.
var layerOps = map[string]bool{"MatMul": true, "Gemm": true, "Conv": true, "Gather": true, "MatMulInteger": true, "DynamicQuantizeMatMul": true}

// usesOf looks at every node once.
func usesOf(g *graph) map[string]use {
	uses := make(map[string]use, len(g.tensors))
	for _, t := range g.tensors {
		uses[t.name] = use{keeps: keptNames.MatchString(t.name)}
	}
	behind := map[string]string{} // the output of a MatMul to the tensor that it multiplies by
	for _, n := range g.nodes {
		for i, in := range n.inputs {
			u, ok := uses[in]
			if !ok {
				continue
			}
			if from, ok := keptInputs[n.op]; ok && i >= from {
				u.keeps = true
			}
			if layerOps[n.op] {
				// PyTorch's exporter names a node by the modules that it is in: /text_projection/MatMul.
				if i := strings.LastIndexByte(n.name, '/'); i > 0 {
					u.names = append(u.names, strings.ReplaceAll(n.name[1:i], "/", ".")+".weight")
				}
				if n.op == "MatMul" && len(n.outputs) == 1 {
					behind[n.outputs[0]] = in
				}
			}
			uses[in] = u
		}
	}
	// An unnamed matrix is known by the bias that is added to its product.
	for _, n := range g.nodes {
		if n.op != "Add" || len(n.inputs) != 2 {
			continue
		}
		for i, in := range n.inputs {
			if w, ok := behind[in]; ok && strings.HasSuffix(n.inputs[1-i], ".bias") {
				u := uses[w]
				u.names = append(u.names, strings.TrimSuffix(n.inputs[1-i], "bias")+"weight")
				uses[w] = u
			}
		}
	}
	return uses
}

// towerOf returns the prefix of the parameters' names in a graph that holds one tower, known by its embeddings, and "" for both or neither.
func towerOf(g *graph) string {
	var text, vision bool
	for _, t := range g.tensors {
		text = text || strings.Contains(t.name, "token_embedding.weight")
		vision = vision || strings.Contains(t.name, "patch_embedding.weight")
	}
	switch {
	case text && !vision:
		return "text_model."
	case vision && !text:
		return "vision_model."
	}
	return ""
}
