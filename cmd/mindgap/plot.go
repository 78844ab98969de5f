package main

import (
	"github.com/spf13/pflag"

	"mindgap/loaders/output"
	"mindgap/probe"
	"mindgap/probe/report"
)

// plotFlag is the file of a verb whose record has a plot of its own.
type plotFlag struct{ file string }

func (p *plotFlag) add(fs *pflag.FlagSet) {
	fs.StringVar(&p.file, "plot", "", "also draw the record into this file, .svg or .png")
}

// check refuses a format that cannot be drawn and a place that cannot be written, before the work.
func (p *plotFlag) check() error {
	if p.file == "" {
		return nil
	}
	if err := report.CheckPlot(p.file); err != nil {
		return err
	}
	return output.CheckFile(p.file)
}

// finishPlotted is finish with the record's plot in the file of --plot. The plot comes first: where it cannot be written, no table says that
// all is well.
func (a *app) finishPlotted(rec *probe.Record, p plotFlag) error {
	if p.file != "" {
		if err := report.WritePlot(p.file, rec); err != nil {
			return err
		}
	}
	return a.finish(rec)
}
