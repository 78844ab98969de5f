package browser_test

import (
	"encoding/json"
	"net/url"
	"path/filepath"
	"slices"
	"testing"

	"mindgap/probe"
	"mindgap/probe/report"
	"mindgap/probe/report/browser"
)

// hostile strings try each way out of the place where they are shown.
var hostile = []string{
	`</script><script>window.pwned = 1</script>`,
	`<img src=x onerror="window.pwned = 1">`,
	`"><svg onload="window.pwned = 1">`,
	`' onmouseover='window.pwned = 1' x='`,
	`javascript:window.pwned=1`,
	`<!--<script>`,
	"]]>\u2028\u2029</style><style>*{display:none}</style>",
	`${window.pwned = 1}{{.}}\u003cscript\u003e`,
	"\u202egpj.tac\u202c",
}

// Captions, class names, file names and model names are shown and nothing else: no script of theirs runs, no address of theirs is asked for.
func TestHostileStringsStayText(t *testing.T) {
	made := theReport(t)
	// The record and the scene are copied by way of their own JSON, then every name in them is replaced.
	var rec probe.Record
	var res probe.ReportResults
	copyJSON(t, made.record, &rec)
	copyJSON(t, made.record.Results, &res)
	scene := *made.scene
	bad := func(i int) string { return hostile[i%len(hostile)] }
	fill := func(list []string) []string {
		out := make([]string, len(list))
		for i := range out {
			out[i] = bad(i)
		}
		return out
	}
	scene.Model, scene.IDs, scene.Captions, scene.Classes = bad(0), fill(scene.IDs), fill(scene.Captions), fill(scene.Classes)
	rec.Inputs.Model.Name, rec.Inputs.Model.Ref, rec.Inputs.Dataset.Ref, rec.Inputs.Dataset.Source = bad(0), bad(1), bad(2), bad(3)
	rec.Warnings = slices.Clone(hostile)
	for i := range res.ZeroShot.PerClass {
		res.ZeroShot.PerClass[i].Class = bad(i)
	}
	res.ZeroShot.Classnames, res.ZeroShot.Templates = fill(res.ZeroShot.Classnames), slices.Clone(hostile)
	for _, list := range [][]probe.Example{res.Examples.Gained, res.Examples.Lost} {
		for i := range list {
			list[i] = probe.Example{ID: list[i].ID, Caption: bad(i), Label: bad(i + 1), Before: bad(i + 2), After: bad(i + 3)}
		}
	}
	for i := range res.Compare.Models {
		res.Compare.Models[i].Name, res.Compare.Models[i].Ref = bad(i), bad(i+1)
	}
	for i := range res.Cone.Cones {
		res.Cone.Cones[i].Model = bad(i)
	}
	rec.Results = &res
	dir := filepath.Join(t.TempDir(), "report")
	if err := report.Write(t.Context(), dir, &rec, report.Options{Scene: &scene, Command: "mindgap report --model '" + bad(0) + "'"}); err != nil {
		t.Fatal(err)
	}
	address := (&url.URL{Scheme: "file", Path: filepath.ToSlash(filepath.Join(dir, "index.html"))}).String()
	p := browser.Start(t).Open(t, address, browser.Desktop)
	p.WaitFor(`document.documentElement.dataset.explorer === "ready"`)
	for k := range hostile {
		hover(p, k)
		p.Evaluate("mindgap.focus(mindgap.scene.ni + "+string(rune('0'+k))+")", nil)
	}
	p.Evaluate(`(() => { const s = document.querySelector("input[type=search], #search"); s.value = "<"; s.dispatchEvent(new Event("input", {bubbles: true})) })()`, nil)
	settle(p)
	var pwned bool
	p.Evaluate("'pwned' in window", &pwned)
	if pwned {
		t.Error("a string of the data ran as a script")
	}
	if asked := p.Requests(); !slices.Equal(asked, []string{address}) {
		t.Errorf("asked for %q", asked)
	}
	if c := p.Complaints(); len(c) > 0 {
		t.Errorf("complaints: %q", c)
	}
	var caption string
	p.Evaluate(`mindgap.focus(1), document.querySelector("#inspector .caption").textContent`, &caption)
	if caption != hostile[1] {
		t.Errorf("the caption is shown as %q, want %q", caption, hostile[1])
	}
}

func copyJSON(t *testing.T, from, to any) {
	t.Helper()
	b, err := json.Marshal(from)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, to); err != nil {
		t.Fatal(err)
	}
}
