package jpeg

import (
	"bytes"
	"image"
	stdjpeg "image/jpeg"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func files(t testing.TB) []string {
	t.Helper()
	var all []string
	for _, pattern := range []string{"../../testdata/images/*.jpg", "../../testdata/extras/*.jpg"} {
		names, err := filepath.Glob(pattern)
		if err != nil || len(names) == 0 {
			t.Fatalf("%s: %v, %d files", pattern, err, len(names))
		}
		all = append(all, names...)
	}
	return all
}

func read(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// TestPlanes compares the planes, before upsampling and colour, with those of image/jpeg: another inverse DCT, so the two may differ
// by a rounding, but by no more than one level (two where the coefficients of a block are beyond any real picture's). Equality with
// libjpeg-turbo is the business of the tests of package preprocess.
func TestPlanes(t *testing.T) {
	for _, name := range files(t) {
		data := read(t, name)
		m, err := stdjpeg.Decode(bytes.NewReader(data))
		if err != nil {
			continue // samplings that image/jpeg does not take
		}
		std, ok := m.(*image.YCbCr)
		if !ok {
			continue
		}
		var d Decoder
		var img Image
		if err := d.Decode(&img, data); err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		for i, plane := range [][]uint8{std.Y, std.Cb, std.Cr} {
			c, stride := &d.comp[i], []int{std.YStride, std.CStride, std.CStride}[i]
			for y := range c.height {
				for x := range c.width {
					if diff := math.Abs(float64(c.plane[y*c.stride+x]) - float64(plane[y*stride+x])); diff > 2 {
						t.Fatalf("%s: component %d at %d,%d differs by %v", filepath.Base(name), i, x, y, diff)
					}
				}
			}
		}
	}
}

// TestIDCT compares with the definition in float64, within one level, over sparse and dense blocks of the size real ones have.
func TestIDCT(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for trial := range 2000 {
		var c [64]int16
		last := 0
		for k := range 64 {
			if rng.IntN(1+trial%20) == 0 && k <= trial%64 {
				if c[zigzag[k]] = int16(rng.IntN(401) - 200); c[zigzag[k]] != 0 {
					last = k
				}
			}
		}
		var got [64]uint8
		idct(got[:], 8, &c)
		var short [64]uint8
		if reconstructBlock(short[:], 8, &c, last); short != got {
			t.Fatalf("trial %d: the short way, for last coefficient %d, differs from idct", trial, last)
		}
		for y := range 8 {
			for x := range 8 {
				want := definition(&c, x, y)
				if math.Abs(float64(got[8*y+x])-min(max(want, 0), 255)) > 1 {
					t.Fatalf("trial %d: sample %d,%d is %d, want %.3f", trial, x, y, got[8*y+x], want)
				}
			}
		}
	}
}

// definition is the inverse DCT of ITU-T T.81, A.3.3, with the level shift.
func definition(c *[64]int16, x, y int) float64 {
	sum := 0.0
	for v := range 8 {
		for u := range 8 {
			s := float64(c[8*v+u])
			if u == 0 {
				s /= math.Sqrt2
			}
			if v == 0 {
				s /= math.Sqrt2
			}
			sum += s * math.Cos(float64(2*x+1)*float64(u)*math.Pi/16) * math.Cos(float64(2*y+1)*float64(v)*math.Pi/16)
		}
	}
	return sum/4 + 128
}

// TestRefuses: what is damaged is said in words.
func TestRefuses(t *testing.T) {
	base := read(t, "../../testdata/extras/narrow_420.jpg")
	marker := func(m byte) int {
		i := bytes.Index(base, []byte{0xff, m})
		if i < 0 {
			t.Fatalf("no marker %#x", m)
		}
		return i
	}
	change := func(at int, b ...byte) []byte {
		data := bytes.Clone(base)
		copy(data[at:], b)
		return data
	}
	sof, sos, dht := marker(mSOF0), marker(mSOS), marker(mDHT)
	for _, c := range []struct {
		name string
		data []byte
		want string
	}{
		{"arithmetic", change(sof+1, 0xc9), "SOF9 is not supported"},
		{"12 bits", change(sof+4, 12), "samples have 12 bits"},
		{"no height", change(sof+5, 0, 0), "the picture is 5×0"},
		{"two components", change(sof+9, 2), "there are 2 components"},
		{"sampling 0", change(sof+11, 0), "sampling 0×0"},
		{"unknown component", change(sos+5, 99), "a component 99 that the frame lacks"},
		{"component twice", change(sos+7, base[sos+5]), "twice"},
		{"too many codes", change(dht+5, 3, base[dht+6], base[dht+7]-3), "more codes than bits"},
		{"frame twice", append(bytes.Clone(base[:sos]), base[sof:]...), "a second frame header"},
		{"no scan", append(bytes.Clone(base[:sos]), 0xff, mEOI), "there is no picture data"},
		{"scan first", append([]byte{0xff, mSOI}, base[sos:]...), "a scan comes before the frame header"},
		{"no tables", append([]byte{0xff, mSOI}, base[sof:dht]...), "ends early"},
		{"no end", base[:len(base)-2], "ends early"},
	} {
		var d Decoder
		var img Image
		err := d.Decode(&img, c.data)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want an error with %q", c.name, err, c.want)
		}
	}
}

// TestBits: a bit reader gives the bits of the data whatever the mixture of stuffed bytes, and then zeros that it owns up to.
func TestBits(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for range 200 {
		var data, plain []byte
		for range rng.IntN(60) {
			b := byte(rng.IntN(256))
			if rng.IntN(4) == 0 {
				b = 0xff
			}
			plain, data = append(plain, b), append(data, b)
			if b == 0xff {
				data = append(data, 0)
			}
		}
		data = append(data, 0xff, mEOI)
		r := bitReader{data: data}
		for i := 0; i < 8*len(plain); {
			k := min(1+rng.IntN(16), 8*len(plain)-i)
			if r.n < 32 {
				r.fill()
			}
			want := uint32(0)
			for j := i; j < i+k; j++ {
				want = want<<1 | uint32(plain[j/8]>>(7-j%8)&1)
			}
			if got := r.bits(uint32(k)); got != want {
				t.Fatalf("bits %d to %d are %b, want %b", i, i+k, got, want)
			}
			i += k
		}
		if r.overrun() {
			t.Fatal("an overrun is reported where there is none")
		}
		r.fill()
		if r.bits(1) != 0 || !r.overrun() {
			t.Fatal("an overrun is not reported")
		}
		if r.pos != len(data)-2 {
			t.Fatalf("the reader stands at %d, want before the marker at %d", r.pos, len(data)-2)
		}
	}
}

func BenchmarkDecode(b *testing.B) {
	data := read(b, "../../testdata/extras/bench_500x375.jpg")
	var d Decoder
	var img Image
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		if err := d.Decode(&img, data); err != nil {
			b.Fatal(err)
		}
	}
}
