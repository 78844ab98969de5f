package datasetstest_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"iter"
	"strings"
	"testing"

	"mindgap/datasets"
	"mindgap/datasets/datasetstest"
	"mindgap/models/fault"
)

// set is a data set of one-pixel pictures that can be made wrong in each way that the suite looks for.
type set struct {
	n              int
	spoil, caption string
}

func (s *set) Info() datasets.Info {
	info := datasets.Info{Name: "set", Source: "memory", Classes: []string{"a", "b"}, Templates: []string{"{}"}, Len: s.n}
	sum := sha256.Sum256([]byte(fmt.Sprint(s.n, s.caption)))
	info.Fingerprint = hex.EncodeToString(sum[:])
	switch s.spoil {
	case "length":
		info.Len++
	case "fingerprint":
		info.Fingerprint = "x"
	case "target":
		info.Target = "t"
	case "template":
		info.Templates = []string{"x"}
	}
	return info
}

func (s *set) Close() error { return nil }

func (s *set) Items(ctx context.Context) iter.Seq2[datasets.Item, error] {
	return func(yield func(datasets.Item, error) bool) {
		scrap := make([]byte, 3)
		for i := range s.n {
			if err := ctx.Err(); err != nil && s.spoil != "deaf" {
				yield(datasets.Item{}, err)
				return
			}
			rgb := []byte{byte(i), 1, 2}
			if s.spoil == "reused" {
				rgb = append(scrap[:0], rgb...) // the same pixels for every item
			}
			it := datasets.Item{ID: fmt.Sprint(i), Label: i % 2, Captions: []string{"a", "b", "c"}, Image: datasets.Image{Name: "pixel", Pixels: &datasets.Pixels{Width: 1, Height: 1, RGB: rgb}}}
			switch s.caption {
			case datasets.CaptionFirst:
				it.Captions = it.Captions[:1]
			case datasets.CaptionLast:
				it.Captions = it.Captions[2:]
			}
			switch s.spoil {
			case "id":
				it.ID = "same"
			case "labels":
				it.Label, it.Labels = datasets.NoLabel, []int{1, 1}
			case "label":
				it.Label = 2
			case "pixels":
				it.Image.Pixels.Height = 2
			case "picture":
				it.Image.Pixels = nil
			case "bytes":
				it.Image = datasets.Image{Name: "x", Read: func(*[]byte) ([]byte, error) { return []byte("no picture"), nil }}
			}
			if !yield(it, nil) {
				return
			}
		}
	}
}

// TestCheck: the suite passes a right set and finds each wrong one out, in the part where the wrong lies.
func TestCheck(t *testing.T) {
	h := sha256.New()
	for i := range 4 {
		fmt.Fprintf(h, "%d\t%d\ta\x1fb\x1fc\t1\t1\t%x\n", i, i%2, sha256.Sum256([]byte{byte(i), 1, 2}))
	}
	want := datasetstest.Golden{Len: 4, Classes: []string{"a", "b"}, Templates: []string{"{}"}, Digest: hex.EncodeToString(h.Sum(nil))}
	for spoil, part := range map[string]string{
		"": "", "length": "info", "fingerprint": "info", "target": "info", "template": "info", "id": "items", "label": "items", "pixels": "items",
		"picture": "items", "bytes": "items", "deaf": "cancel", "reused": "items", "limit": "limit", "options": "options", "other order": "again",
		"caption": "caption", "any caption": "caption", "labels": "items",
	} {
		opened := 0
		open := func(ctx context.Context, o datasets.Options) (datasets.Dataset, error) {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			if o.Limit < 0 || (o.Split+o.Target != "" && spoil != "options") {
				return nil, &fault.Error{Kind: fault.Usage, Op: "open"}
			}
			if o.Caption == "no-such-caption" && spoil != "any caption" {
				return nil, &fault.Error{Kind: fault.Usage, Op: "open"}
			}
			s := &set{n: 4, spoil: spoil, caption: o.Caption}
			if s.caption == datasets.CaptionAll || spoil == "caption" {
				s.caption = ""
			}
			if o.Limit > 0 && spoil != "limit" {
				s.n = min(4, o.Limit)
			}
			if opened++; spoil == "other order" && opened > 1 {
				s.spoil = "id"
			}
			return s, nil
		}
		err := errors.Join(datasetstest.Check(open, datasets.Options{}, want)...)
		if part == "" && err != nil || part != "" && (err == nil || !strings.Contains("\n"+err.Error(), "\n"+part+": ")) {
			t.Errorf("spoilt %q: %v, want the fault in %q", spoil, err, part)
		}
	}
}
