package report

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"strings"
	"testing"

	"mindgap/probe"
)

// hostile are strings that try to leave their place.
var hostile = []string{
	`<script>alert(1)</script>`, `</title></style></svg><script src="http://evil.example/x.js"></script>`, `" onerror="alert(1)" x="`, `' onload='alert(1)`,
	`--><img src=x onerror=alert(1)><!--`, `]]><foreignObject>`, "\u202Egnp.exe", "\u2066\u2067 isolates", "nul\x00bell\x07escape\x1b[31m", "\xff\xfe bad UTF-8",
	`javascript:alert(1)`, `{{.Answer}}`, `&lt;b&gt;`, "line\u2028separator", strings.Repeat("ж", 5000),
}

// poison puts s into every string of the record that comes from outside.
func poison(rec *probe.Record, s string) {
	res := rec.Results.(*probe.ReportResults)
	m, d := rec.Inputs.Model, rec.Inputs.Dataset
	m.Ref, m.Name, m.Layout, m.Family, m.ImageFile, m.TextFile, m.SHA256, m.LogitScaleFrom = s, s, s, s, s, s, s, s
	m.Preprocessing.Resize, m.Preprocessing.Interpolation, m.Preprocessing.Pipeline = s, s, s
	d.Ref, d.Split, d.Target, d.Source, d.SHA256, d.License = s, s, s, s, s, s
	rec.Inputs.Embeddings = &probe.EmbeddingsInput{Ref: s, SHA256: s}
	rec.Inputs.Pairing = s
	rec.Inputs.Prompts.Templates[0], rec.Inputs.Prompts.SHA256 = s, s
	rec.Mindgap, rec.Schema, rec.Environment.Device, rec.Environment.ONNXRuntime = s, s, s, s
	rec.Warnings = []string{s}
	res.Measure.Metrics[s] = probe.Interval{Value: 1}
	res.Shift.Unit, res.Shift.Side, res.Shift.LossKind = s, s, s
	res.ZeroShot.PerClass[0].Class, res.ZeroShot.Templates[0], res.ZeroShot.Classnames[0], res.ClassChanges[0].Class = s, s, s, s
	for i := range res.Cone.Cones {
		res.Cone.Cones[i].Model, res.Cone.Cones[i].Inputs = s, s
	}
	for i := range res.Compare.Models {
		res.Compare.Models[i].Name, res.Compare.Models[i].Ref = s, s
	}
	res.Maps = append(res.Maps, res.Maps[0])
	res.Maps[0].Model, res.Maps[1].Model = s, s
	for i := range res.Examples.Gained {
		x := &res.Examples.Gained[i]
		x.ID, x.Caption, x.Label, x.Before, x.After = s, s, s, s, s
	}
}

// poisonedScene is a scene all of whose strings are s.
func poisonedScene(s string) *probe.Scene {
	scene := syntheticScene(3)
	scene.Model, scene.Shift.Unit, scene.Shift.Side = s, s, s
	scene.Maps[0].Method, scene.Maps[0].Title, scene.Maps[0].Axes = s, s, [2]string{s, s}
	for _, list := range [][]string{scene.IDs, scene.Captions, scene.Classes} {
		for i := range list {
			list[i] = s
		}
	}
	scene.Thumbnails = &probe.Thumbnails{Tile: 64, Count: 3, Columns: 32, Pages: []string{s}, URL: s}
	scene.Arrays[s] = scene.Arrays["u"]
	return scene
}

func TestHostileStrings(t *testing.T) {
	for i, s := range hostile {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			rec := load(t)
			poison(rec, s)
			b := pageOf(t, rec, Options{Command: s, Thumbnails: map[string][]byte{s: []byte("GIF89a" + s)}, Scene: poisonedScene(s)})
			checkPage(t, b)
			for _, r := range string(b) {
				if hidden(r) && r != '\n' && r != '\t' {
					t.Fatalf("the page holds %U", r)
				}
			}
			if markup := scriptElement.ReplaceAll(b, nil); bytes.Contains(b, []byte("GIF89a")) || bytes.Contains(markup, []byte("data:image")) {
				t.Error("a thumbnail that is no PNG was embedded")
			}
			for _, p := range plotters {
				svg := svgOf(t, p, rec.Results.(*probe.ReportResults))
				d := xml.NewDecoder(bytes.NewReader(svg))
				for {
					token, err := d.Token()
					if err == io.EOF {
						break
					}
					if err != nil {
						t.Fatalf("%s.svg is not well-formed: %v", p.Name(), err)
					}
					if e, ok := token.(xml.StartElement); ok && !allowed[e.Name.Local] {
						t.Errorf("%s.svg has an element <%s>", p.Name(), e.Name.Local)
					}
				}
			}
			var out bytes.Buffer
			if err := Summary(&out, rec); err != nil {
				t.Fatal(err)
			}
			for _, r := range out.String() {
				if hidden(r) && r != '\n' {
					t.Fatalf("the summary holds %U", r)
				}
			}
		})
	}
}
