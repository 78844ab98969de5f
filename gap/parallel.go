package gap

import (
	"context"
	"runtime"

	"golang.org/x/sync/errgroup"
)

// parallel calls do(0) … do(tasks−1) on all processors and returns the first error, or ctx's if it ends first.
//
// Tasks never share an accumulator: each writes its own part, and the caller adds the parts in the order of tasks. Results are therefore
// the same to the last bit on one processor and on sixty-four.
func parallel(ctx context.Context, tasks int, do func(task int) error) error {
	g, inner := errgroup.WithContext(ctx)
	g.SetLimit(max(1, runtime.GOMAXPROCS(0)))
	for task := range tasks {
		if inner.Err() != nil {
			break
		}
		g.Go(func() error {
			if err := inner.Err(); err != nil {
				return err
			}
			return do(task)
		})
	}
	if err := g.Wait(); err != nil {
		return err
	}
	return ctx.Err()
}

// blocks is the number of blocks of size rows that cover n rows.
func blocks(n, size int) int { return (n + size - 1) / size }
