package report

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"

	"mindgap/probe"
)

// summarizeInspect writes what a checkpoint is and how each check came out.
func summarizeInspect(b *bytes.Buffer, r *probe.InspectResults) {
	batch := func(n *int) string {
		if n == nil {
			return "any batch"
		}
		return fmt.Sprintf("batch %d", *n)
	}
	unit := func(u bool) string {
		if u {
			return ", unit"
		}
		return ""
	}
	p := r.Preprocess
	crop := ""
	if p.Crop {
		crop = ", centre crop"
	}
	layout := r.Layout + ", " + r.Family
	if r.Precision != "" {
		layout += ", " + r.Precision
	}
	t := textTable(b, "", "what was recognised")
	for _, row := range [][2]string{
		{"layout", layout},
		{"image tower", fmt.Sprintf("%s: %s %s, %d px, %s → %s, %d numbers%s; %s weights", r.Image.File, r.Image.Input, r.Image.DType, r.Image.Size, batch(r.Image.FixedBatch), r.Image.Output, r.Image.Width, unit(r.Image.Unit), count(int(r.Image.Parameters)))},
		{"text tower", fmt.Sprintf("%s: %s %s, %d ids, %s → %s, %d numbers%s; %s weights", r.Text.File, strings.Join(r.Text.Inputs, " + "), r.Text.DType, r.Text.Context, batch(r.Text.FixedBatch), r.Text.Output, r.Text.Width, unit(r.Text.Unit), count(int(r.Text.Parameters)))},
		{"tokenizer", fmt.Sprintf("%s; padding id %d", r.Text.Tokenizer, r.Text.PaddingID)},
		{"preprocessing", fmt.Sprintf("%s to %d px, %s%s; mean %v, std %v; %s's pipeline", p.Resize, p.Size, p.Interpolation, crop, p.Mean, p.Std, p.Pipeline)},
		{"logit scale", fmt.Sprintf("%s, bias %s; %s", decimal(float64(r.LogitScale), 4), decimal(float64(r.LogitBias), 4), r.LogitScaleFrom)},
	} {
		t.AppendRow([]any{row[0], clean(row[1])})
	}
	t.Render()
	t = textTable(b, "check", "", "what it means")
	for _, k := range r.Checks {
		mark := "ok"
		if !k.OK {
			mark = "NOT ok"
		}
		t.AppendRow([]any{clean(k.Name), mark, clean(k.Detail)})
	}
	t.Render()
}

// textTable is a table of words, set from the left; the last column breaks its lines.
func textTable(b *bytes.Buffer, header ...any) table.Writer {
	t := tableOf(b, header...)
	configs := make([]table.ColumnConfig, len(header))
	for i := range configs {
		configs[i] = table.ColumnConfig{Number: i + 1}
	}
	configs[len(configs)-1].WidthMax, configs[len(configs)-1].WidthMaxEnforcer = 90, text.WrapSoft
	t.SetColumnConfigs(configs)
	return t
}
