package preprocess

import (
	"bytes"
	"errors"
	"image/png"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"mindgap/loaders/preprocess/internal/kernel"
	"mindgap/models"
)

func TestNewRefuses(t *testing.T) {
	good := clip("hf", readPhotographs(t))
	for _, c := range []struct {
		name   string
		change func(p *models.Preprocess)
		want   string
	}{
		{"size", func(p *models.Preprocess) { p.Size = 0 }, "size: found 0, wanted 1 to 16384 pixels"},
		{"huge", func(p *models.Preprocess) { p.Size = 1 << 20 }, "size: found 1048576"},
		{"resize", func(p *models.Preprocess) { p.Resize = "longest" }, `resize: found "longest", wanted "shortest", "squash" or "none"`},
		{"resize to", func(p *models.Preprocess) { p.ResizeTo = 0 }, "resize to: found 0"},
		{"filter", func(p *models.Preprocess) { p.Interpolation = "cubic" }, `interpolation: found "cubic", wanted bicubic, bilinear, box, hamming, lanczos, nearest`},
		{"pipeline", func(p *models.Preprocess) { p.Pipeline = "" }, `pipeline: found "", wanted "hf", "open_clip" or "immich"`},
		{"std", func(p *models.Preprocess) { p.Std[1] = 0 }, "mean and std"},
		{"mean", func(p *models.Preprocess) { p.Mean[2] = float32(math.NaN()) }, "mean and std"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := good
			c.change(&p)
			if _, err := New(p); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want an error with %q", err, c.want)
			}
		})
	}
	if _, err := New(good); err != nil {
		t.Errorf("the good one: %v", err)
	}
}

// TestTensor: planar, each value (x/255 − mean)/std rounded to float32 step by step.
func TestTensor(t *testing.T) {
	g := readPhotographs(t)
	p, err := New(clip("open_clip", g))
	if err != nil {
		t.Fatal(err)
	}
	pic := open(t, "testdata/images/v02_jpeg_420.jpg")
	pixels, err := p.Pixels(pic)
	if err != nil {
		t.Fatal(err)
	}
	tensor := make([]float32, len(pixels))
	if err := p.Tensor(tensor, pic); err != nil {
		t.Fatal(err)
	}
	n := g.Size * g.Size
	for i := range n {
		for c := range 3 {
			x := float32(pixels[3*i+c]) / 255
			x -= g.Mean[c]
			if want := x / g.Std[c]; tensor[c*n+i] != want {
				t.Fatalf("tensor[%d,%d] is %v, want %v", c, i, tensor[c*n+i], want)
			}
		}
	}
}

// TestNotSquare: without a crop or a squash a picture of another shape is refused by name.
func TestNotSquare(t *testing.T) {
	p, err := New(models.Preprocess{Size: 32, Resize: "shortest", ResizeTo: 32, Interpolation: "bicubic", Std: [3]float32{1, 1, 1}, Pipeline: "hf"})
	if err != nil {
		t.Fatal(err)
	}
	_, err = p.Pixels(open(t, "testdata/extras/rgb.bmp"))
	checkFault(t, err, "testdata/extras/rgb.bmp")
	if _, err := p.Pixels(FromRGB(50, 50, make([]uint8, 7500))); err != nil {
		t.Errorf("a square: %v", err)
	}
	long := FromRGB(5_000_000, 1, make([]uint8, 15_000_000))
	_, err = p.Pixels(long)
	checkFault(t, err, "pixels")
	squash, err := New(models.Preprocess{Size: 32, Resize: "squash", Interpolation: "bicubic", Std: [3]float32{1, 1, 1}, Pipeline: "hf"})
	if err != nil {
		t.Fatal(err)
	}
	_, err = squash.Pixels(long)
	checkFault(t, err, "pixels")
	_, err = p.Pixels(new(Picture))
	if err == nil {
		t.Error("a picture without pixels is taken")
	}
}

// TestReuse: one processor and one picture's memory, used for pictures of every kind in turn and from several goroutines, give what fresh
// ones give.
func TestReuse(t *testing.T) {
	g := readPhotographs(t)
	p, err := New(clip("open_clip", g))
	if err != nil {
		t.Fatal(err)
	}
	var wait sync.WaitGroup
	for worker := range 3 {
		wait.Go(func() {
			var pic Picture
			for i := range g.Images {
				im := g.Images[(i*7+worker*11)%len(g.Images)]
				if im.Width*im.Height > 1e6 {
					continue
				}
				if err := DecodeTo(&pic, im.File, readFile(t, filepath.Join("testdata", im.File))); err != nil {
					t.Error(err)
					return
				}
				got, err := p.Pixels(&pic)
				if err != nil {
					t.Error(err)
					return
				}
				if digest(got) != im.OpenCLIP {
					t.Errorf("%s differs when memory is reused", im.File)
				}
			}
		})
	}
	wait.Wait()
}

// TestAllocations: in the steady state a JPEG becomes a tensor without new memory for pixels.
func TestAllocations(t *testing.T) {
	data := readFile(t, benchmarkJPEG)
	p, err := New(clip("hf", readPhotographs(t)))
	if err != nil {
		t.Fatal(err)
	}
	var pic Picture
	dst := make([]float32, 3*p.Size()*p.Size())
	step := func() {
		if err := DecodeTo(&pic, "bench", data); err != nil {
			t.Fatal(err)
		}
		if err := p.Tensor(dst, &pic); err != nil {
			t.Fatal(err)
		}
	}
	step()
	// A collection may empty the pools, so that a few more than the two closures can appear; the buffers would be a dozen a picture.
	most := 6.0
	if raceDetector {
		most = 30
	}
	if n := testing.AllocsPerRun(50, step); n > most {
		t.Errorf("%v allocations a picture, want at most %v", n, most)
	}
}

// TestResampleAgainstPlain compares the packed resampler, and each kernel in C, with the definition, one sample at a time, over sizes that
// leave every remainder of strips and words.
func TestResampleAgainstPlain(t *testing.T) {
	defer func(k *kernel.Kernel) { fast = k }(fast)
	for _, fast = range append(kernel.All(), nil) {
		testResampleAgainstPlain(t)
	}
}

func testResampleAgainstPlain(t *testing.T) {
	for name, f := range filters {
		if f.kernel == nil {
			continue
		}
		for w := 1; w <= 20; w += 3 {
			for h := 1; h <= 20; h += 2 {
				for _, to := range [][2]int{{7, 9}, {1, 30}, {23, 2}} {
					for channels := 1; channels <= 4; channels++ {
						src := make([]uint8, w*h*channels)
						for i := range src {
							src[i] = uint8(i*i*37 + i>>2*101) // edges hard enough to overshoot
						}
						if w == to[0] || h == to[1] {
							continue
						}
						var r resampler
						r.x.plan(f, w, to[0], 0, to[0])
						r.y.plan(f, h, to[1], 0, to[1])
						got := make([]uint8, to[0]*to[1]*channels)
						r.run(got, channels, rowSource{row: func(_ []uint8, y, x0, x1 int) []uint8 { return src[(y*w+x0)*channels : (y*w+x1)*channels] }})
						var want []uint8
						if r.downFirst() {
							want = plainAxis(&r.x, plainAxis(&r.y, src, w*channels, 1), channels, to[1])
						} else {
							want = plainAxis(&r.y, plainAxis(&r.x, src, channels, h), to[0]*channels, 1)
						}
						if !slices.Equal(got, want) {
							t.Fatalf("%s %d×%d to %v, %d channels: differs from the definition (kernel %v)", name, w, h, to, channels, fast)
						}
					}
				}
			}
		}
	}
}

// plainAxis resizes lines runs of samples that lie step apart.
func plainAxis(a *axis, src []uint8, step, lines int) []uint8 {
	dst := make([]uint8, lines*a.out*step)
	for line := range lines {
		for i := range a.out {
			for s := range step {
				sum := int64(1) << (precision - 1)
				for t := range a.taps {
					sum += int64(a.coef[i*a.taps+t]) * int64(src[(line*a.in+int(a.start[i])+t)*step+s])
				}
				dst[(line*a.out+i)*step+s] = uint8(min(max(sum>>precision, 0), 255))
			}
		}
	}
	return dst
}

func TestThumbnail(t *testing.T) {
	data, err := Thumbnail(open(t, "testdata/images/v23_png_rgba.png"), 64)
	if err != nil {
		t.Fatal(err)
	}
	m, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	if b := m.Bounds(); b.Dx() != 64 || b.Dy() != 49 {
		t.Errorf("the thumbnail is %v, want 64×49", b)
	}
	// The upper left eighth of the picture is transparent.
	if r, g, b, a := m.At(1, 1).RGBA(); r>>8 != 255 || g>>8 != 255 || b>>8 != 255 || a>>8 != 255 {
		t.Errorf("the transparent corner is %d %d %d %d, want white", r>>8, g>>8, b>>8, a>>8)
	}
}

// TestReadTo: the memory of a file is kept for the next, bytes that are elsewhere are not written to, and a reader's error comes back as it is.
func TestReadTo(t *testing.T) {
	file := readFile(t, "testdata/images/v22_png_rgb.png")
	var buffers [2]*byte
	pic := new(Picture)
	for i := range buffers {
		err := ReadTo(pic, "own", func(buf *[]byte) ([]byte, error) {
			*buf = append((*buf)[:0], file...)
			buffers[i] = &(*buf)[0]
			return *buf, nil
		})
		if err != nil || pic.Width == 0 {
			t.Fatalf("a picture of %d columns, %v", pic.Width, err)
		}
	}
	if buffers[0] != buffers[1] {
		t.Error("the second file has other memory than the first of equal length")
	}
	held := bytes.Clone(file)
	if err := ReadTo(pic, "held", func(*[]byte) ([]byte, error) { return held, nil }); err != nil {
		t.Fatal(err)
	}
	if len(pic.file) > 0 && &pic.file[0] == &held[0] {
		t.Error("the data set's bytes are kept as a buffer")
	}
	gone := errors.New("gone")
	if err := ReadTo(pic, "gone", func(*[]byte) ([]byte, error) { return nil, gone }); err != gone || pic.Width != 0 {
		t.Errorf("a picture of %d columns and %v, want none and the reader's own error", pic.Width, err)
	}
}
