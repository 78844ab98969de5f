package report

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"math"
	"slices"
	"strings"

	"mindgap/probe"
	"mindgap/probe/reproduce"
)

//go:embed reproduction.html
var reproductionTemplate string

//go:embed reproduction.css
var reproductionStyle string

var reproductionPage = template.Must(template.New("reproduction").Parse(reproductionTemplate))

// shownRows is how many rows of a long table are shown before the reader unfolds all.
const shownRows = 12

// reproductionData is what the template shows.
type reproductionData struct {
	Policy     string
	Style      template.CSS
	Subtitle   string
	Answer     string
	Warnings   []string
	Words      []wordView
	Items      []itemView
	Missing    []missingView
	Provenance []field
	Command    string
	Version    string
	Paper      string
}

// A wordView defines a verdict.
type wordView struct{ Word, Class, Meaning string }

// verdictWords define the verdicts for readers of the page.
var verdictWords = []wordView{
	{string(reproduce.Agrees), "agrees", "the same quantity of the same inputs, within the tolerance that its row states"},
	{string(reproduce.Holds), "holds", "other inputs than the paper's, whose numbers need not be equal: what the paper says of its own is true of these"},
	{string(reproduce.Differs), "differs", "outside the tolerance; or, on other inputs, what the paper says is not true of them"},
	{string(reproduce.NotRun), "not-run", "an input is missing"},
}

type itemView struct {
	ID, Where, Title, Finding string
	Verdict                   string
	Class                     string
	Counts                    []string // in the order of reproduce.Verdicts, "" for none
	Inputs                    string
	Figures                   []figureView
	Rows, All                 []rowView // All only where Rows are a part
	Left                      int
	Notes                     []string
	Sources, Whys             []noteView
	NotRun                    []notRunView
}

// A rowView is a row of paper · here · difference · verdict. Source and Why are numbers and letters of notes below the table.
type rowView struct {
	Quantity, Paper, Source, Here, Span, Difference, Tolerance, Verdict, Class, Why string
}

type noteView struct{ Mark, Text string }

// A notRunView is the rows that lack one input.
type notRunView struct {
	What, Pass string
	Rows       []rowView
}

type missingView struct{ What, Pass, Gives string }

// renderReproduction returns the page as HTML.
func renderReproduction(rec *probe.Record, res *reproduce.Results, pictures []*picture, o Options) ([]byte, error) {
	sum := sha256.Sum256([]byte(reproductionStyle))
	d := reproductionData{
		Policy:     "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'; base-uri 'none'; form-action 'none'",
		Style:      template.CSS(reproductionStyle), // a file of this package
		Subtitle:   rec.Created.UTC().Format("2 January 2006, 15:04 UTC"),
		Answer:     reproductionAnswer(res),
		Words:      verdictWords,
		Missing:    missing(res),
		Provenance: provenance(rec),
		Command:    clean(o.Command),
		Version:    clean(rec.Mindgap),
		Paper:      clean(res.Paper),
	}
	for _, w := range rec.Warnings {
		d.Warnings = append(d.Warnings, clean(w))
	}
	number := 0
	for _, item := range res.Items {
		v := viewItem(item)
		for _, p := range pictures {
			if p.item == item.ID {
				number++
				v.Figures = append(v.Figures, figureView{Number: number, Title: clean(p.Title), Caption: clean(p.Caption), Name: p.Name,
					SVG: template.HTML(inlineSVG(p.svg))}) // made by vgsvg, which escapes all text
			}
		}
		d.Items = append(d.Items, v)
	}
	var b bytes.Buffer
	if err := reproductionPage.Execute(&b, d); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// reproductionAnswer counts the rows in a sentence.
func reproductionAnswer(res *reproduce.Results) string {
	total := 0
	for _, n := range res.Counts {
		total += n
	}
	c := res.Counts
	s := fmt.Sprintf("Of %s %s and claims of the paper, %s %s, %s %s on other inputs, %s %s", count(total), plural(total, "number"), count(c[reproduce.Agrees]), verb(c[reproduce.Agrees], "agree"),
		count(c[reproduce.Holds]), verb(c[reproduce.Holds], "hold"), count(c[reproduce.Differs]), verb(c[reproduce.Differs], "differ"))
	switch n := c[reproduce.NotRun]; n {
	case 0:
		return s + "."
	case 1:
		return s + ", and 1 was not run for want of an input."
	default:
		return s + fmt.Sprintf(", and %s were not run for want of inputs.", count(n))
	}
}

// verb adds an s where n is one.
func verb(n int, v string) string {
	if n == 1 {
		return v + "s"
	}
	return v
}

func verdictClass(v reproduce.Verdict) string {
	for _, w := range verdictWords {
		if w.Word == string(v) {
			return w.Class
		}
	}
	return "not-run"
}

func viewItem(it reproduce.Item) itemView {
	v := itemView{ID: it.ID, Where: clean(it.Where), Title: clean(it.Title), Finding: clean(it.Finding), Verdict: string(it.Verdict), Class: verdictClass(it.Verdict),
		Counts: verdictCounts(it.Counts)}
	var inputs []string
	for _, in := range it.Inputs {
		inputs = append(inputs, clean(in))
	}
	v.Inputs = strings.Join(inputs, "; ")
	for _, n := range it.Notes {
		v.Notes = append(v.Notes, clean(n))
	}
	var ran []rowView
	var differing []bool
	for _, r := range it.Rows {
		if r.Verdict == reproduce.NotRun {
			v.addNotRun(r, it.Missing)
			continue
		}
		ran, differing = append(ran, v.row(r)), append(differing, r.Verdict == reproduce.Differs)
	}
	if v.Rows = ran; len(ran) > shownRows+2 {
		v.Rows, v.All = nil, ran
		for i, keep := range evenly(len(ran), shownRows, differing) {
			if keep {
				v.Rows = append(v.Rows, ran[i])
			}
		}
		v.Left = len(ran) - len(v.Rows)
	}
	return v
}

// evenly marks n rows of which about some are kept: those that must be, and others evenly chosen, the first and last among them.
func evenly(n, some int, must []bool) []bool {
	keep := slices.Clone(must)
	for i := range some {
		keep[i*(n-1)/(some-1)] = true
	}
	return keep
}

// verdictCounts are the counts as a table shows them.
func verdictCounts(counts map[reproduce.Verdict]int) []string {
	var out []string
	for _, v := range reproduce.Verdicts() {
		if n := counts[v]; n > 0 {
			out = append(out, count(n))
		} else {
			out = append(out, "–")
		}
	}
	return out
}

// row writes a row that was measured, with marks of its notes.
func (v *itemView) row(r reproduce.Row) rowView {
	out := rowView{Quantity: clean(r.Quantity), Paper: stated(r), Source: mark(&v.Sources, sourceWords(r), func(i int) string { return fmt.Sprint(i + 1) }),
		Verdict: string(r.Verdict), Class: verdictClass(r.Verdict), Why: mark(&v.Whys, clean(r.Why), letter)}
	written := exact // to be compared digit by digit
	if math.IsNaN(float64(r.Difference)) {
		written = number
	}
	out.Here = written(float64(r.Here))
	if low, high := float64(r.Low), float64(r.High); !math.IsNaN(low + high) {
		out.Span = written(low) + " to " + written(high)
	}
	if difference := float64(r.Difference); !math.IsNaN(difference) {
		out.Difference, out.Tolerance = small(difference), "±\u2009"+strings.TrimPrefix(small(float64(r.Tolerance)), "+")
	} else {
		out.Difference = "–"
	}
	return out
}

// addNotRun adds a row to those that lack the same input.
func (v *itemView) addNotRun(r reproduce.Row, needs []reproduce.Need) {
	view := notRunView{What: r.Why}
	for _, n := range needs {
		if n.Why() == r.Why {
			view.What, view.Pass = n.What, n.Pass
		}
	}
	view.What, view.Pass = clean(view.What), clean(view.Pass)
	row := rowView{Quantity: clean(r.Quantity), Paper: stated(r), Source: clean(r.Source)}
	for i := range v.NotRun {
		if v.NotRun[i].What == view.What {
			v.NotRun[i].Rows = append(v.NotRun[i].Rows, row)
			return
		}
	}
	view.Rows = []rowView{row}
	v.NotRun = append(v.NotRun, view)
}

// mark returns the mark of a note, which it adds if no row had it before.
func mark(notes *[]noteView, text string, name func(int) string) string {
	for _, n := range *notes {
		if n.Text == text {
			return n.Mark
		}
	}
	m := name(len(*notes))
	*notes = append(*notes, noteView{m, text})
	return m
}

func letter(i int) string {
	if i >= 26 {
		return letter(i/26-1) + letter(i%26)
	}
	return string(rune('a' + i))
}

func sourceWords(r reproduce.Row) string {
	words := map[reproduce.Kind]string{reproduce.Printed: "printed by ", reproduce.Read: "read off ", reproduce.Table: "", reproduce.ReRun: "computed again in NumPy: ", reproduce.Claim: "said in "}[r.Kind]
	return words + clean(r.Source)
}

// stated writes the paper's number, or that it is a claim.
func stated(r reproduce.Row) string {
	if r.Kind == reproduce.Claim {
		return clean(r.Says)
	}
	return exact(float64(r.Paper))
}

// exact writes a number with up to six decimals, as many as comparing it takes.
func exact(v float64) string {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return "–"
	}
	s := decimal(v, 6)
	if strings.Contains(s, ".") {
		s = strings.TrimRight(strings.TrimRight(s, "0"), ".")
	}
	if (s == "0" || s == "−0") && v != 0 {
		return number(v)
	}
	return s
}

// small writes a difference with its sign and two significant digits.
func small(v float64) string {
	switch a := math.Abs(v); {
	case math.IsNaN(v):
		return "–"
	case v == 0:
		return "0"
	case a < 1e-12:
		return "<\u20091e−12"
	case a < 1e-4:
		s := fmt.Sprintf("%+.0e", v)
		return strings.NewReplacer("-", "−", "e-0", "e−").Replace(s)
	case a < 0.01:
		return plus(v, 5)
	case a < 1:
		return plus(v, 4)
	}
	return plus(v, 2)
}

func plus(v float64, decimals int) string {
	s := decimal(v, decimals)
	if v > 0 {
		return "+" + s
	}
	return s
}

// missing gathers what items lack, with the items that would gain.
func missing(res *reproduce.Results) []missingView {
	var all []missingView
	var of []reproduce.Need
	for _, it := range res.Items {
		for _, n := range it.Missing {
			i := slices.Index(of, n)
			if i < 0 {
				of, all = append(of, n), append(all, missingView{What: clean(n.What), Pass: clean(n.Pass)})
				i = len(all) - 1
			}
			if all[i].Gives != "" {
				all[i].Gives += ", "
			}
			all[i].Gives += clean(it.Where) + " (" + clean(it.Title) + ")"
		}
	}
	return all
}
