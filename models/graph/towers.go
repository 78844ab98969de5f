package graph

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"mindgap/models/fault"
	"mindgap/models/weights"
)

// Towers are both graphs of a model and what its configuration says beside them.
type Towers struct {
	Family      string // "clip", "siglip", …
	Image, Text *Graph
	Size        int // side of the picture in pixels
	Context     int // ids a text at most
	Vocabulary  int // rows of the token table
	// Description	// Description says what was built, for a reader: activation, pooling, layers.
	Description string
}

// maxSize bounds every number of a configuration, so that products of two cannot overflow.
const maxSize = 1 << 24

// A configuration collects what is wrong with the numbers of one part of a file.
type configuration struct {
	thing string // for messages: the file
	err   error
}

func (c *configuration) fail(found, wanted, next string) {
	if c.err == nil {
		c.err = &fault.Error{Op: "read the model's configuration", Thing: c.thing, Found: found, Wanted: wanted, Next: next}
	}
}

// size checks a number that counts something.
func (c *configuration) size(name string, v int64) int64 {
	if v < 1 || v > maxSize {
		c.fail(fmt.Sprintf("%s %d", name, v), fmt.Sprintf("a number from 1 to %d", maxSize), "correct the configuration, or fetch it again")
		return 1
	}
	return v
}

// divides checks that whole is a multiple of part.
func (c *configuration) divides(part int64, partName string, whole int64, wholeName string) {
	if part < 1 || whole%part != 0 {
		c.fail(fmt.Sprintf("%s %d and %s %d", partName, part, wholeName, whole), wholeName+" a multiple of "+partName, "correct the configuration, or fetch it again")
	}
}

// transformer checks the sizes that both towers have.
func (c *configuration) transformer(name string, t *transformer) {
	c.size(name+" width", t.width)
	c.size(name+" layers", t.layers)
	c.size(name+" heads", t.heads)
	c.size(name+" MLP width", t.mlp)
	c.divides(t.heads, name+" heads", t.width, name+" width")
	if !(t.eps > 0 && t.eps < 1) {
		c.fail(fmt.Sprintf("%s layer norm epsilon %v", name, t.eps), "a small number above 0", "correct the configuration, or fetch it again")
	}
}

// activation checks the name of an activation.
func (c *configuration) activation(name, a string) activation {
	switch a {
	case "gelu_new", "gelu_fast":
		return tanhGELU
	case string(quickGELU), string(erfGELU), string(tanhGELU), string(relu):
		return activation(a)
	}
	c.fail(fmt.Sprintf("%s %q", name, a), "quick_gelu, gelu, gelu_pytorch_tanh or relu", "use a model with one of these activations")
	return erfGELU
}

// unmarshal reads JSON into v and says so if it is none.
func (c *configuration) unmarshal(b []byte, v any) {
	if c.err != nil {
		return
	}
	if err := json.Unmarshal(b, v); err != nil {
		c.err = &fault.Error{Op: "read the model's configuration", Thing: c.thing, Err: err, Next: "fetch the file again, or correct it"}
	}
}

// unused finds tensors that neither tower has asked for. One means that the model is not the architecture that its configuration names,
// or has more layers than it says: the graph would be another model.
func unused(set weights.Set, used map[string]bool, where string) error {
	var left []string
	for _, name := range set.Names() {
		if !used[name] && !ignorable(name) {
			left = append(left, name)
		}
	}
	if len(left) == 0 {
		return nil
	}
	found := set[left[0]].String()
	if len(left) > 1 {
		found += fmt.Sprintf(" and %d more tensors", len(left)-1)
	}
	return &fault.Error{Op: "build the towers of", Thing: where + set[left[0]].File, Found: found + " that the configured architecture has no place for",
		Wanted: "the tensors of that architecture and no others", Next: "check that the configuration and the weights are of the same model"}
}

// ignorable are tensors without weight: buffers that old files carry, and the scale and bias of the loss, which are read elsewhere.
func ignorable(name string) bool {
	if i := strings.LastIndexByte(name, '.'); i >= 0 {
		return slices.Contains([]string{"position_ids", "num_batches_tracked", "attn_mask"}, name[i+1:])
	}
	return slices.Contains([]string{"logit_scale", "logit_bias", "input_resolution", "context_length", "vocab_size", "attn_mask"}, name)
}

// build builds both towers and accounts for every tensor of the file.
func (t *Towers) build(set weights.Set, where string, image, text interface {
	build(*builder) (*Graph, error)
}) (err error) {
	used := make(map[string]bool)
	if t.Image, err = image.build(newBuilder("image", where, set, used)); err != nil {
		return err
	}
	if t.Text, err = text.build(newBuilder("text", where, set, used)); err != nil {
		return err
	}
	return unused(set, used, where)
}
