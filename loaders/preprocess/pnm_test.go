package preprocess

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The expected pixels are the bytes themselves: a map holds no other coding.
func TestPNM(t *testing.T) {
	for _, c := range []struct {
		name, head string
		body       []uint8
		want       []uint8 // as RGB
	}{
		{"grey", "P5 2 1 255\n", []uint8{7, 250}, []uint8{7, 7, 7, 250, 250, 250}},
		{"colour", "P6\n# a comment\n1 2\n255\n", []uint8{1, 2, 3, 4, 5, 6}, []uint8{1, 2, 3, 4, 5, 6}},
		{"16 bit", "P5\t1 1 65535 ", []uint8{200, 9}, []uint8{200, 200, 200}},
	} {
		p, err := Decode(c.name, append([]byte(c.head), c.body...))
		if err != nil {
			t.Error(err)
			continue
		}
		if diff := cmp.Diff(c.want, p.RGB(nil)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
	for _, bad := range []string{"P6 ", "P6 1 1", "P6 1 1 255", "P6 1 1 255\n12", "P5 1 1 100\n1", "P5 0 1 255\n", "P6 99999 99999 255\n", "P5 x 1 255\n1", "P5 9999999999 1 255\n1"} {
		if _, err := Decode("bad", []byte(bad)); err == nil {
			t.Errorf("%q: no error", bad)
		}
	}
}
