package probe

import (
	"context"
	"math/rand/v2"

	"mindgap/gap"
)

// retrieve adds the nearest texts of every image and the nearest images of every text among what is shown, and the ranks of matches among
// all there is.
func (b *sceneBuilder) retrieve(ctx context.Context, _ []float64) error {
	own := ownTexts(b.shown)
	image := make([][]int, len(b.texts))
	for j := range image {
		image[j] = []int{b.shown.Image(j)}
	}
	if err := b.across(ctx, "near_image_texts", "rank_image", b.shown.Images, b.shown.Texts, own, func() (*gap.Embeddings, [][]int) {
		all := ownTexts(b.all)
		own := make([][]int, len(b.images))
		for at, i := range b.images {
			own[at] = all[i]
		}
		return b.all.Texts, own
	}); err != nil {
		return err
	}
	return b.across(ctx, "near_text_images", "rank_text", b.shown.Texts, b.shown.Images, image, func() (*gap.Embeddings, [][]int) {
		own := make([][]int, len(b.texts))
		for at, j := range b.texts {
			own[at] = []int{b.all.Image(j)}
		}
		return b.all.Images, own
	})
}

// across adds what queries find. Where only a sample is shown, all returns the candidates that count for ranks, and whose they are.
func (b *sceneBuilder) across(ctx context.Context, near, rank string, queries, candidates *gap.Embeddings, own [][]int, all func() (*gap.Embeddings, [][]int)) error {
	k := min(sceneNeighbours, candidates.N)
	if !b.whole {
		everything, theirs := all()
		r, err := gap.Retrieve(ctx, queries, everything, 0, theirs)
		if err != nil {
			return err
		}
		b.scene.Arrays[rank], own = indices(r.Rank, everything.N), nil
	}
	r, err := gap.Retrieve(ctx, queries, candidates, k, own)
	if err != nil {
		return err
	}
	if own != nil {
		b.scene.Arrays[rank] = indices(r.Rank, candidates.N)
	}
	b.near(near, r.Near, candidates.N)
	return nil
}

// neighbours adds the nearest others of one's own kind.
func (b *sceneBuilder) neighbours(ctx context.Context, _ []float64) error {
	for _, side := range []struct {
		name string
		rows *gap.Embeddings
	}{{"near_image_images", b.shown.Images}, {"near_text_texts", b.shown.Texts}} {
		k := min(sceneNeighbours, side.rows.N-1)
		if k < 1 {
			continue
		}
		l, err := gap.Neighbours(ctx, side.rows, k, gap.CosineDistance)
		if err != nil {
			return err
		}
		b.near(side.name, l, side.rows.N)
	}
	return nil
}

// near adds lists of neighbours among n candidates and their cosines.
func (b *sceneBuilder) near(name string, l *gap.NeighbourLists, n int) {
	cosines := make([]float32, len(l.Distance))
	for k, d := range l.Distance {
		cosines[k] = float32(1 - d)
	}
	b.scene.Arrays[name] = indices(l.Index, n, len(l.Index)/l.K, l.K)
	b.scene.Arrays[name+"_cos"] = NewArray(cosines, len(l.Index)/l.K, l.K)
}

// samples adds random pairs with their cosines: of an image and a text that is not its own, and of two images or two texts.
func (b *sceneBuilder) samples(ctx context.Context, _ []float64) error {
	for _, side := range []struct {
		name   string
		stream uint64
		x, y   *gap.Embeddings
		out    func(i, j int) bool // pairs that are not to be drawn
	}{
		{"cross", crossStream, b.shown.Images, b.shown.Texts, func(i, j int) bool { return b.shown.Image(j) == i }},
		{"images", imageStream, b.shown.Images, b.shown.Images, notBefore},
		{"texts", textStream, b.shown.Texts, b.shown.Texts, notBefore},
	} {
		i, j := randomPairs(rand.New(rand.NewPCG(b.o.Seed, side.stream)), side.x.N, side.y.N, side.out)
		s, err := gap.CosinesAt(ctx, side.x, side.y, i, j)
		if err != nil {
			return err
		}
		name := "sample_" + side.name
		b.scene.Arrays[name+"_i"], b.scene.Arrays[name+"_j"], b.scene.Arrays[name+"_s"] = indices(i, side.x.N), indices(j, side.y.N), rounded(s)
	}
	return nil
}

// notBefore leaves of the two orders of a pair one, and of a row with itself none.
func notBefore(i, j int) bool { return i >= j }

// randomPairs draws pairs of an i below n and a j below m that out does not reject, with replacement; where there are no more than are
// drawn, it takes each once.
func randomPairs(rng *rand.Rand, n, m int, out func(i, j int) bool) (i, j []int) {
	if n*m <= sceneSamples {
		for a := range n {
			for c := range m {
				if !out(a, c) {
					i, j = append(i, a), append(j, c)
				}
			}
		}
		return i, j
	}
	// Where nearly all are rejected, as with many texts of one image, fewer are drawn.
	for tries := 0; len(i) < sceneSamples && tries < 32*sceneSamples; tries++ {
		if a, c := rng.IntN(n), rng.IntN(m); !out(a, c) {
			i, j = append(i, a), append(j, c)
		}
	}
	return i, j
}
