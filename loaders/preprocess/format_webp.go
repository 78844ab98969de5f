package preprocess

import (
	"bytes"
	"encoding/binary"
	"errors"
	"image"

	"golang.org/x/image/webp"
)

// A webpFile is what of a WebP file makes its first picture.
type webpFile struct {
	width, height int  // of the canvas
	x, y          int  // where the frame lies on it
	alpha         bool // the file says that it has transparency
	still         []byte
}

func matchWebP(data []byte) bool {
	return len(data) >= 12 && string(data[:4]) == "RIFF" && string(data[8:12]) == "WEBP"
}

func configWebP(data []byte) (int, int, error) {
	f, err := readWebP(data)
	return f.width, f.height, err
}

// readWebP finds the first picture, whether the file is still or animated, and wraps it as the plainest file that holds it: x/image
// reads no animations, and refuses a few orders of chunks that libwebp takes.
func readWebP(data []byte) (f webpFile, err error) {
	cut := errors.New("a chunk is cut short")
	var alph, picture []byte // chunks with their headers
	kind := ""
	end := max(min(len(data), int(binary.LittleEndian.Uint32(data[4:]))+8), 12)
	for body := data[12:end]; picture == nil; {
		if len(body) < 8 {
			return f, cut
		}
		id, n := string(body[:4]), int(binary.LittleEndian.Uint32(body[4:]))
		if n > len(body)-8 {
			return f, cut
		}
		chunk, in := body[:8+n], body[8:8+n]
		body = body[min(8+n+n&1, len(body)):]
		switch id {
		case "VP8X":
			if n < 10 {
				return f, cut
			}
			f.alpha = in[0]&0x10 != 0
			f.width, f.height = 1+uint24(in[4:]), 1+uint24(in[7:])
		case "ANMF":
			if n < 16 {
				return f, cut
			}
			f.x, f.y = 2*uint24(in), 2*uint24(in[3:])
			body = in[16:]
		case "ALPH":
			alph = chunk
		case "VP8 ", "VP8L":
			kind, picture = id, chunk
			if kind == "VP8L" && n >= 5 {
				f.alpha = f.alpha || f.width == 0 && in[4]&0x10 != 0
			}
		}
	}
	// Without a VP8X chunk, or to wrap again, the size stands in the picture itself.
	c, err := webp.DecodeConfig(bytes.NewReader(riff(picture)))
	if err != nil {
		return f, err
	}
	if f.width == 0 {
		f.width, f.height = c.Width, c.Height
	}
	if kind == "VP8 " && alph != nil && f.alpha {
		head := []byte("VP8X\x0a\x00\x00\x00\x10\x00\x00\x00\x00\x00\x00\x00\x00\x00")
		putUint24(head[12:], c.Width-1)
		putUint24(head[15:], c.Height-1)
		f.still = riff(head, alph, picture)
	} else {
		f.still = riff(picture)
	}
	if f.x+c.Width > f.width || f.y+c.Height > f.height {
		return f, errors.New("the first frame does not fit on the canvas")
	}
	return f, nil
}

// riff wraps chunks as a WebP file.
func riff(chunks ...[]byte) []byte {
	b := []byte("RIFF\x00\x00\x00\x00WEBP")
	for _, c := range chunks {
		b = append(b, c...)
		if len(c)&1 == 1 {
			b = append(b, 0)
		}
	}
	binary.LittleEndian.PutUint32(b[4:], uint32(len(b)-8))
	return b
}

func uint24(b []byte) int { return int(b[0]) | int(b[1])<<8 | int(b[2])<<16 }

func putUint24(b []byte, v int) { b[0], b[1], b[2] = uint8(v), uint8(v>>8), uint8(v>>16) }

func decodeWebP(dst *Picture, data []byte) error {
	f, err := readWebP(data)
	if err != nil {
		return err
	}
	m, err := webp.Decode(bytes.NewReader(f.still))
	if err != nil {
		return err
	}
	mode := RGB
	if f.alpha {
		mode = RGBA
	}
	dst.reset(mode, f.width, f.height)
	b := m.Bounds()
	if b.Dx() != f.width || b.Dy() != f.height {
		clear(dst.pix) // the rest of the canvas is transparent black
	}
	n := mode.channels()
	at := func(y int) []uint8 { return dst.row(f.y + y)[n*f.x:][:n*b.Dx()] }
	switch m := m.(type) {
	case *image.NRGBA:
		for y := range b.Dy() {
			copyPixels(at(y), m.Pix[y*m.Stride:], n)
		}
	case *image.YCbCr:
		webpRows(m, n, at)
		if n == 4 {
			for y := range b.Dy() {
				for row := at(y); len(row) > 0; row = row[4:] {
					row[3] = 255
				}
			}
		}
	case *image.NYCbCrA:
		webpRows(&m.YCbCr, n, at)
		for y := range b.Dy() {
			row := at(y)
			for x := range b.Dx() {
				row[4*x+3] = m.A[y*m.AStride+x]
			}
		}
	default:
		return errors.New("its pixels are of an unknown kind")
	}
	return nil
}

// copyPixels copies the first n of each four bytes.
func copyPixels(dst, src []uint8, n int) {
	if n == 4 {
		copy(dst, src)
		return
	}
	for x := range len(dst) / 3 {
		*(*[3]uint8)(dst[3*x:]) = [3]uint8(src[4*x : 4*x+3])
	}
}

// webpRows converts the planes of a lossy picture as libwebp does: chroma upsampled with weights 9:3:3:1, then the fixed-point BT.601
// conversion of limited range. n is the bytes of a pixel in the rows that at returns; alpha is left alone.
func webpRows(m *image.YCbCr, n int, at func(y int) []uint8) {
	w, h := m.Rect.Dx(), m.Rect.Dy()
	cw, ch := (w+1)/2, (h+1)/2
	us, vs := make([]int32, cw), make([]int32, cw)
	for y := range h {
		near, far := y/2, min(max(y/2-1+2*(y&1), 0), ch-1)
		for x := range cw {
			us[x] = 3*int32(m.Cb[near*m.CStride+x]) + int32(m.Cb[far*m.CStride+x])
			vs[x] = 3*int32(m.Cr[near*m.CStride+x]) + int32(m.Cr[far*m.CStride+x])
		}
		row, luma := at(y), m.Y[y*m.YStride:][:w]
		for x, yy := range luma {
			c, next := x/2, min(max(x/2-1+2*(x&1), 0), cw-1)
			u, v := (3*us[c]+us[next]+8)>>4, (3*vs[c]+vs[next]+8)>>4
			l := int32(yy) * 19077 >> 8
			d := (*[3]uint8)(row[n*x:])
			d[0] = clip6(l + v*26149>>8 - 14234)
			d[1] = clip6(l - u*6419>>8 - v*13320>>8 + 8708)
			d[2] = clip6(l + u*33050>>8 - 17685)
		}
	}
}

// clip6 drops six bits of fraction and limits to 0…255.
func clip6(v int32) uint8 { return uint8(min(max(v>>6, 0), 255)) }
