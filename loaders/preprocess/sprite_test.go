package preprocess

import (
	"bytes"
	"image"
	"image/jpeg"
	"testing"
)

// TestSprite: pictures stand whole and centred in their tiles, small ones enlarged, transparency on white, and nothing reaches into the
// next tile.
func TestSprite(t *testing.T) {
	const tile = 16
	s := NewSprite(tile, 2, 3)
	red := make([]uint8, 3*8*4) // 8×4: fits as 16×8
	for i := 0; i < len(red); i += 3 {
		red[i] = 255
	}
	if err := s.Draw(1, FromRGB(8, 4, red)); err != nil {
		t.Fatal(err)
	}
	rgba := open(t, "testdata/images/v23_png_rgba.png")
	if err := s.Draw(2, rgba); err != nil {
		t.Fatal(err)
	}
	data, err := s.JPEG(90)
	if err != nil {
		t.Fatal(err)
	}
	m, err := jpeg.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	if want := image.Pt(2*tile, 2*tile); m.Bounds().Size() != want {
		t.Fatalf("the sprite is %v, want %v", m.Bounds().Size(), want)
	}
	for _, at := range []struct {
		x, y    int
		what    string
		r, g, b uint32
	}{
		{8, 8, "an empty tile", 255, 255, 255},
		{16 + 8, 1, "above a wide picture", 255, 255, 255},
		{16 + 8, 14, "below a wide picture", 255, 255, 255},
		{16 + 1, 8, "the left of a wide picture", 255, 0, 0},
		{31, 8, "the right of a wide picture", 255, 0, 0},
		{1, 16 + 3, "a transparent corner", 255, 255, 255},
		{24, 24, "no tile", 255, 255, 255},
	} {
		r, g, b, _ := m.At(at.x, at.y).RGBA()
		for _, c := range [][2]uint32{{r >> 8, at.r}, {g >> 8, at.g}, {b >> 8, at.b}} {
			if max(c[0], c[1])-min(c[0], c[1]) > 40 { // JPEG shares colour between neighbours
				t.Errorf("%s is %d %d %d, want %d %d %d", at.what, r>>8, g>>8, b>>8, at.r, at.g, at.b)
				break
			}
		}
	}
}

// TestSpriteThin: the thinnest pictures keep a line, and one of millions of pixels a side is refused.
func TestSpriteThin(t *testing.T) {
	s := NewSprite(8, 1, 1)
	if err := s.Draw(0, FromRGB(1, 1000, make([]uint8, 3000))); err != nil {
		t.Fatal(err)
	}
	dark := 0
	for x := range 8 {
		if s.image.RGBAAt(x, 4).R < 128 {
			dark++
		}
	}
	if dark != 1 {
		t.Errorf("a line of one pixel's width takes %d columns", dark)
	}
	long := maxLine/64 + 1
	if err := s.Draw(0, FromRGB(1, long, make([]uint8, 3*long))); err == nil {
		t.Error("a picture too long is drawn")
	}
}
