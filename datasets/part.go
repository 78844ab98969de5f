package datasets

import (
	"context"
	"fmt"
	"iter"
)

// part is items lo to hi (excluded) of a data set.
type part struct {
	Dataset
	lo, hi int
	name   string
}

// Part returns the i-th (from 0) of n consecutive parts of d, which differ in length by at most one item and together are d: for several
// machines that share the work. A part has a fingerprint of its own. It panics unless 0 ≤ i < n.
func Part(d Dataset, i, n int) Dataset {
	if i < 0 || i >= n {
		panic("datasets: no such part")
	}
	total := d.Info().Len
	return part{d, total * i / n, total * (i + 1) / n, fmt.Sprintf("%d/%d", i, n)}
}

func (p part) Info() Info {
	info := p.Dataset.Info()
	info.Len = p.hi - p.lo
	info.Fingerprint = fingerprint("part", p.name, info.Fingerprint)
	return info
}

func (p part) Items(ctx context.Context) iter.Seq2[Item, error] {
	return func(yield func(Item, error) bool) {
		if p.lo == p.hi {
			return
		}
		at := 0
		for it, err := range p.Dataset.Items(ctx) {
			if at++; err == nil && at <= p.lo {
				continue
			}
			if !yield(it, err) || at == p.hi {
				return
			}
		}
	}
}
