package browser_test

import (
	"bytes"
	"encoding/base64"
	"image"
	_ "image/jpeg"
	_ "image/png"
	"strings"
	"testing"
)

// decodeDataURL decodes a picture that a page holds.
func decodeDataURL(t *testing.T, url string) image.Image {
	t.Helper()
	_, data, ok := strings.Cut(url, ";base64,")
	if !ok {
		t.Fatalf("not a data URL of base64: %.40s", url)
	}
	b, err := base64.StdEncoding.DecodeString(data)
	if err != nil {
		t.Fatal(err)
	}
	m, _, err := image.Decode(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	return m
}
