package main

import (
	"context"
	"fmt"
	"log"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"time"

	"mindgap/gap"
)

// trainRounds is how often either side is timed, in turn; the fastest counts, because others may share the machine.
const trainRounds = 3

// train times steps of contrastive training beside PyTorch's, by one thread and by all, in both shapes that a reader meets: the built-in
// data's, and a batch of CLIP's width.
func train(folder string) {
	for _, shape := range [][2]int{{1300, 64}, {512, 512}} {
		*n, *d = shape[0], shape[1]
		path := data(folder)
		for _, parameters := range []gap.Parameters{gap.FreeParameters, gap.HeadParameters} {
			for _, threads := range slices.Compact([]int{1, runtime.NumCPU()}) {
				if err := os.Setenv("GOMAXPROCS", strconv.Itoa(threads)); err != nil {
					log.Fatal(err)
				}
				mine, theirs := outcome{Seconds: math.Inf(1)}, outcome{Seconds: math.Inf(1)}
				for range trainRounds {
					if o := self("train-"+string(parameters), path); o.Seconds < mine.Seconds {
						mine = o
					}
					if o := run(*python, filepath.Join(scripts, "train.py"), path, strconv.Itoa(*n), strconv.Itoa(*d), string(parameters), strconv.Itoa(threads)); o.Seconds < theirs.Seconds {
						theirs = o
					}
				}
				fmt.Printf("train %s, %d pairs of width %d, %d threads: a step in %.2f ms, by PyTorch %.2f ms, %.1f times the time of Go; last losses differ by %.1g\n",
					parameters, *n, *d, threads, 1e3*mine.Seconds, 1e3*theirs.Seconds, theirs.Seconds/mine.Seconds, math.Abs(mine.Points[0][0]-theirs.Points[0][0]))
			}
		}
	}
}

// trainSteps is the number of steps that are timed; the median counts.
const trainSteps = 60

// trainWork is the Go side.
func trainWork(p gap.Pair, parameters gap.Parameters) (o outcome) {
	ctx := context.Background()
	t, err := gap.NewTrainer(ctx, p, gap.TrainOptions{Parameters: parameters, Start: gap.GapStart, Temperature: 0.05, Optimizer: gap.DefaultOptimizer(gap.Adam, 1e-3)})
	if err != nil {
		log.Fatal(err)
	}
	seconds := make([]float64, trainSteps)
	var loss float64
	for k := range seconds {
		start := time.Now()
		if loss, err = t.Step(ctx); err != nil {
			log.Fatal(err)
		}
		seconds[k] = time.Since(start).Seconds()
	}
	slices.Sort(seconds)
	return outcome{Seconds: seconds[len(seconds)/2], Points: [][]float64{{loss}}}
}
