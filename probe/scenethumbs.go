package probe

import (
	"context"
	"encoding/base64"
	"runtime"
	"sync"

	"golang.org/x/sync/errgroup"

	"mindgap/datasets"
	"mindgap/loaders/preprocess"
)

const (
	tileSide     = 64   // pixels of a thumbnail
	tileColumns  = 32   // in a row of a page
	tilesPerPage = 1024 // so that a page is at most 2,048 pixels square
	tileQuality  = 80   // of JPEG

	// exampleSide is twice what the page shows of an example, for screens of double density.
	exampleSide = 128

	// maxThumbnailScratch bounds the pixels whose memory a decoder keeps for the next picture.
	maxThumbnailScratch = 1 << 22
)

// thumbnails draws the first images of the scene, and the examples, in one pass over the data set. Pictures are decoded on all processors;
// no more are held than there are of these, and the pages.
func (b *sceneBuilder) thumbnails(ctx context.Context) error {
	if b.s.Data == nil {
		return nil // ready-made embeddings have no pictures
	}
	tile := make(map[int]int) // of an image of the data
	n := min(max(b.o.Thumbnails, 0), len(b.images))
	for at, i := range b.images[:n] {
		tile[i] = at
	}
	example := map[string]bool{}
	if e := b.o.Examples; e != nil {
		for _, list := range [][]Example{e.Gained, e.Lost} {
			for _, x := range list {
				example[x.ID] = true
			}
		}
	}
	var pages []*preprocess.Sprite
	for left := n; left > 0; left -= tilesPerPage {
		pages = append(pages, preprocess.NewSprite(tileSide, tileColumns, min(left, tilesPerPage)))
	}
	var mu sync.Mutex
	b.scene.Examples = map[string][]byte{}
	draw := func(scratch *preprocess.Picture, i int, item datasets.Item) error {
		pic, err := picture(scratch, item)
		if err != nil {
			return err
		}
		if at, ok := tile[i]; ok {
			if err := pages[at/tilesPerPage].Draw(at%tilesPerPage, pic); err != nil {
				return err
			}
		}
		if !example[item.ID] {
			return nil
		}
		png, err := preprocess.Thumbnail(pic, exampleSide)
		mu.Lock()
		defer mu.Unlock()
		b.scene.Examples[item.ID] = png
		return err
	}
	if err := b.eachPicture(ctx, tile, example, draw); err != nil || n == 0 {
		return err
	}
	t := &Thumbnails{Tile: tileSide, Columns: tileColumns, Count: n, Pages: make([]string, len(pages))}
	g, _ := errgroup.WithContext(ctx)
	g.SetLimit(runtime.GOMAXPROCS(0))
	for k, p := range pages {
		g.Go(func() error {
			jpeg, err := p.JPEG(tileQuality)
			t.Pages[k] = "data:image/jpeg;base64," + base64.StdEncoding.EncodeToString(jpeg)
			return err
		})
	}
	b.scene.Thumbnails = t
	return g.Wait()
}

// eachPicture calls draw, on all processors, for the items that are wanted by their number or their id.
func (b *sceneBuilder) eachPicture(ctx context.Context, number map[int]int, id map[string]bool, draw func(scratch *preprocess.Picture, i int, item datasets.Item) error) error {
	type job struct {
		i    int
		item datasets.Item
	}
	left := len(number)
	for i, name := range b.s.Data.IDs {
		if _, ok := number[i]; !ok && id[name] {
			left++
		}
	}
	total := left
	if total == 0 {
		return nil
	}
	jobs := make(chan job)
	g, inner := errgroup.WithContext(ctx)
	g.Go(func() error {
		defer close(jobs)
		i := -1
		for item, err := range b.s.Data.set.Items(inner) {
			if err != nil {
				return err
			}
			i++
			if _, ok := number[i]; !ok && !id[item.ID] {
				continue
			}
			select {
			case jobs <- job{i, item}:
			case <-inner.Done():
				return inner.Err()
			}
			left--
			if b.o.Progress != nil && left%64 == 0 {
				b.o.Progress(total-left, total)
			}
			if left == 0 {
				break
			}
		}
		return nil
	})
	for range runtime.GOMAXPROCS(0) {
		g.Go(func() error {
			scratch := new(preprocess.Picture)
			for j := range jobs {
				if err := draw(scratch, j.i, j.item); err != nil {
					return err
				}
				if scratch.Width*scratch.Height > maxThumbnailScratch {
					scratch = new(preprocess.Picture)
				}
			}
			return nil
		})
	}
	if err := g.Wait(); ctx.Err() == nil {
		return err
	}
	return ctx.Err()
}
