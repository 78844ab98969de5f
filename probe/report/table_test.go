package report

import (
	"bytes"
	"encoding/csv"
	"math"
	"slices"
	"strconv"
	"testing"

	"mindgap/probe"
)

// Every plot's table is rectangular, and what it says of the fixture is what the record says.
func TestTables(t *testing.T) {
	res := load(t).Results.(*probe.ReportResults)
	point := res.Shift.Points[3]
	tests := map[string]struct {
		rows   int
		row    int
		column string
		want   float64
	}{
		"gap-map":            {600, 300, "x", float64(res.Maps[0].Texts[0][0])},
		"loss-landscape":     {31, 3, "loss@100", float64(point.Loss["100"])},
		"accuracy":           {31, 3, "high", float64(point.Accuracy.High)},
		"recall":             {31, 3, "text_to_image_recall_at_1", float64(point.TextToImageRecall1)},
		"cosines":            {100, 65, "image–text, matched", float64(res.Matched[65])},
		"gap-dimensions":     {10, 2, "difference", float64(res.GapDimensions[2].Difference)},
		"explained-variance": {10, 1, "texts", float64(res.ExplainedVariance.Texts[1])},
		"class-changes":      {len(res.ClassChanges), 1, "lost", float64(res.ClassChanges[1].Lost)},
		"confusion":          {50, 7, "class 08", float64(res.ZeroShot.Confusion[7][8])},
		"comparison":         {4, 1, "gap_low", float64(*res.Compare.Models[1].Metrics["gap"].Low)},
	}
	for _, p := range plotters {
		test, ok := tests[p.Name()]
		if !ok {
			t.Errorf("no expectation for %s", p.Name())
			continue
		}
		lines, err := csv.NewReader(bytes.NewReader(p.Table(res).CSV())).ReadAll() // which refuses rows of unequal length
		if err != nil {
			t.Errorf("%s: %v", p.Name(), err)
			continue
		}
		if len(lines) != test.rows+1 {
			t.Errorf("%s has %d rows, want %d", p.Name(), len(lines)-1, test.rows)
			continue
		}
		column := slices.Index(lines[0], test.column)
		if column < 0 {
			t.Errorf("%s has the columns %q, want %q among them", p.Name(), lines[0], test.column)
			continue
		}
		got, err := strconv.ParseFloat(lines[test.row+1][column], 64)
		if err != nil || math.Abs(got-test.want) > 1e-7*math.Abs(test.want) { // what float32 holds
			t.Errorf("%s: row %d, %s is %q, want %g", p.Name(), test.row, test.column, lines[test.row+1][column], test.want)
		}
	}
}

// A table of an odd record is a table, too: undefined numbers are empty, and no name runs as a formula.
func TestTablesOfOddRecords(t *testing.T) {
	for _, s := range append(hostile, "=1+1", "@sum", "-2", "+3") {
		rec := load(t)
		poison(rec, s)
		res := rec.Results.(*probe.ReportResults)
		res.Shift.Points[0].Accuracy, res.Shift.Points[1].AccuracySingle = nil, nil
		delete(res.Shift.Points[2].Loss, "100")
		res.Shift.Points[3].ImageToTextRecall1 = probe.Float(math.NaN())
		for _, p := range plotters {
			lines, err := csv.NewReader(bytes.NewReader(p.Table(res).CSV())).ReadAll()
			if err != nil {
				t.Errorf("%s: %v", p.Name(), err)
			}
			for _, line := range lines {
				for _, text := range line {
					if _, err := strconv.ParseFloat(text, 64); err != nil && text != "" && bytes.ContainsAny([]byte(text[:1]), "=+-@") {
						t.Errorf("%s holds %q, which a spreadsheet runs", p.Name(), text)
					}
					if text == "NaN" {
						t.Errorf("%s holds NaN", p.Name())
					}
				}
			}
		}
	}
}
