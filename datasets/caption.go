package datasets

import (
	"context"
	"iter"
)

// The values of Options.Caption. Liang et al. keep the last caption of an image for Fig. 1 and Table 1, and the first for Fig. 2.
const (
	CaptionAll   = "all"
	CaptionFirst = "first"
	CaptionLast  = "last"
)

var captionChoices = []string{CaptionAll, CaptionFirst, CaptionLast}

// captioned is a data set whose items keep one caption each.
type captioned struct {
	Dataset
	which string
}

// WithCaption returns the data set that keeps one caption of each item of d, as Options.Caption says, or d itself where which says all. A
// set of one caption each has a fingerprint of its own. It returns a fault of the command line if which is no such choice.
func WithCaption(d Dataset, which string) (Dataset, error) {
	which, err := choose(d.Info().Name, "caption", which, captionChoices)
	if err != nil || which == CaptionAll {
		return d, err
	}
	return captioned{d, which}, nil
}

func (c captioned) Info() Info {
	info := c.Dataset.Info()
	info.Fingerprint = fingerprint("caption", c.which, info.Fingerprint)
	return info
}

func (c captioned) Items(ctx context.Context) iter.Seq2[Item, error] {
	return func(yield func(Item, error) bool) {
		for it, err := range c.Dataset.Items(ctx) {
			if n := len(it.Captions); n > 1 {
				at := 0
				if c.which == CaptionLast {
					at = n - 1
				}
				it.Captions = it.Captions[at : at+1 : at+1]
			}
			if !yield(it, err) {
				return
			}
		}
	}
}
