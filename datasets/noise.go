package datasets

import (
	"context"
	"encoding/binary"
	"fmt"
	"iter"
	"math"
	"strconv"
	"strings"
	"sync"

	"mindgap/models/fault"
)

func init() {
	Register(Format{
		Name:  "noise",
		Help:  "pictures and texts of pure chance, 500 or as many as noise:N says: 8-bit noise, and words of random letters",
		Names: []string{"noise"},
		Claims: func(ref, _ string) (string, bool) {
			n, ok := strings.CutPrefix(ref, noisePrefix)
			return n, ok
		},
		Open: openNoise,
	})
}

const (
	noisePrefix = "noise:"
	noiseLen    = 500
	noiseMost   = 10_000_000
	noiseSide   = 224
	noiseWords  = 75 // one or more tokens each: as many as CLIP's context takes
)

// noise is a set of random pictures and texts, the same in every run.
//
// A pixel is drawn so that CLIP's normalisation makes it standard normal, N(0, 1), but for what eight bits cut off: the tails below −1.8 and
// above 2.1, and steps of 1/70. A data set holds text, not token ids, so its captions are words of random letters. The noise of Liang et
// al., real numbers after preprocessing and token ids uniform over the vocabulary, depends on the model and is what probe.NoiseCones feeds.
type noise struct{ info Info }

func openNoise(ctx context.Context, name, count string, o Options) (Dataset, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	for _, c := range []struct{ what, asked string }{{"split", o.Split}, {"target", o.Target}} {
		if _, err := choose(name, c.what, c.asked, nil); err != nil {
			return nil, err
		}
	}
	n := noiseLen
	if count != "" || strings.HasPrefix(name, noisePrefix) {
		var err error
		if n, err = strconv.Atoi(count); err != nil || n < 1 || n > noiseMost {
			return nil, &fault.Error{Kind: fault.Usage, Op: "open data set", Thing: strconv.Quote(name), Found: quoteShort(count), Wanted: fmt.Sprintf("a number of pictures from 1 to %d", noiseMost)}
		}
	}
	return noise{Info{Name: name, Len: n, Source: "drawn by mindgap", Fingerprint: fingerprint("noise", "1", strconv.Itoa(n))}}, nil
}

func (d noise) Info() Info   { return d.info }
func (d noise) Close() error { return nil }

func (d noise) Items(ctx context.Context) iter.Seq2[Item, error] {
	return func(yield func(Item, error) bool) {
		for i := range d.info.Len {
			if err := ctx.Err(); err != nil {
				yield(Item{}, err)
				return
			}
			it := Item{ID: itemID("noise", i), Label: NoLabel, Captions: []string{noiseText(i)}, Image: Image{
				Name: "noise " + strconv.Itoa(i),
				Read: func(*[]byte) ([]byte, error) { return noisePicture(i), nil },
			}}
			if !yield(it, nil) {
				return
			}
		}
	}
}

// splitMix is the SplitMix64 generator of Steele, Lea and Flood (2014): small, and the same in every language.
type splitMix uint64

func (s *splitMix) next() uint64 {
	*s += 0x9e3779b97f4a7c15
	z := uint64(*s)
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// noiseLevels are, for each channel, the levels that 65,536 equally likely quantiles of the normal distribution fall on:
// round(255·(mean + std·Φ⁻¹(p))), within 0 … 255, with CLIP's mean and std.
var noiseLevels = sync.OnceValue(func() *[3][1 << 16]uint8 {
	var t [3][1 << 16]uint8
	for c, norm := range [3]struct{ mean, std float64 }{{0.48145466, 0.26862954}, {0.4578275, 0.26130258}, {0.40821073, 0.27577711}} {
		for i := range t[c] {
			p := (float64(i) + 0.5) / (1 << 16)
			z := math.Sqrt2 * math.Erfinv(2*p-1)
			t[c][i] = uint8(min(max(math.Round(255*(norm.mean+norm.std*z)), 0), 255))
		}
	}
	return &t
})

// noisePicture draws picture i, from its top row down, as an uncompressed BMP, whose rows begin at the bottom and whose channels are
// blue, green, red.
func noisePicture(i int) []byte {
	const header, row = 54, 3 * noiseSide // a multiple of four, so that rows need no filling
	levels := noiseLevels()
	b := make([]byte, 0, header+noiseSide*row)
	b = append(b, "BM"...)
	le := binary.LittleEndian
	for _, v := range []uint32{header + noiseSide*row, 0, header, 40, noiseSide, noiseSide, 1 | 24<<16, 0, noiseSide * row, 3780, 3780, 0, 0} { // 96 dots an inch
		b = le.AppendUint32(b, v)
	}
	b = b[:cap(b)]
	rng := splitMix(uint64(i) << 32)
	for y := range noiseSide {
		at := header + (noiseSide-1-y)*row
		// Three numbers of 64 bits make four pixels of three channels, 16 bits each.
		for p := b[at : at+row]; len(p) >= 12; p = p[12:] {
			var u [12]uint16
			for k := 0; k < 12; k += 4 {
				r := rng.next()
				u[k], u[k+1], u[k+2], u[k+3] = uint16(r), uint16(r>>16), uint16(r>>32), uint16(r>>48)
			}
			for k := 0; k < 12; k += 3 {
				p[k], p[k+1], p[k+2] = levels[2][u[k+2]], levels[1][u[k+1]], levels[0][u[k]]
			}
		}
	}
	return b
}

// noiseText draws text i: words of one to four letters.
func noiseText(i int) string {
	rng := splitMix(uint64(i)<<32 | 1<<31)
	var b strings.Builder
	for w := range noiseWords {
		if w > 0 {
			b.WriteByte(' ')
		}
		r := rng.next()
		for range 1 + r>>62 {
			b.WriteByte('a' + byte(r%26))
			r /= 26
		}
	}
	return b.String()
}
