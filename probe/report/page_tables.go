package report

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"mindgap/probe"
)

type compareView struct {
	First   string
	Rows    []compareRow
	LeftOut int
}

type compareRow struct {
	Name, Ref, Training        string
	Gap, GapSpan               string
	Difference, DifferenceSpan string // of gaps
	ImageCone, TextCone        string
	Accuracy, AccuracySpan     string
	PValue                     string // of the accuracies
}

// compare sets the models side by side with their differences from the first.
func compare(c *probe.CompareResults) *compareView {
	if c == nil || len(c.Models) == 0 {
		return nil
	}
	v := &compareView{First: clean(c.Models[0].Name), LeftOut: max(0, len(c.Models)-maxComparison)}
	differences := map[string]probe.ModelDifference{}
	for _, d := range c.Differences {
		differences[d.Of] = d
	}
	for i, m := range c.Models[:min(maxComparison, len(c.Models))] {
		row := compareRow{Name: clean(m.Name), Ref: clean(m.Ref), Training: training(m)}
		value := func(name string) string {
			if x, ok := m.Metrics[name]; ok {
				return number(float64(x.Value))
			}
			return "–"
		}
		row.Gap, row.GapSpan = value("gap"), span(m.Metrics["gap"])
		row.ImageCone, row.TextCone = value("cosine_image_mean"), value("cosine_text_mean")
		if m.Accuracy != nil {
			row.Accuracy, row.AccuracySpan = percent(float64(m.Accuracy.Value), 1), wilson(*m.Accuracy)
		}
		d, ok := differences[m.Name]
		if !ok {
			d, ok = differences[m.Ref]
		}
		if ok && i > 0 {
			if g, ok := d.Metrics["gap"]; ok {
				row.Difference, row.DifferenceSpan = number(float64(g.Value)), span(g)
			}
			if d.AccuracyPValue != nil {
				row.PValue = pValue(float64(*d.AccuracyPValue))
			}
		}
		v.Rows = append(v.Rows, row)
	}
	return v
}

type coneRow struct{ Model, Tower, Inputs, N, Mean, Std, Min, Max string }

// cones lists the cone of every tower, those of the compared models after the model's own.
func cones(res *probe.ReportResults) []coneRow {
	var all []probe.Cone
	if res.Cone != nil {
		all = append(all, res.Cone.Cones...)
	}
	if res.Compare != nil {
		for i, m := range res.Compare.Models[:min(maxComparison, len(res.Compare.Models))] {
			if i == 0 && len(all) > 0 {
				continue // the report's own model, listed already
			}
			for _, c := range m.Cones {
				if c.Model == "" {
					c.Model = m.Name
				}
				all = append(all, c)
			}
		}
	}
	rows := make([]coneRow, len(all))
	for i, c := range all {
		f := func(v probe.Float) string { return decimal(float64(v), 3) }
		rows[i] = coneRow{clean(c.Model), clean(c.Tower), clean(c.Inputs), count(c.N), f(c.Mean), f(c.Std), f(c.Min), f(c.Max)}
	}
	return rows
}

// probed says what was probed, for a reader; provenance says it for someone who repeats it.
func probed(rec *probe.Record, res *probe.ReportResults) []field {
	var fields []field
	add := func(name, format string, args ...any) {
		fields = append(fields, field{Name: name, Values: []string{fmt.Sprintf(format, args...)}})
	}
	if m := rec.Inputs.Model; m != nil {
		add("Model", "%s (%s)", clean(m.Name), clean(m.Ref))
	}
	if d := rec.Inputs.Dataset; d != nil {
		text := fmt.Sprintf("%s, %s %s", clean(d.Ref), count(d.Count), plural(d.Count, "item"))
		if d.Split != "" {
			text += ", split " + clean(d.Split)
		}
		if d.Classes > 0 {
			text += ", " + classesOf(d.Classes)
			if d.Target != "" {
				text += " by " + clean(d.Target)
			}
		}
		add("Data", "%s", text)
	}
	if e := rec.Inputs.Embeddings; e != nil {
		add("Embeddings", "%s, %s %s and %s %s of width %s", clean(e.Ref), count(e.Images), plural(e.Images, "image"), count(e.Texts), plural(e.Texts, "text"), count(e.Width))
	}
	if rec.Inputs.Pairing != "" {
		add("Pairs", "%s", clean(rec.Inputs.Pairing))
	}
	if m := res.Measure; m != nil {
		add("Measured", "%s %s of embeddings of width %s", count(m.N), plural(m.N, "pair"), count(m.D))
	}
	return fields
}

// provenance lists everything that made the record.
func provenance(rec *probe.Record) []field {
	var fields []field
	add := func(name string, values ...string) {
		kept := values[:0]
		for _, v := range values {
			if v != "" {
				kept = append(kept, clean(v))
			}
		}
		if len(kept) > 0 {
			fields = append(fields, field{Name: name, Values: kept})
		}
	}
	code := func(name, value string) {
		if value != "" {
			fields = append(fields, field{Name: name, Values: []string{clean(value)}, Code: true})
		}
	}
	if m := rec.Inputs.Model; m != nil {
		add("Model", m.Name, join("layout", m.Layout), join("family", m.Family))
		code("Model reference", m.Ref)
		code("Image file", m.ImageFile)
		code("Text file", m.TextFile)
		code("Model SHA-256", m.SHA256)
		p := m.Preprocessing
		if p.Size > 0 {
			crop := "no crop"
			if p.Crop {
				crop = "centre crop"
			}
			add("Preprocessing", fmt.Sprintf("%d × %d", p.Size, p.Size), join("resize", p.Resize), p.Interpolation, crop, "mean "+triple(p.Mean), "std "+triple(p.Std),
				join("as", p.Pipeline))
		}
		if m.Context > 0 {
			add("Text", fmt.Sprintf("context of %d tokens", m.Context), fmt.Sprintf("padding id %d", m.PaddingID))
		}
		add("Logit scale", number(float64(m.LogitScale)), join("from", m.LogitScaleFrom), "bias "+number(float64(m.LogitBias)))
	}
	if d := rec.Inputs.Dataset; d != nil {
		add("Data", d.Source, join("split", d.Split), join("target", d.Target), count(d.Count)+" "+plural(d.Count, "item"), classesOf(d.Classes), join("licence", d.License))
		code("Data reference", d.Ref)
		code("Data SHA-256", d.SHA256)
	}
	if e := rec.Inputs.Embeddings; e != nil {
		code("Embeddings", e.Ref)
		code("Embeddings SHA-256", e.SHA256)
	}
	add("Pairing", rec.Inputs.Pairing)
	if p := rec.Inputs.Prompts; p != nil {
		shown := append([]string(nil), p.Templates[:min(maxTemplates, len(p.Templates))]...)
		for i, t := range shown {
			shown[i] = "“" + t + "”"
		}
		if more := len(p.Templates) - len(shown); more > 0 {
			shown = append(shown, fmt.Sprintf("and %d more in record.json", more))
		}
		add("Prompts", shown...)
		code("Prompts SHA-256", p.SHA256)
	}
	add("Seed", strconv.FormatUint(rec.Seed, 10))
	add("mindgap", rec.Mindgap, join("record form", rec.Schema))
	e := rec.Environment
	add("ONNX Runtime", e.ONNXRuntime, join("on", e.Device))
	add("Machine", e.Go, strings.Trim(e.OS+"/"+e.Arch, "/"), fmt.Sprintf("%d %s", e.Threads, plural(e.Threads, "thread")))
	add("Created", rec.Created.UTC().Format(time.RFC3339))
	return fields
}

// triple writes a value a colour channel.
func triple(v [3]float32) string { return fmt.Sprintf("(%g, %g, %g)", v[0], v[1], v[2]) }

// join puts a word before a value that is not empty.
func join(word, value string) string {
	if value == "" {
		return ""
	}
	return word + " " + value
}

// classesOf counts classes where there are any.
func classesOf(n int) string {
	if n == 0 {
		return ""
	}
	return count(n) + " " + plural(n, "class")
}
