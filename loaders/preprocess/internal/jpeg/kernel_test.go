package jpeg

import (
	"bytes"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"testing"

	"mindgap/loaders/preprocess/internal/kernel"
)

// TestKernels: each kernel in C decodes every picture to the bytes of the plain decoder.
func TestKernels(t *testing.T) {
	defer func(k *kernel.Kernel) { fast = k }(fast)
	for _, name := range files(t) {
		data := read(t, name)
		var d Decoder
		var want, got Image
		fast = nil
		if err := d.Decode(&want, data); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for _, fast = range kernel.All() {
			if err := d.Decode(&got, data); err != nil || got.Width != want.Width || !bytes.Equal(got.Pix, want.Pix) {
				t.Errorf("%s: %s differs from the plain decoder (%v)", fast.Name, filepath.Base(name), err)
			}
		}
	}
}

// TestKernelIDCT: each kernel's inverse DCT is the plain one, whatever the coefficients: as in pictures, and as no picture has them.
func TestKernelIDCT(t *testing.T) {
	defer func(k *kernel.Kernel) { fast = k }(fast)
	const blocks, stride = 13, 8*13 + 5
	rng := rand.New(rand.NewPCG(7, 8))
	for trial := range 800 {
		coef, last := make([]int16, 64*blocks), make([]uint8, blocks)
		for b := range blocks {
			most := rng.IntN(1 + trial%64)
			for k := range most + 1 {
				v := rng.IntN(1<<16) - 1<<15
				if trial%3 > 0 {
					v >>= rng.IntN(16)
				}
				if coef[64*b+int(zigzag[k])] = int16(v); v != 0 {
					last[b] = uint8(k)
				}
			}
		}
		var want [8 * stride]uint8
		fast = nil
		reconstructRow(want[:], stride, coef, last)
		for _, fast = range kernel.All() {
			var got [8 * stride]uint8
			if reconstructRow(got[:], stride, coef, last); got != want {
				t.Fatalf("trial %d: %s differs from the plain transform", trial, fast.Name)
			}
		}
	}
}

// TestKernelColour: each kernel's colours are the plain ones, for noise of every sampling and of widths with every remainder.
func TestKernelColour(t *testing.T) {
	defer func(k *kernel.Kernel) { fast = k }(fast)
	rng := rand.New(rand.NewPCG(9, 10))
	noise := func(b []uint8) {
		for i := range b {
			b[i] = uint8(rng.IntN(256))
		}
	}
	for _, h := range []int{1, 2} {
		for _, v := range []int{1, 2} {
			for width := 1; width <= 150; width++ {
				d := Decoder{nComp: 3, jfif: true, width: width, height: 1 + rng.IntN(20), hMax: h, vMax: v}
				d.mcusX, d.mcusY = ceilDiv(d.width, 8*h), ceilDiv(d.height, 8*v)
				d.comp[0].h, d.comp[0].v = h, v
				d.comp[1].h, d.comp[1].v, d.comp[2].h, d.comp[2].v = 1, 1, 1, 1
				d.data = make([]byte, 1<<12)
				if err := d.allocate(); err != nil {
					t.Fatal(err)
				}
				for i := range 3 {
					noise(d.comp[i].plane)
				}
				var want, got Image
				fast = nil
				if err := d.finish(&want); err != nil {
					t.Fatal(err)
				}
				for _, fast = range kernel.All() {
					if err := d.finish(&got); err != nil || !slices.Equal(got.Pix, want.Pix) {
						t.Fatalf("%s: %d×%d, chroma %d×%d smaller, differs from the plain conversion (%v)", fast.Name, d.width, d.height, h, v, err)
					}
				}
			}
		}
	}
}
