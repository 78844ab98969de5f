// Package reproduce repeats Liang et al. 2022, "Mind the Gap", item by item: every figure and table of the paper beside what mindgap measures
// on the inputs at hand. The paper's numbers are data (paper.json); an item is one file that runs an experiment of probe and says which of
// those numbers it has measured. What it has not is "not run", with the flag that would supply what is missing.
package reproduce

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"mindgap/models/fault"
	"mindgap/probe"
)

// Options say what is repeated, and with what.
type Options struct {
	Items    []string // ids of Items, nil = all
	Features string   // folder or file of the authors' published features (features_clip.npy, …), "" = none
	Full     bool     // run untrained towers of full size as well
	Inputs   int      // random inputs a full-size tower is fed, 0 = DefaultInputs
	Seed     uint64   // of every random draw
}

// DefaultInputs is how many random inputs a full-size tower is fed: enough to know a mean cosine to about 0.001 beside the spread over seeds.
const DefaultInputs = 200

// Results are the paper beside its repetition.
type Results struct {
	Paper  string          `json:"paper"`
	Counts map[Verdict]int `json:"counts"` // rows of all items by verdict
	Items  []Item          `json:"items"`
}

// An Item is one figure or table of the paper, repeated.
type Item struct {
	ID      string          `json:"id"`
	Where   string          `json:"where"`   // in the paper
	Title   string          `json:"title"`   // what it shows, in few words
	Finding string          `json:"finding"` // what the paper says
	Verdict Verdict         `json:"verdict"` // of its rows together: Differs if one does, else the strongest that was reached
	Counts  map[Verdict]int `json:"counts"`
	Inputs  []string        `json:"inputs"` // what it was run on, in words
	Rows    []Row           `json:"rows"`
	Figures []Figure        `json:"figures"`
	Notes   []string        `json:"notes"`
	Missing []Need          `json:"missing"`
	Seconds probe.Float     `json:"seconds"`
}

// A Row is one number of the paper beside the one measured here.
type Row struct {
	ID         string      `json:"id"`
	Quantity   string      `json:"quantity"`
	Kind       Kind        `json:"kind"`
	Source     string      `json:"source"`
	Paper      probe.Float `json:"paper"`          // null for a claim
	Says       string      `json:"says,omitempty"` // of a claim: "above 0"
	Here       probe.Float `json:"here"`           // null where nothing was measured
	Low        probe.Float `json:"low"`            // of an interval or of the spread over seeds, null without one
	High       probe.Float `json:"high"`
	Difference probe.Float `json:"difference"` // here minus paper, null where the two are not the same quantity
	Tolerance  probe.Float `json:"tolerance"`  // of the difference, null likewise
	Verdict    Verdict     `json:"verdict"`
	Why        string      `json:"why"` // how the verdict came about
}

// A Figure is one picture, as the data that it is drawn from.
type Figure struct {
	Name    string `json:"name"` // stem of its files
	Title   string `json:"title"`
	Caption string `json:"caption"`
	// Data decides how the figure is drawn: *probe.ReportResults (its plot named by Plot), *DepthFigure, *ConeFigure,
	// *StartFigure, or the results of an experiment that has a plot of its own.
	Data any    `json:"data"`
	Plot string `json:"plot,omitempty"`
}

// An item repeats one item of paper.json. Its file holds everything about it.
type item struct {
	id string
	// need says what a row needs that was not measured.
	need func(row string) Need
	run  func(ctx context.Context, e *env) (*outcome, error)
}

// An outcome is what an item measured.
type outcome struct {
	inputs  []string
	here    map[string]Here // by row
	figures []Figure
	notes   []string
}

// items holds every item in the order of the paper. A new one is one new file, its numbers in paper.json, and a line here.
var items = []item{fig1, beforeTraining, fig2a, fig2b, fig2bAppendix, fig2c, fig3, fig3Sphere, ninePoints, table1, table2, fineTuning, amended, publishedFeatures}

// Items lists the ids of all items in the order of the paper.
func Items() []string {
	var ids []string
	for _, it := range items {
		ids = append(ids, it.id)
	}
	return ids
}

// Check returns a usage error if o names an item that does not exist or asks for less than one input, before any work.
func (o *Options) Check() error {
	for _, id := range o.Items {
		if !slices.Contains(Items(), id) {
			return &fault.Error{Kind: fault.Usage, Op: "read", Thing: "--item", Found: fmt.Sprintf("%q", id), Wanted: "of " + strings.Join(Items(), ", "), Next: "correct the flag"}
		}
	}
	if o.Inputs < 0 || o.Inputs == 1 {
		return &fault.Error{Kind: fault.Usage, Op: "read", Thing: "--inputs", Found: fmt.Sprint(o.Inputs), Wanted: "2 or more", Next: "correct the flag"}
	}
	return nil
}

// Run repeats what o asks for with the model and data of c. Nothing is left out silently: a row that could not be measured says what it needs.
func Run(ctx context.Context, c *probe.Config, o Options) (_ *probe.Record, err error) {
	if err := o.Check(); err != nil {
		return nil, err
	}
	if o.Inputs == 0 {
		o.Inputs = DefaultInputs
	}
	e, err := newEnv(ctx, c, o)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, e.close()) }()
	var chosen []item
	for _, it := range items {
		if o.Items == nil || slices.Contains(o.Items, it.id) {
			chosen = append(chosen, it)
		}
	}
	res := &Results{Paper: thePaper.Citation, Counts: map[Verdict]int{}}
	for i, it := range chosen {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		e.step("paper", i, len(chosen))
		begun := time.Now()
		out, err := it.run(ctx, e)
		if err != nil {
			return nil, err
		}
		done, err := it.finish(out)
		if err != nil {
			return nil, err
		}
		done.Seconds = probe.Float(time.Since(begun).Seconds())
		for v, n := range done.Counts {
			res.Counts[v] += n
		}
		res.Items = append(res.Items, *done)
	}
	e.step("paper", len(chosen), len(chosen))
	return e.record(res), nil
}

// finish sets what was measured beside the paper's rows, in the paper's order.
func (it *item) finish(out *outcome) (*Item, error) {
	p := thePaper.item(it.id)
	done := &Item{ID: p.ID, Where: p.Where, Title: p.Title, Finding: p.Finding, Counts: map[Verdict]int{}, Inputs: emptied(out.inputs), Rows: []Row{},
		Figures: emptied(out.figures), Notes: emptied(out.notes), Missing: []Need{}}
	used := 0
	for _, n := range p.Rows {
		here, measured := out.here[n.ID]
		if measured {
			used++
		}
		row := n.beside(here, measured)
		if !measured {
			need := it.need(n.ID)
			row.Why = need.Why()
			if !slices.Contains(done.Missing, need) {
				done.Missing = append(done.Missing, need)
			}
		}
		done.Counts[row.Verdict]++
		done.Rows = append(done.Rows, row)
	}
	if used != len(out.here) { // a fault of this package's own
		return nil, fmt.Errorf("reproduce: item %s measured %d numbers, of which paper.json has %d", it.id, len(out.here), used)
	}
	done.Verdict = together(done.Counts)
	return done, nil
}

// emptied makes a missing list an empty one, which JSON writes as [].
func emptied[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}
