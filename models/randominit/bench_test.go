package randominit

import "testing"

func BenchmarkNormal(b *testing.B) {
	g := stream{1, "x"}.block(0)
	for b.Loop() {
		normal(g)
	}
}

// Drawing one block of each law, as a file is written.
func BenchmarkLaw(b *testing.B) {
	for _, l := range []Law{Const(1), Uniform(0.5), Normal(0, 0.02)} {
		b.Run(l.String(), func(b *testing.B) {
			dst := make([]byte, 4*blockLen)
			p := lawPiece(0, blockLen, l, stream{1, "x"}, float32LE)
			b.SetBytes(int64(len(dst)))
			for b.Loop() {
				if err := p.fill(dst, 0); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// The ViT-B/32 of 605 MB, made and written to disk.
func BenchmarkWriteViTB32(b *testing.B) {
	a, err := Named("ViT-B-32")
	if err != nil {
		b.Fatal(err)
	}
	m, err := New(a, OpenAI, 7)
	if err != nil {
		b.Fatal(err)
	}
	root := b.TempDir()
	b.SetBytes(m.made["model.safetensors"].size)
	for b.Loop() {
		if _, err := m.WriteTo(b.Context(), root, "model.safetensors"); err != nil {
			b.Fatal(err)
		}
		if err := m.Close(); err != nil {
			b.Fatal(err)
		}
	}
}
