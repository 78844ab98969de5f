package preprocess

import (
	"bytes"
	"fmt"
	"image"
	"image/jpeg"
	"sync"

	"mindgap/models/fault"
)

// A Sprite is a picture of many small ones: square tiles on white, numbered row by row. A page that shows hundreds of thumbnails loads one.
type Sprite struct {
	tile, columns int
	image         *image.RGBA
	pool          sync.Pool // of *worker
}

// NewSprite returns a white sprite of count tiles of side tile, columns of them a row. It panics unless all are positive.
func NewSprite(tile, columns, count int) *Sprite {
	if tile < 1 || columns < 1 || count < 1 {
		panic("preprocess: a sprite without tiles")
	}
	s := &Sprite{tile: tile, columns: columns, image: image.NewRGBA(image.Rect(0, 0, tile*min(columns, count), tile*((count+columns-1)/columns)))}
	for i := range s.image.Pix {
		s.image.Pix[i] = 255
	}
	s.pool.New = func() any { return new(worker) }
	return s
}

// Draw fits the picture into tile i, which must still be white: whole, centred, its proportions kept, transparency on white. Different
// tiles may be drawn by several goroutines at once. It panics if there is no tile i.
func (s *Sprite) Draw(i int, pic *Picture) error {
	x0, y0 := i%s.columns*s.tile, i/s.columns*s.tile
	if i < 0 || y0 >= s.image.Rect.Dy() || x0 >= s.image.Rect.Dx() {
		panic("preprocess: no such tile")
	}
	if err := pic.check(); err != nil {
		return err
	}
	if max(pic.Width, pic.Height) > maxLine/64 {
		return &fault.Error{Op: "make thumbnail", Thing: pic.Name, Found: fmt.Sprintf("%d×%d pixels", pic.Width, pic.Height),
			Wanted: "a picture less long and thin", Next: "leave the picture out"}
	}
	w := s.pool.Get().(*worker)
	defer s.pool.Put(w)
	width, height := fitted(pic.Width, pic.Height, s.tile)
	w.x.plan(filters["bicubic"], pic.Width, width, 0, width)
	w.y.plan(filters["bicubic"], pic.Height, height, 0, height)
	w.kept = grow(w.kept, 3*width*height)
	w.run(w.kept, 3, rowSource{row: func(dst []uint8, y, x0, x1 int) []uint8 {
		rowOnWhite(dst[:3*(x1-x0)], pic, y, x0, x1)
		return dst[:3*(x1-x0)]
	}})
	x0, y0 = x0+(s.tile-width)/2, y0+(s.tile-height)/2
	for y := range height {
		out, in := s.image.Pix[s.image.PixOffset(x0, y0+y):][:4*width], w.kept[3*width*y:][:3*width]
		for x := range width {
			out[4*x], out[4*x+1], out[4*x+2] = in[3*x], in[3*x+1], in[3*x+2]
		}
	}
	return nil
}

// fitted returns the size of a w×h picture whose longer side becomes side, and the other at least 1.
func fitted(w, h, side int) (int, int) {
	long := max(w, h)
	return max(1, (w*side+long/2)/long), max(1, (h*side+long/2)/long)
}

// JPEG returns the sprite as a JPEG file of a quality from 1 to 100. No tile may be drawn meanwhile.
func (s *Sprite) JPEG(quality int) ([]byte, error) {
	var b bytes.Buffer
	if err := jpeg.Encode(&b, s.image, &jpeg.Options{Quality: quality}); err != nil {
		return nil, &fault.Error{Kind: fault.System, Op: "make thumbnails", Thing: "a page of tiles", Err: err}
	}
	return b.Bytes(), nil
}
