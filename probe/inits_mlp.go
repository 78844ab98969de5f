package probe

import (
	"context"
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"mindgap/gap"
	"mindgap/models/fault"
)

const mlpPrefix = "mlp:"

// MLPHelp says what ParseMLP understands, behind "mlp:".
const MLPHelp = "mlp:ACTIVATION?width=N&layers=N&bias=normal|uniform|none"

// ParseMLP reads what stands behind "mlp:" in a reference: an activation, and behind a question mark width (default 512), layers (default
// 5) and bias (default normal, as the paper's). Batch is 0.
func ParseMLP(ref string) (gap.RandomMLP, error) {
	m := gap.PaperMLP("")
	m.Batch, m.Depth = 0, 5
	name, query, _ := strings.Cut(ref, "?")
	wrong := func(err error) (gap.RandomMLP, error) {
		return gap.RandomMLP{}, &fault.Error{Kind: fault.Usage, Op: "read the reference", Thing: mlpPrefix + ref, Err: err, Wanted: MLPHelp, Next: "correct the reference"}
	}
	var err error
	if m.Activation, err = gap.ParseActivation(name); err != nil {
		return wrong(err)
	}
	values, err := url.ParseQuery(query)
	if err != nil {
		return wrong(err)
	}
	for key, v := range values {
		value := v[len(v)-1]
		switch {
		case len(v) > 1:
			err = fmt.Errorf("%s twice", key)
		case key == "width":
			m.Width, err = strconv.Atoi(value)
		case key == "layers":
			m.Depth, err = strconv.Atoi(value)
		case key == "bias":
			m.Bias, err = gap.ParseBias(value)
		default:
			err = fmt.Errorf("%s, which is none of width, layers and bias", key)
		}
		if err != nil {
			return wrong(err)
		}
	}
	return m, nil
}

// mlpInits is Inits of random networks: the MLP panel of Fig. 2c. Their inputs are N(0, 1), drawn once.
func (c *Config) mlpInits(ctx context.Context, ref string, o InitsOptions) (*Record, error) {
	m, err := ParseMLP(ref)
	if err != nil {
		return nil, err
	}
	m.Batch, o.Noise = o.Count, true
	clouds := initClouds{tower: "mlp"}
	ref = fmt.Sprintf("%s%s?width=%d&layers=%d&bias=%s", mlpPrefix, m.Activation, m.Width, m.Depth, m.Bias)
	r := &InitsResults{Model: ref, Inputs: inputsOf(o)}
	if err := m.Check(); err != nil {
		return nil, wrongNetworks(err)
	}
	inputs := m.Inputs(o.Seed)
	for i := range o.Inits {
		seed := o.Seed + uint64(i)
		rows, err := m.Rows(ctx, inputs, seed)
		if err != nil {
			return nil, err
		}
		clouds.rows = append(clouds.rows, rows)
		r.Runs = append(r.Runs, InitRun{Seed: seed, Ref: fmt.Sprintf("%s, seed %d", ref, seed)})
		c.step("initialisations of "+ref, i+1, o.Inits)
	}
	tower, warnings, err := c.initsTower(ctx, clouds, o)
	if err != nil {
		return nil, (&Subject{Name: ref}).blame("compare the initialisations of", err)
	}
	r.Towers = append(r.Towers, *tower)
	return NewRecord("inits", o.Seed, r, warnings...), nil
}
