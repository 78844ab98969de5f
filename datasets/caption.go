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

// withCaption keeps one caption of each item of d, or returns d itself where which says all. The set has a fingerprint of its own.
func withCaption(d Dataset, which string) Dataset {
	if which == "" || which == CaptionAll {
		return d
	}
	return captioned{d, which}
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
