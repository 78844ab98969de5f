package loaders

import (
	"slices"
	"testing"
)

// One tower alone is the tower that opens beside the other, and no other is there.
func TestOpenOneSide(t *testing.T) {
	both := openTest(t, "builtin", Options{})
	texts := []string{"a cat", "two dogs on a hill"}
	wantTexts, err := both.EmbedTexts(t.Context(), texts, nil)
	if err != nil {
		t.Fatal(err)
	}
	wantImages := embedAll(t, both, noise(3, 40))

	image := openTest(t, "builtin", Options{Only: ImageSide})
	if image.Text != nil || !slices.Equal(embedAll(t, image, noise(3, 40)), wantImages) {
		t.Errorf("the image tower alone embeds otherwise, or the text tower is there: %v", image.Text)
	}
	text := openTest(t, "builtin", Options{Only: TextSide})
	if text.Image != nil {
		t.Error("the image tower is there beside the text tower alone")
	}
	if got, err := text.EmbedTexts(t.Context(), texts, nil); err != nil || !slices.Equal(got, wantTexts) {
		t.Errorf("the text tower alone embeds otherwise: %v", err)
	}
	for _, tw := range []*Towers{image, text} {
		if cp := tw.Checkpoint; cp.Image.Width != 64 || cp.Text.Width != 64 { // the graphs state both
			t.Errorf("widths %d and %d", cp.Image.Width, cp.Text.Width)
		}
	}
}
