package browser_test

import (
	"encoding/json"
	"os"
	"testing"

	"mindgap/probe/report/browser"
)

// envAxe names the variable with the path of axe.min.js, from the npm package axe-core; .ci/run gets it.
const envAxe = "MINDGAP_AXE"

// axe-core, the rules of WCAG 2 A and AA, finds nothing serious in any view.
func TestAccessible(t *testing.T) {
	path := os.Getenv(envAxe)
	if path == "" {
		t.Skipf("%s IS NOT SET: the page was not tested for accessibility (npm pack axe-core, and name its axe.min.js)", envAxe)
	}
	source, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	b := browser.Start(t)
	r := theReport(t)
	for name, view := range views {
		t.Run(name, func(t *testing.T) {
			p := b.Open(t, r.address(), view)
			settle(p)
			checkAccessible(t, p, string(source))
		})
	}
}

// checkAccessible runs axe-core, whose source it is given, over the page.
func checkAccessible(t *testing.T, p *browser.Page, source string) {
	t.Helper()
	p.Evaluate(source+"; 0", nil)
	var found json.RawMessage
	p.Evaluate(`axe.run(document, {runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]}).then(r => r.violations.map(v => ({
		id: v.id, impact: v.impact, help: v.help, nodes: v.nodes.slice(0, 5).map(n => n.target.join(" ") + ": " + n.failureSummary)})))`, &found)
	var violations []struct {
		ID, Impact, Help string
		Nodes            []string
	}
	if err := json.Unmarshal(found, &violations); err != nil {
		t.Fatal(err)
	}
	for _, v := range violations {
		if v.Impact == "serious" || v.Impact == "critical" {
			t.Errorf("%s (%s): %s\n%q", v.ID, v.Impact, v.Help, v.Nodes)
		} else {
			t.Logf("%s (%s): %s\n%q", v.ID, v.Impact, v.Help, v.Nodes)
		}
	}
}
