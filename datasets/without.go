package datasets

import (
	"context"
	"iter"
	"maps"
	"slices"
)

// without is a data set less some items.
type without struct {
	Dataset
	ids map[string]bool
}

// Without returns d without the items of these ids, which must be d's. It has a fingerprint of its own.
func Without(d Dataset, ids ...string) Dataset {
	w := without{d, make(map[string]bool, len(ids))}
	for _, id := range ids {
		w.ids[id] = true
	}
	return w
}

func (w without) Info() Info {
	info := w.Dataset.Info()
	info.Len -= len(w.ids)
	info.Fingerprint = fingerprint(append([]string{"without", info.Fingerprint}, slices.Sorted(maps.Keys(w.ids))...)...)
	return info
}

func (w without) Items(ctx context.Context) iter.Seq2[Item, error] {
	return func(yield func(Item, error) bool) {
		for it, err := range w.Dataset.Items(ctx) {
			if err == nil && w.ids[it.ID] {
				continue
			}
			if !yield(it, err) {
				return
			}
		}
	}
}
