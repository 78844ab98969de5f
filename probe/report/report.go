// Package report draws a record of kind "report" and writes it as a folder: one page that needs nothing else, the record itself, and every
// plot as SVG, PNG and CSV. It also sums records of any kind up for a terminal.
//
// The record is the only source of numbers: the package computes none that the record does not hold or directly imply, such as the
// spread of the untrained twins.
package report

import (
	"context"
	"fmt"
	"path"
	"runtime"
	"sync"

	"golang.org/x/sync/errgroup"

	"mindgap/loaders/output"
	"mindgap/models/fault"
	"mindgap/probe"
)

// Options are what a report shows beside its record.
type Options struct {
	// Scene is what the live page shows and moves; nil leaves the page still.
	Scene *probe.Scene
	// Served makes a page that fetches its scene from the server that sent it: the header from /scene.json, the bytes of each array from
	// /scene/NAME, of which it asks for a range first, and exact metrics of a selection from /select. Scene may then be nil.
	Served bool
	// Thumbnails are small PNG files by item id, for the examples. An example without one is shown as text.
	Thumbnails map[string][]byte
	// Command is the command line that repeats the run; the page shows it to be copied.
	Command string
	// Progress, where not nil, is told after each step how many of all are done. It is called by one goroutine at a time.
	Progress func(done, total int)
}

// A drawn plot is ready to be shown and written.
type drawn struct {
	plotter  Plotter
	svg, png []byte
	areas    []area // with an axis of λ
}

// Write writes the report of rec, whose Results must be a *probe.ReportResults, to the folder dir:
//
//	dir/index.html      the page, which loads nothing from anywhere
//	dir/record.json     the record
//	dir/plots/*.svg     each plot, text as text
//	dir/plots/*.png     each plot, 1,440 pixels wide
//	dir/plots/*.csv     the numbers of each plot
//
// The report is made in a sibling of dir and takes its place when it is complete, so that an error, a cancellation or a crash
// leaves dir as it was. An earlier report is replaced; a folder that holds anything else is refused with a fault of kind fault.Input.
func Write(ctx context.Context, dir string, rec *probe.Record, o Options) (err error) {
	res, ok := rec.Results.(*probe.ReportResults)
	if !ok || res == nil {
		return notReport(rec, opWrite, dir)
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	f, err := output.Begin(dir, opWrite, mayReplace)
	if err != nil {
		return err
	}
	defer f.Discard()

	chosen := applicable(res)
	step := stepper(o.Progress, 2*len(chosen)+2)
	group, groupCtx := errgroup.WithContext(ctx)
	group.SetLimit(runtime.GOMAXPROCS(0))
	for _, d := range chosen {
		for _, render := range []func() error{d.renderSVG(res), d.renderPNG(res)} {
			group.Go(func() error {
				if err := groupCtx.Err(); err != nil {
					return err
				}
				defer step()
				return render()
			})
		}
	}
	var record []byte
	group.Go(func() error {
		defer step()
		b, err := encode(rec)
		record = b
		return err
	})
	if err := group.Wait(); err != nil {
		return err
	}

	page, err := renderPage(rec, res, chosen, o)
	if err != nil {
		return &fault.Error{Kind: fault.System, Op: "draw report page", Thing: dir, Err: err, Next: "report this as a bug"}
	}
	files := map[string][]byte{pageFile: page, recordFile: record}
	for _, d := range chosen {
		files[path.Join(plotsDir, d.plotter.Name()+".svg")] = d.svg
		files[path.Join(plotsDir, d.plotter.Name()+".png")] = d.png
		files[path.Join(plotsDir, d.plotter.Name()+".csv")] = d.plotter.Table(res).CSV()
	}
	for name, data := range files {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := f.WriteBytes(name, data); err != nil {
			return err
		}
	}
	step()
	return f.Commit(ctx)
}

// notReport is the fault of a record of another kind.
func notReport(rec *probe.Record, op, thing string) error {
	return &fault.Error{Kind: fault.Input, Op: op, Thing: thing, Found: fmt.Sprintf("a record of kind %q", rec.Kind),
		Wanted: `a record of kind "report"`, Next: "make one with mindgap report"}
}

// applicable returns the plots that res holds the numbers of, not yet drawn.
func applicable(res *probe.ReportResults) []*drawn {
	var plots []*drawn
	for _, p := range plotters {
		if p.Applies(res) {
			plots = append(plots, &drawn{plotter: p})
		}
	}
	return plots
}

// renderSVG returns a task that fills d.svg.
func (d *drawn) renderSVG(res *probe.ReportResults) func() error {
	return d.guarded(func() (err error) {
		drawing, size := d.plotter.Draw(res)
		d.svg, err = renderSVG(drawing, size, d.plotter.Title(res))
		if l, ok := drawing.(interface{ lambdaAreas() []area }); ok {
			d.areas = l.lambdaAreas()
		}
		return err
	})
}

// renderPNG returns a task that fills d.png.
func (d *drawn) renderPNG(res *probe.ReportResults) func() error {
	return d.guarded(func() (err error) {
		drawing, size := d.plotter.Draw(res)
		d.png, err = renderPNG(drawing, size, pngResolution)
		return err
	})
}

// guarded turns a failure, and a panic of the drawing library on numbers nobody foresaw, into a fault that names the plot.
func (d *drawn) guarded(task func() error) func() error {
	return func() (err error) {
		defer func() {
			if r := recover(); r != nil {
				err = fmt.Errorf("%v", r)
			}
			if err != nil {
				err = &fault.Error{Kind: fault.System, Op: "draw plot", Thing: d.plotter.Name(), Err: err,
					Next: "report this as a bug, with the record"}
			}
		}()
		return task()
	}
}

// stepper returns a function that counts steps and tells progress of each.
func stepper(progress func(done, total int), total int) func() {
	var mu sync.Mutex
	done := 0
	return func() {
		mu.Lock()
		defer mu.Unlock()
		if done++; progress != nil {
			progress(done, total)
		}
	}
}
