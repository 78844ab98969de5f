package main

import (
	"io"
	"os"
	"sync"
	"time"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"
	"golang.org/x/term"
)

// A progress draws one bar a stage on a terminal, with the rate and the time that remains, and draws nothing anywhere else. A nil
// *progress may be stopped.
type progress struct {
	mu   sync.Mutex
	p    *mpb.Progress // nil: silent
	bars map[string]*mpb.Bar
	out  io.Writer
}

func newProgress(w io.Writer, quiet bool) *progress {
	pr := &progress{bars: map[string]*mpb.Bar{}, out: w}
	if f, ok := w.(*os.File); ok && !quiet && term.IsTerminal(int(f.Fd())) {
		pr.p = mpb.New(mpb.WithOutput(f), mpb.WithWidth(40), mpb.WithRefreshRate(100*time.Millisecond))
	}
	return pr
}

// writer is where logs go, so that they do not tear the bars.
func (pr *progress) writer() io.Writer {
	if pr.p != nil {
		return pr.p
	}
	return pr.out
}

// step shows that done of total units of a stage are finished; an unknown total is 0.
func (pr *progress) step(what string, done, total int) {
	if pr.p == nil {
		return
	}
	pr.mu.Lock()
	defer pr.mu.Unlock()
	bar := pr.bars[what]
	if bar == nil {
		bar = pr.p.AddBar(int64(total), mpb.BarRemoveOnComplete(),
			mpb.PrependDecorators(decor.Name(what+" ", decor.WCSyncSpaceR)),
			mpb.AppendDecorators(decor.CountersNoUnit("%d/%d "), decor.AverageSpeed(0, "%.0f/s "), decor.AverageETA(decor.ET_STYLE_GO)))
		pr.bars[what] = bar
	}
	if total > 0 {
		bar.SetTotal(int64(total), false)
	}
	bar.SetCurrent(int64(done))
	if total > 0 && done >= total {
		bar.SetTotal(int64(total), true)
		delete(pr.bars, what)
	}
}

// stop removes what is still drawn.
func (pr *progress) stop() {
	if pr == nil || pr.p == nil {
		return
	}
	pr.mu.Lock()
	for _, b := range pr.bars {
		b.Abort(true)
	}
	pr.bars = map[string]*mpb.Bar{}
	pr.mu.Unlock()
	pr.p.Shutdown()
}
