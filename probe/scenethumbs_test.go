package probe

import (
	"bytes"
	"encoding/base64"
	"image/jpeg"
	"math"
	"strings"
	"testing"
)

// TestSceneThumbnails: tile i is the picture of image i, in a sample too, and examples come as PNG files of their own.
func TestSceneThumbnails(t *testing.T) {
	c := builtinConfig()
	c.Data.Limit = 40
	s, err := c.Load(t.Context(), WithTexts)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	id := s.Data.IDs[7]
	scene, err := NewScene(t.Context(), s, nil, SceneOptions{Limit: 12, Thumbnails: 10, Examples: &Examples{Gained: []Example{{ID: id}}}})
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.HasPrefix(scene.Examples[id], []byte("\x89PNG")) || len(scene.Examples) != 1 {
		t.Errorf("%d examples, %q is %d bytes", len(scene.Examples), id, len(scene.Examples[id]))
	}
	h := scene.Thumbnails
	if h.Count != 10 || len(h.Pages) != 1 {
		t.Fatalf("%d thumbnails on %d pages, want 10 on 1", h.Count, len(h.Pages))
	}
	data, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(h.Pages[0], "data:image/jpeg;base64,"))
	if err != nil {
		t.Fatal(err)
	}
	page, err := jpeg.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	pictures := map[string][]uint8{}
	sizes := map[string][2]int{}
	for item, err := range s.Data.set.Items(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		pic, err := Picture(item)
		if err != nil {
			t.Fatal(err)
		}
		pictures[item.ID], sizes[item.ID] = pic.RGB(nil), [2]int{pic.Width, pic.Height}
	}
	// The tile's colour on the whole is that of its picture, and of none of the others shown.
	for i := range h.Count {
		var tile [3]float64
		x0, y0 := i%h.Columns*h.Tile, i/h.Columns*h.Tile
		for y := range h.Tile {
			for x := range h.Tile {
				r, g, b, _ := page.At(x0+x, y0+y).RGBA()
				tile[0], tile[1], tile[2] = tile[0]+float64(r>>8), tile[1]+float64(g>>8), tile[2]+float64(b>>8)
			}
		}
		best, least := "", math.Inf(1)
		for _, id := range scene.IDs[:h.Count] {
			if d := distanceOf(tile, float64(h.Tile*h.Tile), pictures[id]); d < least {
				best, least = id, d
			}
		}
		if best != scene.IDs[i] || least > 8 { // JPEG loses some colour
			t.Errorf("tile %d is of %q (%.1f levels off), want %q; its size is %v", i, best, least, scene.IDs[i], sizes[scene.IDs[i]])
		}
	}
}

// distanceOf compares the mean colours of a tile's sums and of pixels.
func distanceOf(sums [3]float64, n float64, rgb []uint8) float64 {
	var mean [3]float64
	for k, v := range rgb {
		mean[k%3] += float64(v)
	}
	var d float64
	for c := range mean {
		d = max(d, math.Abs(sums[c]/n-mean[c]/float64(len(rgb)/3)))
	}
	return d
}
