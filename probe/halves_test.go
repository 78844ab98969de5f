package probe

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestStratifiedHalves: both halves have every class alike, however classes are ordered, and classes of one image are dealt out.
func TestStratifiedHalves(t *testing.T) {
	turns := make([]int, 1000)
	sorted := make([]int, 1000)
	for i := range turns {
		turns[i], sorted[i] = i%10, i/100
	}
	for name, labels := range map[string][]int{"by turns": turns, "sorted": sorted} {
		var n [2][10]int
		for i, h := range stratifiedHalves(labels) {
			n[h][labels[i]]++
		}
		for k := range 10 {
			if n[0][k] != 50 || n[1][k] != 50 {
				t.Errorf("%s: class %d has %d and %d images in the halves", name, k, n[0][k], n[1][k])
			}
		}
	}
	if diff := cmp.Diff([]int{0, 1, 0, 1, 1, 1}, stratifiedHalves([]int{7, 3, -1, 2, 7, -1})); diff != "" {
		t.Errorf("single images (-want +got)\n%s", diff)
	}
}
