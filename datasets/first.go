package datasets

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"iter"

	"mindgap/models/fault"
)

// limited is the first n items of a data set.
type limited struct {
	Dataset
	n int
}

// First returns the data set of the first n items of d, or d itself where that is all of it or n is 0, as in Options.Limit. A limited set
// has a fingerprint of its own.
func First(d Dataset, n int) Dataset {
	if n == 0 || n >= d.Info().Len {
		return d
	}
	return limited{d, n}
}

func (l limited) Info() Info {
	info := l.Dataset.Info()
	info.Len = l.n
	info.Fingerprint = fingerprint("limit", fmt.Sprint(l.n), info.Fingerprint)
	return info
}

func (l limited) Items(ctx context.Context) iter.Seq2[Item, error] {
	return func(yield func(Item, error) bool) {
		left := l.n
		for it, err := range l.Dataset.Items(ctx) {
			left--
			// Stopping after the last item, not before the next one, spares the reading of an item that nobody sees.
			if !yield(it, err) || left == 0 {
				return
			}
		}
	}
}

func checkLimit(set string, n int) error {
	if n >= 0 {
		return nil
	}
	return &fault.Error{Kind: fault.Usage, Op: "open data set", Thing: set, Found: fmt.Sprintf("limit %d", n), Wanted: "a number of items, or 0 for all"}
}

// fingerprint is the SHA-256 of its parts, each preceded by its length so that no two lists of parts read alike.
func fingerprint(parts ...string) string {
	h := sha256.New()
	for _, p := range parts {
		fmt.Fprintf(h, "%d:", len(p))
		io.WriteString(h, p)
	}
	return hex.EncodeToString(h.Sum(nil))
}
