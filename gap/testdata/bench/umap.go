package main

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"log"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"

	"mindgap/gap"
)

// umap runs UMAP beside umap-learn.
func umap(folder string) {
	path := manifolds(folder)
	mine := self("umap", path)
	report("umap, Go", mine)
	theirs := run(*python, filepath.Join(scripts, "umaplearn.py"), path, strconv.Itoa(*n), strconv.Itoa(*d))
	report("umap, umap-learn, warm", theirs)
	fmt.Printf("    %.1f times the time of Go\n", theirs.Seconds/mine.Seconds)
}

// umapWork is the Go side.
func umapWork(p gap.Pair) (o outcome) {
	ctx := context.Background()
	options := gap.DefaultUMAP(p.Images.N + p.Texts.N)
	var pictures [][][]float64
	o.Seconds = median(func() {
		var err error
		if pictures, err = gap.UMAP(ctx, options, p.Images, p.Texts); err != nil {
			log.Fatal(err)
		}
	})
	all := gap.NewEmbeddings(p.Images.N+p.Texts.N, p.Images.D, append(append([]float32(nil), p.Images.Data...), p.Texts.Data...))
	trust, err := gap.Trustworthiness(ctx, all, append(pictures[0], pictures[1]...), 15, options.Distance)
	if err != nil {
		log.Fatal(err)
	}
	o.Notes = map[string]float64{"trustworthiness (k = 15)": trust}
	return o
}

// manifolds writes two clouds with a gap whose rows are 30 clusters on a curved surface of 10 dimensions, with noise: what UMAP is for.
func manifolds(folder string) string {
	const clusters, latent, hidden = 30, 10, 64
	rng := rand.New(rand.NewPCG(9, 10))
	normal := func(n int, scale float64) []float64 {
		v := make([]float64, n)
		for i := range v {
			v[i] = scale * rng.NormFloat64()
		}
		return v
	}
	centres, inner, outer := normal(clusters*latent, 1), normal(latent*hidden, 0.5), normal(hidden**d, 0.125)
	offsets := normal(2**d, 0.3)
	rows := make([]float32, 2**n**d)
	for i := range *n {
		z := normal(latent, 0.6)
		c := rng.IntN(clusters)
		h := make([]float64, hidden)
		for k := range h {
			for l := range z {
				h[k] += (z[l] + centres[c*latent+l]) * inner[l*hidden+k]
			}
			h[k] = math.Tanh(h[k])
		}
		for k := range *d {
			var v float64
			for l := range h {
				v += h[l] * outer[l**d+k]
			}
			rows[i**d+k] = float32(v + offsets[k] + 0.1*rng.NormFloat64())
			rows[(*n+i)**d+k] = float32(v + offsets[*d+k] + 0.15*rng.NormFloat64())
		}
	}
	var raw bytes.Buffer
	if err := binary.Write(&raw, binary.LittleEndian, rows); err != nil {
		log.Fatal(err)
	}
	path := filepath.Join(folder, "manifolds.f32")
	if err := os.WriteFile(path, raw.Bytes(), 0o600); err != nil {
		log.Fatal(err)
	}
	return path
}
