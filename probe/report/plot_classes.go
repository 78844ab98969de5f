package report

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"

	"mindgap/probe"
)

// changedClasses bounds the rows of the plot of classes.
const changedClasses = 16

// classesPlot shows class by class how many images the best shift mends and spoils.
type classesPlot struct{}

func (classesPlot) Name() string                      { return "class-changes" }
func (classesPlot) Title(*probe.ReportResults) string { return "What the shift changes, by class" }

func (classesPlot) Caption(r *probe.ReportResults) string {
	s := "Images of each class that λ = 0 gets wrong and the best λ right (to the right), and the other way round (to the left)"
	if r.Examples != nil {
		s = fmt.Sprintf("Images of each class that λ = 0 gets wrong and λ = %s right (to the right), and the other way round (to the left)", signed(float64(r.Examples.Lambda)))
	}
	s += ". This λ does best over all images, so that gains are flattered."
	if more := len(r.ClassChanges) - len(shownClasses(r)); more > 0 {
		s += fmt.Sprintf(" The classes that change most are drawn; %s more change.", count(more))
	}
	return s
}

func (classesPlot) Applies(r *probe.ReportResults) bool { return len(r.ClassChanges) > 0 }

// shownClasses returns the classes with most changes, from the greatest gain to the greatest loss.
func shownClasses(r *probe.ReportResults) []probe.ClassChange {
	classes := slices.Clone(r.ClassChanges)
	slices.SortStableFunc(classes, func(a, b probe.ClassChange) int {
		return cmp.Or(cmp.Compare(b.Gained+b.Lost, a.Gained+a.Lost), cmp.Compare(max(b.Gained-b.Lost, b.Lost-b.Gained), max(a.Gained-a.Lost, a.Lost-a.Gained)))
	})
	classes = classes[:min(changedClasses, len(classes))]
	slices.SortStableFunc(classes, func(a, b probe.ClassChange) int {
		return cmp.Or(cmp.Compare(b.Gained-b.Lost, a.Gained-a.Lost), cmp.Compare(b.Gained, a.Gained))
	})
	return classes
}

func (classesPlot) Draw(r *probe.ReportResults) (Drawing, Size) {
	var names []string
	var b bars
	for _, c := range shownClasses(r) {
		names = append(names, shorten(clean(c.Class), 30))
		row := []bar{}
		if c.Gained > 0 {
			row = append(row, bar{float64(c.Gained), matchedColor, fmt.Sprintf("+%s of %s", count(c.Gained), count(c.N))})
		}
		if c.Lost > 0 {
			row = append(row, bar{-float64(c.Lost), unmatchedColor, fmt.Sprintf("−%s of %s", count(c.Lost), count(c.N))})
		}
		b.rows = append(b.rows, row)
	}
	p := barPlot("images that change", names, b)
	reach := max(-p.X.Min, p.X.Max)
	p.X.Min, p.X.Max = -reach, reach
	p.X.Tick.Marker = countTicks{}
	legend := []key{
		{label: "gained: wrong at λ = 0, right after", shape: bandShape, color: matchedColor},
		{label: "lost: right at λ = 0, wrong after", shape: bandShape, color: unmatchedColor},
	}
	return figure{legend: legend, panels: [][]*plot.Plot{{p}}}, Size{plotWidth, vg.Length(95 + 24*len(names))}
}

// countTicks label whole numbers on both sides of 0, without a sign.
type countTicks struct{}

// Ticks implements plot.Ticker.
func (countTicks) Ticks(low, high float64) []plot.Tick {
	ticks := niceTicks{about: 6}.Ticks(low, high)
	ticks = slices.DeleteFunc(ticks, func(t plot.Tick) bool { return t.Value != float64(int64(t.Value)) })
	for i := range ticks {
		ticks[i].Label = count(int(max(ticks[i].Value, -ticks[i].Value)))
	}
	return ticks
}

// Table implements Plotter.
func (classesPlot) Table(r *probe.ReportResults) Table {
	t := Table{Columns: []string{"class", "n", "correct_before", "correct_after", "gained", "lost", "p_value"}}
	for _, c := range r.ClassChanges {
		t.add(word(c.Class), strconv.Itoa(c.N), strconv.Itoa(c.Before), strconv.Itoa(c.After), strconv.Itoa(c.Gained), strconv.Itoa(c.Lost), cell(float64(c.PValue)))
	}
	return t
}
