package report

import (
	"context"
	"fmt"
	"path"
	"runtime"

	"golang.org/x/sync/errgroup"

	"mindgap/loaders/output"
	"mindgap/models/fault"
	"mindgap/probe"
	"mindgap/probe/reproduce"
)

// opWriteReproduction is what faults about a reproduction's place begin with.
const opWriteReproduction = "write reproduction to"

// reproductionKind is the kind of record that WriteReproduction writes, and may replace.
const reproductionKind = "reproduce"

// CheckReproduction says, before the work, whether WriteReproduction could write to dir, with the fault that it would return.
func CheckReproduction(dir string) error {
	return output.Check(dir, opWriteReproduction, replacing(reproductionKind))
}

// A picture is one figure of a reproduction, drawn.
type picture struct {
	reproduce.Figure
	item     string
	svg, png []byte
}

// WriteReproduction writes the record of mindgap reproduce, whose Results must be a *reproduce.Results, to the folder dir, as Write does a
// report: index.html, record.json and plots/. Only Command and Progress of the options are used.
func WriteReproduction(ctx context.Context, dir string, rec *probe.Record, o Options) error {
	res, ok := rec.Results.(*reproduce.Results)
	if !ok || res == nil {
		return &fault.Error{Kind: fault.Input, Op: opWriteReproduction, Thing: dir, Found: fmt.Sprintf("a record of kind %q", rec.Kind),
			Wanted: fmt.Sprintf("a record of kind %q", reproductionKind), Next: "make one with mindgap reproduce"}
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	f, err := output.Begin(dir, opWriteReproduction, replacing(reproductionKind))
	if err != nil {
		return err
	}
	defer f.Discard()
	pictures, record, err := drawReproduction(ctx, rec, res, o)
	if err != nil {
		return err
	}
	page, err := renderReproduction(rec, res, pictures, o)
	if err != nil {
		return &fault.Error{Kind: fault.System, Op: "draw reproduction page", Thing: dir, Err: err, Next: "report this as a bug"}
	}
	files := map[string][]byte{pageFile: page, recordFile: record}
	for _, p := range pictures {
		files[path.Join(plotsDir, p.Name+".svg")] = p.svg
		files[path.Join(plotsDir, p.Name+".png")] = p.png
	}
	for name, data := range files {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := f.WriteBytes(name, data); err != nil {
			return err
		}
	}
	return f.Commit(ctx)
}

// drawReproduction renders every figure and the record, on all processors.
func drawReproduction(ctx context.Context, rec *probe.Record, res *reproduce.Results, o Options) (pictures []*picture, record []byte, err error) {
	for _, item := range res.Items {
		for _, f := range item.Figures {
			pictures = append(pictures, &picture{Figure: f, item: item.ID})
		}
	}
	step := stepper(o.Progress, len(pictures)+1)
	group, groupCtx := errgroup.WithContext(ctx)
	group.SetLimit(runtime.GOMAXPROCS(0))
	for _, p := range pictures {
		group.Go(func() error {
			if err := groupCtx.Err(); err != nil {
				return err
			}
			defer step()
			return p.render()
		})
	}
	group.Go(func() (err error) {
		defer step()
		record, err = encode(rec)
		return err
	})
	return pictures, record, group.Wait()
}

// render fills in both forms. A failure, and a panic of the drawing library on numbers nobody foresaw, is a fault that names the figure.
func (p *picture) render() (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%v", r)
		}
		if err != nil {
			err = &fault.Error{Kind: fault.System, Op: "draw figure", Thing: p.Name, Err: err, Next: "report this as a bug, with the record"}
		}
	}()
	drawing, size, err := drawFigure(p.Figure)
	if err != nil {
		return err
	}
	if p.svg, err = renderSVG(drawing, size, p.Title); err != nil {
		return err
	}
	drawing, size, err = drawFigure(p.Figure) // a drawing is used once
	if err != nil {
		return err
	}
	p.png, err = renderPNG(drawing, size, pngResolution)
	return err
}

// drawFigure chooses the drawing by the type of the figure's data.
func drawFigure(f reproduce.Figure) (Drawing, Size, error) {
	switch data := f.Data.(type) {
	case *probe.ReportResults:
		for _, p := range plotters {
			if p.Name() == f.Plot && p.Applies(data) {
				d, s := p.Draw(data)
				return d, s, nil
			}
		}
	case *reproduce.DepthFigure:
		d, s := drawDepthBeside(data)
		return d, s, nil
	case *reproduce.ConeFigure:
		d, s := drawConePanels(data)
		return d, s, nil
	case *reproduce.StartFigure:
		d, s := drawStarts(data)
		return d, s, nil
	default:
		for _, p := range recordPlotters {
			if p.Applies(data) {
				d, s := p.Draw(data)
				return d, s, nil
			}
		}
	}
	return nil, Size{}, fmt.Errorf("no plot %q of %T applies", f.Plot, f.Data)
}
