package explore_test

import (
	"context"
	"encoding/binary"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"mindgap/probe"
	"mindgap/probe/explore"
	"mindgap/probe/report"
	"mindgap/probe/report/browser"
)

// BenchmarkInteraction serves 2×50,000 points to Chromium, which draws them in software, and reports how long it takes until all are there
// and how many frames a second it draws, of which share of the points, while every frame changes λ, the view, and λ with pairs as lines.
func BenchmarkInteraction(b *testing.B) {
	const n, d = 50000, 64
	file := filepath.Join(b.TempDir(), "clouds.npy")
	writeClouds(b, file, n, d)
	c := probe.Config{Embeddings: file, NoCache: true}
	start := time.Now()
	e, err := c.Explore(b.Context(), probe.ExploreOptions{Points: n, Sample: 1000, Report: probe.ReportOptions{Measure: probe.MeasureOptions{Seed: 1}}})
	if err != nil {
		b.Fatal(err)
	}
	computed := time.Since(start)
	page, err := report.Page(b.Context(), e.Record, report.Options{Served: true})
	if err != nil {
		b.Fatal(err)
	}
	l, err := explore.Listen(0)
	if err != nil {
		b.Fatal(err)
	}
	x, err := explore.New(e, page, l.Addr().(*net.TCPAddr).Port)
	if err != nil {
		b.Fatal(err)
	}
	ctx, cancel := context.WithCancel(b.Context())
	defer cancel()
	go func() { _ = explore.Serve(ctx, l, x, slog.New(slog.DiscardHandler)) }()
	chromium := browser.Start(b)
	for b.Loop() {
		start = time.Now()
		p := chromium.Open(b, "http://"+l.Addr().String()+"/", browser.Desktop)
		p.WaitFor(fmt.Sprintf(`document.documentElement.dataset.explorer === "ready" && mindgap.scene.images === %d && mindgap.scene.texts === %[1]d`, n))
		b.ReportMetric(time.Since(start).Seconds()*1e3, "ms/load")
		frames := func(name, prepare, each string) {
			var seen [2]float64
			p.Evaluate(fmt.Sprintf(`(async () => {
				const {cloud} = mindgap, frame = () => new Promise(requestAnimationFrame), {gl} = cloud.renderer, fences = [];
				%s; await frame(); await frame(); gl.finish();
				// A frame counts when the drawing is done, not when it was asked for: a fence is passed then. Two may be under way.
				const start = performance.now();
				let done = 0;
				for (let i = 0; performance.now() - start < 3000;) {
					if (fences.length < 2) { i++; %s; }
					await frame();
					if (fences.length < 2) { fences.push(gl.fenceSync(gl.SYNC_GPU_COMMANDS_COMPLETE, 0)); gl.flush(); }
					while (fences.length && gl.getSyncParameter(fences[0], gl.SYNC_STATUS) === gl.SIGNALED) { gl.deleteSync(fences.shift()); done++; }
				}
				return [1000 * done / (performance.now() - start), 1 / cloud.pace.every];
			})()`, prepare, each), &seen)
			b.ReportMetric(seen[0], name+"-frames/s")
			b.ReportMetric(100*seen[1], name+"-%points")
		}
		frames("λ", "", "mindgap.setLambda(Math.sin(i / 20))")
		frames("pan", "", "cloud.camera.pan(Math.sin(i / 5), 0); cloud.move()")
		frames("lines", "cloud.setPairs(true)", "mindgap.setLambda(Math.sin(i / 20))")
	}
	b.ReportMetric(computed.Seconds(), "s/compute")
	b.ReportMetric(float64(len(page)), "page-bytes")
}

// writeClouds writes two unit clouds apart from each other as one .npy of shape (2, n, d).
func writeClouds(b *testing.B, file string, n, d int) {
	b.Helper()
	header := fmt.Sprintf("{'descr': '<f4', 'fortran_order': False, 'shape': (2, %d, %d), }", n, d)
	header += fmt.Sprintf("%*s\n", 117-len(header), "")
	data := append([]byte("\x93NUMPY\x01\x00\x76\x00"), header...)
	rng := rand.New(rand.NewPCG(1, 0))
	rows := make([]float32, 2*n*d)
	for i := range n {
		for k := range d {
			shared := float32(rng.NormFloat64())
			rows[i*d+k] = shared + 0.3*float32(rng.NormFloat64())
			rows[(n+i)*d+k] = shared + 0.3*float32(rng.NormFloat64())
		}
		rows[i*d] += 5
		rows[(n+i)*d] -= 5
	}
	data, err := binary.Append(data, binary.LittleEndian, rows)
	if err != nil {
		b.Fatal(err)
	}
	if err := os.WriteFile(file, data, 0o644); err != nil {
		b.Fatal(err)
	}
}
