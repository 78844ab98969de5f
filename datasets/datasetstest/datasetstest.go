// Package datasetstest is the conformance suite that every data set format passes: order, identity, labels, pictures, cancellation and
// limits. A format's own test need only say which fixture it is opened on and what an independent program found there.
package datasetstest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	_ "image/gif" // decoders of the pictures that data sets hold
	_ "image/jpeg"
	_ "image/png"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	_ "golang.org/x/image/bmp"
	_ "golang.org/x/image/tiff"
	_ "golang.org/x/image/webp"

	"mindgap/datasets"
	"mindgap/models/fault"
)

// A Golden is what an independent program found in a fixture.
type Golden struct {
	Len       int      `json:"len"`
	Classes   []string `json:"classes"`
	Templates []string `json:"templates"`
	// Digest is the SHA-256 over one line for each item: id, label (several of a multi-label set joined by commas), captions (joined by U+001F), width, height and the SHA-256 of the
	// encoded file or of the interleaved RGB pixels, separated by tabs, ended by a newline.
	Digest string `json:"digest"`
	First  []Line `json:"first"` // the first lines themselves, to see by where a digest differs
}

// A Line is an item's line under Digest.
type Line string

// ReadGoldens reads a file that holds goldens by name.
func ReadGoldens(t testing.TB, file string) map[string]Golden {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var goldens map[string]Golden
	if err := json.Unmarshal(b, &goldens); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	return goldens
}

// Run runs the suite on the data set that ref and o open.
func Run(t *testing.T, ref string, o datasets.Options, want Golden) {
	t.Helper()
	for _, err := range Check(func(ctx context.Context, o datasets.Options) (datasets.Dataset, error) {
		return datasets.Open(ctx, ref, o)
	}, o, want) {
		t.Error(err)
	}
}

// An Opener opens the data set under test.
type Opener func(ctx context.Context, o datasets.Options) (datasets.Dataset, error)

// Check is the suite itself: it returns what it finds wrong.
func Check(open Opener, o datasets.Options, want Golden) (wrong []error) {
	ctx := context.Background()
	d, err := open(ctx, o)
	if err != nil {
		return []error{fmt.Errorf("open: %w", err)}
	}
	for _, part := range []struct {
		name  string
		check func() error
	}{
		{"info", func() error { return checkInfo(d.Info(), want) }},
		{"items", func() error { return checkItems(ctx, d, want) }},
		{"again", func() error { return checkAgain(ctx, d, open, o) }},
		{"together", func() error { return checkTogether(ctx, d) }},
		{"cancel", func() error { return checkCancel(ctx, d, open, o) }},
		{"limit", func() error { return checkLimit(ctx, d, open, o) }},
		{"caption", func() error { return checkCaption(ctx, d, open, o) }},
		{"options", func() error { return checkOptions(ctx, open, o) }},
		{"close", d.Close},
	} {
		if err := part.check(); err != nil {
			wrong = append(wrong, fmt.Errorf("%s: %w", part.name, err))
		}
	}
	return wrong
}

var hexDigest = regexp.MustCompile("^[0-9a-f]{64}$")

func checkInfo(info datasets.Info, want Golden) error {
	switch {
	case info.Name == "" || info.Source == "":
		return fmt.Errorf("no name or no source: %+v", info)
	case !hexDigest.MatchString(info.Fingerprint):
		return fmt.Errorf("fingerprint %q is no SHA-256", info.Fingerprint)
	case info.Target != "" && !slices.Contains(info.Targets, info.Target):
		return fmt.Errorf("target %q is not among %q", info.Target, info.Targets)
	case info.Len != want.Len:
		return fmt.Errorf("length %d, want %d", info.Len, want.Len)
	case !slices.Equal(info.Classes, want.Classes):
		return fmt.Errorf("classes %q, want %q", info.Classes, want.Classes)
	case !slices.Equal(info.Templates, want.Templates):
		return fmt.Errorf("templates %q, want %q", info.Templates, want.Templates)
	}
	for _, t := range info.Templates {
		if !strings.Contains(t, "{}") {
			return fmt.Errorf("template %q has no {}", t)
		}
	}
	return nil
}

func checkItems(ctx context.Context, d datasets.Dataset, want Golden) error {
	items, err := collect(ctx, d)
	if err != nil {
		return err
	}
	if n := d.Info().Len; len(items) != n {
		return fmt.Errorf("%d items, but the length is %d", len(items), n)
	}
	seen := map[string]bool{}
	h := sha256.New()
	for i, it := range items {
		if it.ID == "" || seen[it.ID] {
			return fmt.Errorf("item %d: id %q is empty or repeats", i, it.ID)
		}
		seen[it.ID] = true
		if it.Label != datasets.NoLabel && (it.Label < 0 || it.Label >= len(d.Info().Classes)) {
			return fmt.Errorf("%s: label %d is outside the %d classes", it.ID, it.Label, len(d.Info().Classes))
		}
		for k, l := range it.Labels {
			if it.Label != datasets.NoLabel || l < 0 || l >= len(d.Info().Classes) || k > 0 && l <= it.Labels[k-1] {
				return fmt.Errorf("%s: labels %d beside label %d, of %d classes", it.ID, it.Labels, it.Label, len(d.Info().Classes))
			}
		}
		line, err := lineOf(it)
		if err != nil {
			return err
		}
		if i < len(want.First) && line != want.First[i] {
			return fmt.Errorf("item %d:\n got %q\nwant %q", i, line, want.First[i])
		}
		fmt.Fprintf(h, "%s\n", line)
	}
	if got := hex.EncodeToString(h.Sum(nil)); got != want.Digest {
		return fmt.Errorf("digest of the items %s, want %s", got, want.Digest)
	}
	return nil
}

// lineOf writes an item as Golden's digest wants it; it returns an error if the picture cannot be decoded.
func lineOf(it datasets.Item) (Line, error) {
	if (it.Image.Read == nil) == (it.Image.Pixels == nil) {
		return "", fmt.Errorf("%s: an image is bytes or pixels", it.ID)
	}
	if it.Image.Name == "" {
		return "", fmt.Errorf("%s: the image has no name", it.ID)
	}
	var content []byte
	var width, height int
	if p := it.Image.Pixels; p != nil {
		content, width, height = p.RGB, p.Width, p.Height
		if len(content) != 3*width*height {
			return "", fmt.Errorf("%s: %d values for %d×%d pixels", it.ID, len(content), width, height)
		}
	} else {
		b, err := it.Image.Bytes()
		if err != nil {
			return "", fmt.Errorf("%s: %w", it.ID, err)
		}
		content = b
		if width, height, err = size(b); err != nil {
			return "", fmt.Errorf("%s: %w", it.ID, err)
		}
	}
	sum := sha256.Sum256(content)
	label := strconv.Itoa(it.Label)
	if len(it.Labels) > 0 {
		label = strings.Trim(strings.ReplaceAll(fmt.Sprint(it.Labels), " ", ","), "[]")
	}
	return Line(fmt.Sprintf("%s\t%s\t%s\t%d\t%d\t%x", it.ID, label, strings.Join(it.Captions, "\x1f"), width, height, sum)), nil
}

// size decodes a picture as far as its size.
func size(b []byte) (width, height int, err error) {
	if bytes.HasPrefix(b, []byte("P5")) || bytes.HasPrefix(b, []byte("P6")) { // PPM and PGM
		_, err := fmt.Sscan(string(b[2:min(len(b), 64)]), &width, &height)
		return width, height, err
	}
	c, _, err := image.DecodeConfig(bytes.NewReader(b))
	return c.Width, c.Height, err
}

func collect(ctx context.Context, d datasets.Dataset) ([]datasets.Item, error) {
	var items []datasets.Item
	for it, err := range d.Items(ctx) {
		if err != nil {
			return items, err
		}
		items = append(items, it)
	}
	return items, nil
}

func lines(ctx context.Context, d datasets.Dataset) ([]Line, error) {
	items, err := collect(ctx, d)
	if err != nil {
		return nil, err
	}
	out := make([]Line, len(items))
	for i, it := range items { // after the last item, so that one that does not outlive the next is found
		if out[i], err = lineOf(it); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// checkAgain holds a second pass and a second opening against the first.
func checkAgain(ctx context.Context, d datasets.Dataset, open Opener, o datasets.Options) error {
	e, err := open(ctx, o)
	if err != nil {
		return err
	}
	defer e.Close()
	if a, b := d.Info().Fingerprint, e.Info().Fingerprint; a != b {
		return fmt.Errorf("fingerprint %s, opened again %s", a, b)
	}
	first, err := lines(ctx, d)
	if err != nil {
		return err
	}
	for _, d := range []datasets.Dataset{d, e} {
		for range d.Items(ctx) {
			break // stopping early must do no harm
		}
		again, err := lines(ctx, d)
		if err != nil {
			return err
		}
		if !slices.Equal(first, again) {
			return errors.New("the items differ from those of the first pass")
		}
	}
	return nil
}

// checkTogether iterates in two goroutines at once.
func checkTogether(ctx context.Context, d datasets.Dataset) error {
	var all [2][]Line
	var errs [2]error
	var wg sync.WaitGroup
	for i := range all {
		wg.Go(func() { all[i], errs[i] = lines(ctx, d) })
	}
	wg.Wait()
	if err := errors.Join(errs[:]...); err != nil {
		return err
	}
	if !slices.Equal(all[0], all[1]) {
		return errors.New("two passes at once differ")
	}
	return nil
}

func checkCancel(ctx context.Context, d datasets.Dataset, open Opener, o datasets.Options) error {
	gone, cancel := context.WithCancel(ctx)
	cancel()
	if _, err := open(gone, o); !errors.Is(err, context.Canceled) {
		return fmt.Errorf("opened after cancellation: error %v", err)
	}
	if items, err := collect(gone, d); len(items) != 0 || !errors.Is(err, context.Canceled) {
		return fmt.Errorf("cancelled before the first item: %d items and error %v", len(items), err)
	}
	if d.Info().Len < 2 {
		return errors.New("the fixture needs two items or more")
	}
	midway, cancel := context.WithCancel(ctx)
	defer cancel()
	var n int
	var last error
	for _, err := range d.Items(midway) {
		n, last = n+1, err
		cancel()
	}
	if n != 2 || !errors.Is(last, context.Canceled) {
		return fmt.Errorf("cancelled at the first item: %d steps, the last with error %v", n, last)
	}
	return nil
}

func checkLimit(ctx context.Context, d datasets.Dataset, open Opener, o datasets.Options) error {
	all, err := lines(ctx, d)
	if err != nil {
		return err
	}
	for _, n := range []int{1, len(all) - 1, len(all), len(all) + 1} {
		o.Limit = n
		e, err := open(ctx, o)
		if err != nil {
			return err
		}
		defer e.Close()
		some, err := lines(ctx, e)
		if err != nil {
			return err
		}
		if want := all[:min(n, len(all))]; !slices.Equal(some, want) || e.Info().Len != len(want) {
			return fmt.Errorf("limit %d: %d items of length %d, want the first %d", n, len(some), e.Info().Len, len(want))
		}
		if same := e.Info().Fingerprint == d.Info().Fingerprint; same != (n >= len(all)) {
			return fmt.Errorf("limit %d: the fingerprint is the same: %v", n, same)
		}
	}
	o.Limit = -1
	return wantFault(open(ctx, o))
}

// checkCaption keeps one caption of each item.
func checkCaption(ctx context.Context, d datasets.Dataset, open Opener, o datasets.Options) error {
	all, err := collect(ctx, d)
	if err != nil {
		return err
	}
	for _, which := range []string{datasets.CaptionFirst, datasets.CaptionLast, datasets.CaptionAll} {
		o.Caption = which
		e, err := open(ctx, o)
		if err != nil {
			return err
		}
		defer e.Close()
		some, err := collect(ctx, e)
		if err != nil {
			return err
		}
		for i, it := range all {
			want := it.Captions
			if n := len(want); n > 0 && which != datasets.CaptionAll {
				want = map[string][]string{datasets.CaptionFirst: want[:1], datasets.CaptionLast: want[n-1:]}[which]
			}
			if i >= len(some) || !slices.Equal(some[i].Captions, want) || some[i].ID != it.ID {
				return fmt.Errorf("%s: not its %s captions %q", it.ID, which, want)
			}
		}
		if same := e.Info().Fingerprint == d.Info().Fingerprint; same != (which == datasets.CaptionAll) {
			return fmt.Errorf("caption %s: the fingerprint is the same: %v", which, same)
		}
	}
	o.Caption = "no-such-caption"
	return wantFault(open(ctx, o))
}

// checkOptions asks for a split and a target that no set has.
func checkOptions(ctx context.Context, open Opener, o datasets.Options) error {
	split, target := o, o
	split.Split, target.Target = "no-such-split", "no-such-target"
	return errors.Join(wantFault(open(ctx, split)), wantFault(open(ctx, target)))
}

func wantFault(_ datasets.Dataset, err error) error {
	if kind, ok := fault.KindOf(err); !ok || kind != fault.Usage {
		return fmt.Errorf("error %v, want a fault of the command line", err)
	}
	return nil
}
