package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mindgap/models/fault"
	"mindgap/probe"
	"mindgap/probe/reproduce"
)

// syntheticReproduction has rows of every verdict and figures of every kind. No number in it is a measurement.
func syntheticReproduction(t *testing.T) *probe.Record {
	t.Helper()
	nan := probe.Float(math.NaN())
	need := reproduce.Need{What: "the authors' features", Flag: "--embeddings", Pass: "mindgap reproduce --embeddings DIR"}
	rows := []reproduce.Row{
		{ID: "a", Quantity: "gap of the published features", Kind: reproduce.ReRun, Source: "features.npy", Paper: 0.851352, Here: 0.8513521, Low: nan, High: nan, Difference: 1e-7, Tolerance: 1e-5,
			Verdict: reproduce.Agrees, Why: "same file: within 1e-5"},
		{ID: "b", Quantity: "mean cosine, one layer", Kind: reproduce.Printed, Source: "relu.ipynb [7]", Paper: 0.319475, Here: 0.3211, Low: 0.3199, High: 0.3223, Difference: 0.001625, Tolerance: 0.004,
			Verdict: reproduce.Agrees, Why: "within the spread of seeds"},
		{ID: "c", Quantity: "mean cosine of images", Kind: reproduce.Printed, Source: "cone.ipynb [5]", Paper: 0.467892, Here: 0.2695, Low: nan, High: nan, Difference: nan, Tolerance: nan,
			Verdict: reproduce.Holds, Why: "another model: above 0"},
		{ID: "d", Quantity: "untrained gap minus trained gap", Kind: reproduce.Claim, Source: "Section 2", Says: "above 0", Paper: nan, Here: -0.02, Low: -0.1, High: 0.06, Difference: nan, Tolerance: nan,
			Verdict: reproduce.Differs, Why: "its interval holds 0"},
		{ID: "e", Quantity: "R@1 of untrained features", Kind: reproduce.Printed, Source: "repr.ipynb [3]", Paper: 0.002, Here: nan, Low: nan, High: nan, Difference: nan, Tolerance: nan,
			Verdict: reproduce.NotRun, Why: need.Why()},
	}
	long := reproduce.Item{ID: "nine-points", Where: "Appendix", Title: "Nine pairs", Finding: "A lower temperature asks for a larger gap.", Verdict: reproduce.Agrees,
		Counts: map[reproduce.Verdict]int{reproduce.Agrees: 30}, Inputs: []string{"nine pairs, simulated"}, Notes: []string{"The authors' code changes one label."}, Seconds: 0.01}
	for i := range 30 {
		long.Rows = append(long.Rows, reproduce.Row{ID: fmt.Sprint(i), Quantity: fmt.Sprintf("least loss, %d", i), Kind: reproduce.Read, Source: "Fig. 3", Paper: probe.Float(i) / 30, Here: probe.Float(i) / 30,
			Low: nan, High: nan, Difference: 0, Tolerance: 1e-6, Verdict: reproduce.Agrees, Why: "the same simulation: within 1e-6"})
	}
	sphere, err := probe.Sphere(probe.SphereOptions{})
	if err != nil {
		t.Fatal(err)
	}
	depth := &reproduce.DepthFigure{DepthResults: syntheticDepth(), Paper: []reproduce.PaperPoint{{Activation: "relu", Layer: 1, Mean: 0.3}, {Activation: "relu", Layer: 5, Mean: 0.8}, {Activation: "new", Layer: 1, Mean: 0.1}}}
	cones := &reproduce.ConeFigure{}
	for i, title := range []string{"trained, on data", "untrained, on data", "untrained, on noise"} {
		shift := 0.2 * float64(i)
		cones.Panels = append(cones.Panels, reproduce.ConePanel{Title: title, Cones: []probe.Cone{syntheticCone("m", "image", 0.4+shift, 0.08, 300), syntheticCone("m", "text", 0.3+shift, 0.1, 300)},
			Paper: []reproduce.PaperMean{{Tower: "image", Mean: 0.468}, {Tower: "text", Mean: 0.508}}})
	}
	starts := &reproduce.StartFigure{Steps: 100, Seeds: 3}
	for i, name := range []string{"as initialised", "amended"} {
		c := reproduce.StartCurve{Name: name}
		for step := 0; step <= 100; step += 10 {
			x := float64(step) / 100
			c.Points = append(c.Points, reproduce.StartPoint{Step: step, Mean: probe.Float(1.3 - float64(i)*1.1*math.Exp(-3*x) - 0.3*x), Std: probe.Float(0.05 * x)})
		}
		starts.Starts = append(starts.Starts, c)
	}
	first := reproduce.Item{ID: "fig-1", Where: "Fig. 1", Title: "The modality gap", Finding: "Images and texts lie apart.", Verdict: reproduce.Differs,
		Counts: map[reproduce.Verdict]int{reproduce.Agrees: 2, reproduce.Holds: 1, reproduce.Differs: 1, reproduce.NotRun: 1}, Inputs: []string{"a model on data (300 images)"}, Rows: rows,
		Figures: []reproduce.Figure{{Name: "fig-1", Title: "The loss", Caption: "Loss in nats.", Plot: "loss-landscape", Data: &probe.ReportResults{Shift: syntheticShift(300)}},
			{Name: "fig-2a", Title: "Cones", Caption: "Densities.", Data: cones}, {Name: "fig-2b", Title: "Depth", Caption: "Mean cosines.", Data: depth},
			{Name: "amended", Title: "Starts", Caption: "The gap over steps.", Data: starts}},
		Missing: []reproduce.Need{need}, Seconds: 1.25}
	long.Figures = []reproduce.Figure{{Name: "sphere", Title: "A sphere", Caption: "Loss in nats.", Data: sphere}}
	return &probe.Record{Schema: probe.Schema, Kind: "reproduce", Mindgap: "0.1.0", Created: time.Date(2026, 3, 14, 15, 9, 26, 0, time.UTC), Seed: 1,
		Environment: probe.Environment{Go: "go1.26.0", OS: "linux", Arch: "amd64", Threads: 2},
		Results: &reproduce.Results{Paper: "Liang et al. 2022", Items: []reproduce.Item{first, long},
			Counts: map[reproduce.Verdict]int{reproduce.Agrees: 32, reproduce.Holds: 1, reproduce.Differs: 1, reproduce.NotRun: 1}}}
}

// reproduced renders the page of rec with its figures.
func reproduced(t *testing.T, rec *probe.Record, o Options) []byte {
	t.Helper()
	res := rec.Results.(*reproduce.Results)
	pictures, _, err := drawReproduction(t.Context(), rec, res, o)
	if err != nil {
		t.Fatal(err)
	}
	b, err := renderReproduction(rec, res, pictures, o)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestReproductionPage compares the page's words and numbers, without its pictures and style, with the file that a person read.
func TestReproductionPage(t *testing.T) {
	b := reproduced(t, syntheticReproduction(t), Options{Command: "mindgap reproduce --item=fig-1,nine-points"})
	checkStatic(t, b)
	got := betweenTags(betweenTags(b, "<svg", "</svg>"), "<style>", "</style>")
	golden := filepath.Join("testdata", "reproduction.html")
	if *update {
		if err := os.WriteFile(golden, got, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	gotLines, wantLines := strings.Split(string(got), "\n"), strings.Split(string(want), "\n")
	for i := range min(len(gotLines), len(wantLines)) {
		if strings.Contains(gotLines[i], "Content-Security-Policy") { // its hash is that of the style
			continue
		}
		if gotLines[i] != wantLines[i] {
			t.Fatalf("line %d:\n%s\nwant\n%s", i+1, gotLines[i], wantLines[i])
		}
	}
	if len(gotLines) != len(wantLines) {
		t.Errorf("%d lines, want %d", len(gotLines), len(wantLines))
	}
}

// betweenTags cuts everything between two tags, their ends included.
func betweenTags(b []byte, open, end string) []byte {
	var out []byte
	for {
		before, rest, found := bytes.Cut(b, []byte(open))
		out = append(out, before...)
		if !found {
			return out
		}
		if _, b, found = bytes.Cut(rest, []byte(end)); !found {
			return out
		}
	}
}

// checkStatic fails on anything in a page that could run, load or send.
func checkStatic(t *testing.T, b []byte) {
	t.Helper()
	text := string(b)
	for _, bad := range []string{"<script", "<link", "<iframe", "<object", "<img", "<form", "url(", "@import", "http:", "https:", " style=", " onload", " onerror"} {
		if strings.Contains(text, bad) {
			t.Errorf("the page holds %q", bad)
		}
	}
	if !strings.Contains(text, `content="default-src &#39;none&#39;; style-src &#39;sha256-`) {
		t.Error("the page lacks its content security policy")
	}
}

// TestReproductionHostile: strings from outside stay text.
func TestReproductionHostile(t *testing.T) {
	rec := syntheticReproduction(t)
	evil := "<img src=x onerror=\"alert(1)\">\x1b[31m\u202e</style>"
	it := &rec.Results.(*reproduce.Results).Items[0]
	it.Inputs, it.Notes, rec.Warnings, it.Figures[0].Title, it.Figures[0].Caption = []string{evil}, []string{evil}, []string{evil}, evil, evil
	it.Rows[0].Why, it.Rows[0].Source, it.Rows[4].Why, it.Missing[0].What = evil, evil, "needs "+evil, evil
	b := reproduced(t, rec, Options{Command: evil})
	for _, bad := range []string{"<img", "\x1b", "\u202e"} {
		if bytes.Contains(b, []byte(bad)) {
			t.Errorf("the page holds %q", bad)
		}
	}
	var out bytes.Buffer
	if err := Summary(&out, rec); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(out.String(), "\x1b") {
		t.Error("the summary drives the terminal")
	}
}

// TestReproductionFigures compares the figures that only a reproduction has with the files that a person looked at.
func TestReproductionFigures(t *testing.T) {
	res := syntheticReproduction(t).Results.(*reproduce.Results)
	for _, f := range res.Items[0].Figures[1:] {
		t.Run(f.Name, func(t *testing.T) {
			drawing, size, err := drawFigure(f)
			if err != nil {
				t.Fatal(err)
			}
			svg, err := renderSVG(drawing, size, f.Title)
			if err != nil {
				t.Fatal(err)
			}
			if drawing, size, err = drawFigure(f); err != nil {
				t.Fatal(err)
			}
			picture, err := renderPNG(drawing, size, goldenResolution)
			if err != nil {
				t.Fatal(err)
			}
			checkPictures(t, "reproduction-"+f.Name, svg, picture)
		})
	}
	if _, _, err := drawFigure(reproduce.Figure{Name: "x", Data: &probe.MeasureResults{}}); err == nil {
		t.Error("a figure that nothing can draw is no error")
	}
}

// TestReproductionSummary compares the terminal's table with the file that a person read.
func TestReproductionSummary(t *testing.T) {
	var b bytes.Buffer
	if err := Summary(&b, syntheticReproduction(t)); err != nil {
		t.Fatal(err)
	}
	golden := filepath.Join("testdata", "summary", "reproduce.txt")
	if *update {
		if err := os.WriteFile(golden, b.Bytes(), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if b.String() != string(want) {
		t.Errorf("got\n%s\nwant\n%s", b.String(), want)
	}
}

// TestWriteReproduction: the folder is complete, is replaced by another one, and never replaces a report or anything else.
func TestWriteReproduction(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "out")
	rec := syntheticReproduction(t)
	for range 2 {
		if err := CheckReproduction(dir); err != nil {
			t.Fatal(err)
		}
		if err := WriteReproduction(t.Context(), dir, rec, Options{}); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"index.html", "record.json", "plots/fig-2b.svg", "plots/fig-2b.png", "plots/sphere.svg"} {
		if info, err := os.Stat(filepath.Join(dir, name)); err != nil || info.Size() == 0 {
			t.Errorf("%s: %v", name, err)
		}
	}
	f, err := os.Open(filepath.Join(dir, "record.json"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	b, err := io.ReadAll(f)
	if err != nil || !json.Valid(b) {
		t.Errorf("record.json: %v", err)
	}
	checkFault(t, Check(dir), fault.Input, "--out")
	checkFault(t, WriteReproduction(t.Context(), dir, &probe.Record{Kind: "report", Results: &probe.ReportResults{}}, Options{}), fault.Input, "mindgap reproduce")
	if err := os.WriteFile(filepath.Join(dir, "mine.txt"), nil, 0o666); err != nil {
		t.Fatal(err)
	}
	checkFault(t, CheckReproduction(dir), fault.Input, "--out")
}
