package preprocess

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"

	"mindgap/models"
	"mindgap/models/fault"
)

// maxSide bounds the side of the square: far above any tower's, and low enough that sizes cannot overflow.
const maxSide = 1 << 14

// maxLine bounds the length of a resized line, and with it the memory and time that a picture of one pixel by millions can ask for: the
// coefficients of a line take up to 48 bytes a sample of the picture.
const maxLine = 1 << 28

// A Processor prepares pictures for one image tower. It may be used from several goroutines at once; each takes its working memory
// from a pool, so that in the steady state nothing is allocated.
type Processor struct {
	p      models.Preprocess
	filter filter
	level  [3][256]float32 // (x/255 − mean)/std by channel and value
	pool   sync.Pool       // of *worker
}

// A worker is the memory of one goroutine.
type worker struct {
	resampler
	kept   []uint8 // what the crop keeps, in the channels it was resized in
	pixels []uint8 // the square, RGB
}

// New returns a processor for the description p, or an error that says what is wrong with it.
func New(p models.Preprocess) (*Processor, error) {
	wrong := func(field string, found any, wanted string) error {
		return &fault.Error{Op: "read preprocessing", Thing: field, Found: fmt.Sprint(found), Wanted: wanted,
			Next: "correct the model's preprocessor_config.json"}
	}
	names := make([]string, 0, len(filters))
	for name := range filters {
		names = append(names, name)
	}
	slices.Sort(names)
	f, ok := filters[p.Interpolation]
	switch {
	case p.Size < 1 || p.Size > maxSide:
		return nil, wrong("size", p.Size, fmt.Sprintf("1 to %d pixels", maxSide))
	case p.Resize != "shortest" && p.Resize != "squash" && p.Resize != "none":
		return nil, wrong("resize", quote(p.Resize), `"shortest", "squash" or "none"`)
	case p.Resize == "shortest" && (p.ResizeTo < 1 || p.ResizeTo > maxSide):
		return nil, wrong("resize to", p.ResizeTo, fmt.Sprintf("1 to %d pixels", maxSide))
	case p.Pipeline != "hf" && p.Pipeline != "open_clip" && p.Pipeline != "immich":
		return nil, wrong("pipeline", quote(p.Pipeline), `"hf", "open_clip" or "immich"`)
	case !ok && p.Resize != "none":
		return nil, wrong("interpolation", quote(p.Interpolation), strings.Join(names, ", "))
	}
	r := &Processor{p: p, filter: f}
	for c := range 3 {
		mean, std := p.Mean[c], p.Std[c]
		if !finite(mean) || !finite(std) || std == 0 {
			return nil, wrong("mean and std", fmt.Sprintf("%v and %v", p.Mean, p.Std), "finite numbers, std other than 0")
		}
		for v := range 256 {
			// Each step is rounded to float32, in this order.
			x := float32(v) / 255
			x = float32(x - mean)
			r.level[c][v] = x / std
		}
	}
	r.pool.New = func() any { return new(worker) }
	return r, nil
}

func finite(x float32) bool { return !math.IsNaN(float64(x)) && !math.IsInf(float64(x), 0) }

func quote(s string) string { return fmt.Sprintf("%q", s) }

// Size returns the side of the square.
func (p *Processor) Size() int { return p.p.Size }

// Pixels returns what the tower is fed before mean and std: Size×Size×3 bytes, interleaved RGB, rows from the top.
func (p *Processor) Pixels(pic *Picture) ([]uint8, error) {
	dst := make([]uint8, 3*p.p.Size*p.p.Size)
	if err := p.PixelsTo(dst, pic); err != nil {
		return nil, err
	}
	return dst, nil
}

// PixelsTo is Pixels into dst. It panics unless len(dst) is 3·Size².
func (p *Processor) PixelsTo(dst []uint8, pic *Picture) error {
	p.checkLen(len(dst))
	w := p.pool.Get().(*worker)
	defer p.pool.Put(w)
	return p.pixels(w, dst, pic)
}

// Tensor writes what the tower is fed to dst: planar 3×Size×Size, (x/255 − mean)/std in float32. It panics unless len(dst) is 3·Size².
func (p *Processor) Tensor(dst []float32, pic *Picture) error {
	p.checkLen(len(dst))
	w := p.pool.Get().(*worker)
	defer p.pool.Put(w)
	w.pixels = grow(w.pixels, len(dst))
	if err := p.pixels(w, w.pixels, pic); err != nil {
		return err
	}
	n := len(dst) / 3
	r, g, b := dst[:n], dst[n:2*n], dst[2*n:3*n]
	src := w.pixels
	for i := range r {
		s := (*[3]uint8)(src[3*i:])
		r[i], g[i], b[i] = p.level[0][s[0]], p.level[1][s[1]], p.level[2][s[2]]
	}
	return nil
}

func (p *Processor) checkLen(n int) {
	if n != 3*p.p.Size*p.p.Size {
		panic(fmt.Sprintf("preprocess: destination of length %d for a square of side %d", n, p.p.Size))
	}
}

// pixels does the work.
func (p *Processor) pixels(w *worker, dst []uint8, pic *Picture) error {
	if err := pic.check(); err != nil {
		return err
	}
	size := p.p.Size
	x, y := p.spans(pic.Width, pic.Height)
	if !p.p.Crop && (x.resized != size || y.resized != size) {
		return &fault.Error{Op: opPrepare, Thing: pic.Name, Found: fmt.Sprintf("%d×%d pixels after resizing (%s)", x.resized, y.resized, p.p.Resize),
			Wanted: fmt.Sprintf("%d×%d", size, size), Next: "turn on the centre crop or squash the picture"}
	}
	if max(x.resized, y.resized) > maxLine || max(pic.Width, pic.Height) > maxLine/64 {
		return &fault.Error{Op: opPrepare, Thing: pic.Name, Found: fmt.Sprintf("%d×%d pixels", pic.Width, pic.Height),
			Wanted: "a picture less long and thin", Next: "leave the picture out"}
	}
	same := x.resized == pic.Width && y.resized == pic.Height
	f := p.filter
	how := p.handling(pic, same)
	if how.nearest {
		f = filters["nearest"]
	}
	w.x.plan(f, pic.Width, x.resized, x.first, x.n)
	w.y.plan(f, pic.Height, y.resized, y.first, y.n)
	if how.channels == 3 && how.toRGB == nil && x.n == size && y.n == size {
		w.run(dst, 3, how.source)
		return nil
	}
	w.kept = grow(w.kept, x.n*y.n*how.channels)
	w.run(w.kept, how.channels, how.source)
	if x.n < size || y.n < size {
		pad(dst, p.padding(pic))
	}
	for j := range y.n {
		how.store(dst[3*((y.at+j)*size+x.at):][:3*x.n], w.kept[j*x.n*how.channels:][:x.n*how.channels])
	}
	return nil
}

// padding returns the colour around a picture that is smaller than the square: zeros in whatever mode the pipeline pads in.
func (p *Processor) padding(pic *Picture) (rgb [3]uint8) {
	if p.p.Pipeline == "open_clip" {
		switch pic.Mode {
		case Palette:
			return [3]uint8(pic.palette[0][:3])
		case CMYK:
			return [3]uint8{255, 255, 255}
		}
	}
	return rgb
}

func pad(dst []uint8, rgb [3]uint8) {
	for i := 0; i < len(dst); i += 3 {
		dst[i], dst[i+1], dst[i+2] = rgb[0], rgb[1], rgb[2]
	}
}
