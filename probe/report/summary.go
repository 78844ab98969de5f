package report

import (
	"bytes"
	"fmt"
	"io"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"

	"mindgap/models/fault"
	"mindgap/probe"
	"mindgap/probe/reproduce"
)

// Summary writes what rec found as compact tables for a terminal, without colour. It knows the results of measure, shift, zeroshot, cone,
// compare, correct, map, inspect, sphere, depth, inits, benchmark, bias, train and report. Strings of the record cannot drive the terminal. Nothing is written to w if the record is of another kind.
func Summary(w io.Writer, rec *probe.Record) error {
	var b bytes.Buffer
	switch res := rec.Results.(type) {
	case *probe.ReportResults:
		summarizeReport(&b, rec, res)
	case *probe.MeasureResults:
		heading(&b, rec)
		summarizeMeasure(&b, res)
	case *probe.ShiftResults:
		heading(&b, rec)
		summarizeShift(&b, res)
	case *probe.ZeroShotResults:
		heading(&b, rec)
		summarizeZeroShot(&b, res)
	case *probe.ConeResults:
		heading(&b, rec)
		summarizeCones(&b, cones(&probe.ReportResults{Cone: res}))
	case *probe.CompareResults:
		heading(&b, rec)
		summarizeCompare(&b, res)
	case *probe.MapResults:
		heading(&b, rec)
		summarizeMap(&b, res)
	case *probe.CorrectResults:
		heading(&b, rec)
		summarizeCorrect(&b, res)
	case *probe.InspectResults:
		heading(&b, rec)
		summarizeInspect(&b, res)
	case *probe.SphereResults:
		summarizeSphere(&b, res)
	case *probe.DepthResults:
		summarizeDepth(&b, res)
	case *probe.BiasResults:
		heading(&b, rec)
		summarizeBias(&b, res)
	case *probe.BenchmarkResults:
		summarizeBenchmark(&b, rec, res)
	case *reproduce.Results:
		summarizeReproduction(&b, res)
	case *probe.TrainResults:
		heading(&b, rec)
		summarizeTrain(&b, res)
	case *probe.InitsResults:
		summarizeInits(&b, res)
	default:
		return &fault.Error{Kind: fault.Input, Op: "sum up record of kind", Thing: fmt.Sprintf("%q", rec.Kind), Found: fmt.Sprintf("results of type %T", rec.Results),
			Next: "read the record itself with --json"}
	}
	if len(rec.Warnings) > 0 {
		b.WriteByte('\n')
	}
	for _, warning := range rec.Warnings {
		fmt.Fprintf(&b, "warning: %s\n", clean(warning))
	}
	lines := strings.Split(b.String(), "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	_, err := io.WriteString(w, strings.Join(lines, "\n"))
	return err
}

// heading says what was probed.
func heading(b *bytes.Buffer, rec *probe.Record) {
	fmt.Fprint(b, subject(rec))
	if d := rec.Inputs.Dataset; d != nil {
		fmt.Fprintf(b, " on %s (%s %s)", clean(d.Ref), count(d.Count), plural(d.Count, "item"))
	}
	fmt.Fprintln(b)
}

// tableOf starts a table, an empty line below what stands above it. All columns but the first hold numbers and are set to the right.
func tableOf(b *bytes.Buffer, header ...any) table.Writer {
	b.WriteByte('\n')
	t := table.NewWriter()
	t.SetOutputMirror(b)
	t.SetStyle(table.StyleLight)
	t.Style().Options = table.Options{SeparateHeader: true}
	t.Style().Format.Header = text.FormatDefault
	t.Style().Box.PaddingLeft, t.Style().Box.PaddingRight = "", "  "
	configs := make([]table.ColumnConfig, 0, len(header))
	for i := 1; i < len(header); i++ {
		configs = append(configs, table.ColumnConfig{Number: i + 1, Align: text.AlignRight, AlignHeader: text.AlignRight})
	}
	t.SetColumnConfigs(configs)
	t.AppendHeader(header)
	return t
}
