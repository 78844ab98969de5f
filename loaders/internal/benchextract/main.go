// Benchextract measures what reading costs an extraction, in one run:
//
//   - bare: the tower of an untrained ViT-B/32 on ready tensors, the most that any pipeline can reach;
//   - pipeline: loaders.EmbedImages from JPEG files of about 500×375, or loaders.EmbedTexts from captions, at the same threads and batch;
//   - open_clip on PyTorch with its DataLoader, the same architecture on the same files, if -python names an interpreter that has both.
//
// Bare and pipeline take turns, so that other work on the machine meets both; the median of the rounds' ratios is what counts. Peak memory
// (VmHWM, Linux) is measured in processes of their own. It judges nothing: a busy machine gives other numbers.
//
// Usage, from the root of the repository: make bench-extract [PYTHON=path/to/python]
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"mindgap/loaders"
	"mindgap/models"
)

const model = "random:ViT-B-32?seed=1"

type settings struct {
	images, captions    int
	rounds              int
	threads, batch      int
	photographs, script string
	python              string
	child, dir          string // set in processes that measure memory
}

func main() {
	var s settings
	flag.IntVar(&s.images, "images", 1000, "JPEG files; 0: none")
	flag.IntVar(&s.captions, "captions", 5000, "captions; 0: none")
	flag.IntVar(&s.rounds, "rounds", 3, "times that bare and pipeline take turns")
	flag.IntVar(&s.threads, "threads", 0, "threads of the session, 0: one a core")
	flag.IntVar(&s.batch, "batch", loaders.DefaultBatch, "examples a run")
	flag.StringVar(&s.photographs, "photographs", "loaders/preprocess/testdata/images", "photographs to cut the JPEG files from")
	flag.StringVar(&s.script, "script", "loaders/testdata/bench/extract.py", "the twin in Python")
	flag.StringVar(&s.python, "python", "", "interpreter with torch and open_clip; empty: no comparison")
	flag.StringVar(&s.child, "child", "", "internal: bare or pipeline, and print the peak of memory")
	flag.StringVar(&s.dir, "dir", "", "internal: where the files lie")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := s.run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "benchextract:", err)
		stop()
		os.Exit(1)
	}
}

func (s *settings) run(ctx context.Context) (err error) {
	if s.child != "" {
		return s.peak(ctx)
	}
	if s.dir, err = os.MkdirTemp("", "mindgap-bench-"); err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(s.dir) }() // files of this run alone
	if err := makePictures(s.dir, s.photographs, s.images); err != nil {
		return err
	}
	if err := makeCaptions(s.dir, s.captions); err != nil {
		return err
	}
	fmt.Printf("%d cores, %s, GOMAXPROCS %d, batch %d, %s\n", runtime.NumCPU(), runtime.Version(), runtime.GOMAXPROCS(0), s.batch, model)
	if err := s.speed(ctx); err != nil {
		return err
	}
	if s.python != "" {
		if err := s.twin(ctx); err != nil {
			return err
		}
	}
	return s.memory(ctx)
}

// A race is two ways to embed n examples.
type race struct {
	what           string
	n              int
	bare, pipeline func() error
}

// open starts the towers and returns what there is to measure.
func (s *settings) open(ctx context.Context) ([]race, func() error, error) {
	cp, err := models.Open(ctx, model)
	if err != nil {
		return nil, nil, err
	}
	t, err := loaders.Open(ctx, cp, loaders.Options{Threads: s.threads, Batch: s.batch})
	if err != nil {
		return nil, nil, err
	}
	var races []race
	if s.images > 0 {
		pipeline, err := pipelineImages(ctx, t, s.dir, s.images)
		if err != nil {
			return nil, t.Close, err
		}
		races = append(races, race{"images", s.images, bareImages(ctx, t, s.images), pipeline})
	}
	if s.captions > 0 {
		texts, err := readCaptions(s.dir)
		if err != nil {
			return nil, t.Close, err
		}
		races = append(races, race{"captions", len(texts), bareTexts(ctx, t, texts), pipelineTexts(ctx, t, texts)})
	}
	return races, t.Close, nil
}

func (s *settings) speed(ctx context.Context) (err error) {
	races, done, err := s.open(ctx)
	if err != nil {
		return err
	}
	for _, r := range races {
		var ratios, bares, pipes []float64
		for range s.rounds {
			bare, bareWork, err := perSecond(r.n, r.bare)
			if err != nil {
				return err
			}
			pipe, pipeWork, err := perSecond(r.n, r.pipeline)
			if err != nil {
				return err
			}
			fmt.Printf("%-8s bare %7.1f/s   pipeline %7.1f/s   ratio %.3f   (processor time each: %.2f and %.2f ms)\n", r.what, bare, pipe, pipe/bare, bareWork, pipeWork)
			bares, pipes, ratios = append(bares, bare), append(pipes, pipe), append(ratios, pipe/bare)
		}
		fmt.Printf("%-8s bare %7.1f/s   pipeline %7.1f/s   ratio %.3f   (medians of %d rounds)\n", r.what, median(bares), median(pipes), median(ratios), s.rounds)
	}
	return done()
}

// perSecond returns how many of n examples f does a second, and the milliseconds of processor time that one takes, which other programs on
// the machine disturb less.
func perSecond(n int, f func() error) (speed, work float64, err error) {
	start, cpu := time.Now(), processorTime()
	err = f()
	return float64(n) / time.Since(start).Seconds(), 1000 * (processorTime() - cpu).Seconds() / float64(n), err
}

func median(v []float64) float64 {
	v = slices.Sorted(slices.Values(v))
	return (v[len(v)/2] + v[(len(v)-1)/2]) / 2
}

// twin runs the same files through open_clip on PyTorch.
func (s *settings) twin(ctx context.Context) error {
	threads := s.threads
	if threads <= 0 {
		threads = runtime.NumCPU()
	}
	cmd := exec.CommandContext(ctx, s.python, s.script, "--dir", s.dir, "--images", strconv.Itoa(s.images), "--captions", strconv.Itoa(s.captions),
		"--threads", strconv.Itoa(threads), "--batch", strconv.Itoa(s.batch), "--rounds", strconv.Itoa(s.rounds))
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	return cmd.Run()
}

// memory measures peaks in processes of their own: bare, and the pipeline over a quarter of the examples and over all.
func (s *settings) memory(ctx context.Context) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	for _, c := range []struct {
		what             string
		mode             string
		images, captions int
	}{
		{"images", "bare", s.images / 4, 0}, {"images", "pipeline", s.images / 4, 0}, {"images", "pipeline", s.images, 0},
		{"captions", "bare", 0, s.captions / 4}, {"captions", "pipeline", 0, s.captions / 4}, {"captions", "pipeline", 0, s.captions},
	} {
		if c.images+c.captions == 0 {
			continue
		}
		cmd := exec.CommandContext(ctx, self, "-child", c.mode, "-dir", s.dir, "-images", strconv.Itoa(c.images), "-captions", strconv.Itoa(c.captions),
			"-threads", strconv.Itoa(s.threads), "-batch", strconv.Itoa(s.batch))
		cmd.Stderr = os.Stderr
		out, err := cmd.Output()
		if err != nil {
			return fmt.Errorf("measure the memory of %s: %w", c.mode, err)
		}
		fmt.Printf("%-8s %-8s %5d: peak %s\n", c.what, c.mode, c.images+c.captions, strings.TrimSpace(string(out)))
	}
	return nil
}

// peak runs one way once and prints the peak of this process.
func (s *settings) peak(ctx context.Context) error {
	races, done, err := s.open(ctx)
	if err != nil {
		return err
	}
	for _, r := range races {
		run := r.bare
		if s.child == "pipeline" {
			run = r.pipeline
		}
		if err := run(); err != nil {
			return err
		}
	}
	if err := done(); err != nil {
		return err
	}
	status, err := os.ReadFile(filepath.FromSlash("/proc/self/status"))
	if err != nil {
		fmt.Println("unknown: there is no /proc")
		return nil
	}
	for line := range strings.Lines(string(status)) {
		if kb, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			n, err := strconv.Atoi(strings.TrimSuffix(strings.TrimSpace(kb), " kB"))
			if err != nil {
				return err
			}
			fmt.Printf("%d MB\n", n/1024)
		}
	}
	return nil
}
