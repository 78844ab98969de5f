package randominit

import (
	"encoding/binary"
	"errors"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"sync"

	"mindgap/models/half"
)

// An original is a tensor as it lies in an export.
type original struct {
	file *file
	off  int64
	n    int64
	typ  dataType
}

// read returns the tensor's bytes from element i on, as many as dst takes.
func (o original) read(dst []byte, from int64) error {
	f, err := os.Open(o.file.base)
	if err != nil {
		return err
	}
	_, err = f.ReadAt(dst, o.off+from)
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return errors.Join(err, f.Close())
}

func (o original) encoding() encoding {
	switch o.typ {
	case onnxDouble:
		return float64LE
	case onnxFloat16:
		return float16LE
	case onnxBFloat16:
		return bfloat16LE
	}
	return float32LE
}

// values decodes bytes of floating-point elements.
func (o original) values(dst []float64, b []byte) {
	for i := range dst {
		switch o.typ {
		case onnxDouble:
			dst[i] = math.Float64frombits(binary.LittleEndian.Uint64(b[8*i:]))
		case onnxFloat16:
			dst[i] = float64(half.From(binary.LittleEndian.Uint16(b[2*i:])))
		case onnxBFloat16:
			dst[i] = float64(math.Float32frombits(uint32(binary.LittleEndian.Uint16(b[2*i:])) << 16))
		default:
			dst[i] = float64(math.Float32frombits(binary.LittleEndian.Uint32(b[4*i:])))
		}
	}
}

// each hands the elements over in order, a block at a time.
func (o original) each(f func([]float64)) error {
	buf := blocks.Get().(*[blockLen]float64)
	defer blocks.Put(buf)
	raw := make([]byte, blockLen*o.typ.size())
	for i := int64(0); i < o.n; i += blockLen {
		k := min(blockLen, o.n-i)
		b := raw[:k*o.typ.size()]
		if err := o.read(b, i*o.typ.size()); err != nil {
			return err
		}
		o.values(buf[:k], b)
		f(buf[:k])
	}
	return nil
}

// moments returns mean and standard deviation (over n), by two passes whose order is fixed, and the greatest magnitude, which is +Inf
// where one is not a number.
func (o original) moments() (mean, std, most float64, err error) {
	sum := 0.0
	err = o.each(func(v []float64) {
		for _, x := range v {
			sum += x
			if a := math.Abs(x); a > most {
				most = a
			} else if a != a {
				most = math.Inf(1)
			}
		}
	})
	if err != nil {
		return 0, 0, 0, err
	}
	mean = sum / float64(o.n)
	sum = 0
	err = o.each(func(v []float64) {
		for _, x := range v {
			sum += float64((x - mean) * (x - mean))
		}
	})
	return mean, math.Sqrt(sum / float64(o.n)), most, err
}

// extreme is a magnitude that no weight has: attention masks are -Inf, -3.4e38 or -1e4.
const extreme = 1e4

// looksConstant reports whether all elements are equal, or one of them is extreme: the tensor is no weight.
func (o original) looksConstant() (bool, error) {
	_, std, most, err := o.moments()
	return std == 0 || !(most < extreme), err
}

// matched draws from the normal law of the tensor's own mean and deviation. A tensor that looks constant stays.
func matched(o original, s stream) piece {
	p := lawPiece(o.off, o.n, Law{}, s, o.encoding())
	fill := sync.OnceValues(func() (func([]byte, int64) error, error) {
		mean, std, most, err := o.moments()
		if err != nil {
			return nil, err
		}
		if std == 0 || !(most < extreme) {
			return o.read, nil
		}
		return lawPiece(o.off, o.n, Normal(mean, std), s, o.encoding()).fill, nil
	})
	p.fill = func(dst []byte, from int64) error {
		f, err := fill()
		if err != nil {
			return err
		}
		return f(dst, from)
	}
	return p
}

// shuffled permutes the elements. A tensor that looks constant stays.
func shuffled(o original, s stream) piece {
	w := o.typ.size()
	return piece{off: o.off, size: o.n * w, grain: o.n * w, fill: func(dst []byte, _ int64) error {
		if !o.typ.integer() {
			if constant, err := o.looksConstant(); err != nil || constant {
				return errors.Join(err, o.read(dst, 0))
			}
		}
		if err := o.read(dst, 0); err != nil {
			return err
		}
		permute(s.block(0), dst, w)
		return nil
	}}
}

// permute brings the elements of w bytes into a random order, each equally likely (Fisher and Yates).
func permute(g *rand.PCG, b []byte, w int64) {
	var t [8]byte
	for i := int64(len(b))/w - 1; i > 0; i-- {
		j := below(g, uint64(i+1))
		x, y := b[i*w:][:w], b[j*w:][:w]
		copy(t[:], x)
		copy(x, y)
		copy(y, t[:w])
	}
}
