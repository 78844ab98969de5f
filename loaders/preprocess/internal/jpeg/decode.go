package jpeg

import (
	"encoding/binary"
	"errors"
	"fmt"

	"mindgap/loaders/preprocess/internal/kernel"
)

// A Color says what the components of a decoded picture are.
type Color uint8

const (
	Grey Color = iota // one component
	RGB               // three
	CMYK              // four, as stored: Adobe's writers store them inverted, 255 meaning no ink
)

// An Image is a decoded picture: interleaved components, rows from the top.
type Image struct {
	Color         Color
	Width, Height int
	Pix           []uint8
}

// A component is one plane of the picture.
type component struct {
	id     uint8
	h, v   int // sampling factors
	quant  uint8
	dc, ac uint8
	// The plane as coded: whole blocks, padded to whole MCUs.
	blocksX, blocksY int
	stride           int
	plane            []uint8
	// The part that the picture covers.
	width, height int
	// The dequantised coefficients of a row of MCUs, 64 a block in natural order, and which of each block is the last other than zero, in
	// the order of the file.
	row  []int16
	last []uint8
	// Progressive only: the coefficients gathered over the scans, 64 a block in zigzag order.
	coeff []int16
	pred  int32
}

// A Decoder decodes one picture after another and keeps its working memory in between. The zero value is ready. It is not for
// concurrent use.
type Decoder struct {
	data        []byte
	pos         int
	frame       bool
	progressive bool
	width       int
	height      int
	hMax, vMax  int
	mcusX       int
	mcusY       int
	comp        [4]component
	nComp       int
	restart     int
	jfif        bool
	adobe       bool
	transform   uint8
	quant       [4][64]uint16 // zigzag order
	quantSet    [4]bool
	huff        [2][4]huffman // class (0 DC, 1 AC), identifier
	bits        bitReader
	eobRun      uint32
	scans       int
	rows        [][]uint8 // one upsampled row a component
	chroma      kernel.Chroma
	work        []uint8 // of the kernel
}

// fast is what does the arithmetic in C, nil where this build or processor has nothing faster than Go.
var fast = kernel.Fastest()

// Marker codes, without their leading 0xFF.
const (
	mSOF0, mSOF1, mSOF2 = 0xc0, 0xc1, 0xc2
	mDHT                = 0xc4
	mJPG, mDAC          = 0xc8, 0xcc
	mSOF15              = 0xcf
	mRST0, mRST7        = 0xd0, 0xd7
	mSOI, mEOI          = 0xd8, 0xd9
	mSOS, mDQT, mDNL    = 0xda, 0xdb, 0xdc
	mDRI                = 0xdd
	mAPP0, mAPP14       = 0xe0, 0xee
	mTEM                = 0x01
)

// maxScans bounds the work that a small progressive file can ask for: an honest one has about ten scans.
const maxScans = 200

// Config returns the size that the file declares, reading no further than its frame header.
func (d *Decoder) Config(data []byte) (width, height int, err error) {
	if err := d.begin(data); err != nil {
		return 0, 0, err
	}
	for !d.frame {
		m, body, err := d.segment()
		if err != nil {
			return 0, 0, err
		}
		if m == mEOI || m == mSOS {
			return 0, 0, errors.New("there is no frame header")
		}
		if isFrame(m) {
			if err := d.readFrame(m, body); err != nil {
				return 0, 0, err
			}
		}
	}
	return d.width, d.height, nil
}

// Decode decodes data into img, reusing img.Pix where it is large enough.
func (d *Decoder) Decode(img *Image, data []byte) error {
	if err := d.begin(data); err != nil {
		return err
	}
	for {
		m, body, err := d.segment()
		if err != nil {
			return err
		}
		switch {
		case isFrame(m):
			if d.frame {
				return errors.New("there is a second frame header")
			}
			if err = d.readFrame(m, body); err == nil {
				err = d.allocate()
			}
		case m == mSOS:
			err = d.scan(body)
		case m == mDHT:
			err = d.readHuffman(body)
		case m == mDQT:
			err = d.readQuant(body)
		case m == mDRI:
			if len(body) < 2 {
				return errors.New("the restart interval is cut short")
			}
			d.restart = int(binary.BigEndian.Uint16(body))
		case m == mDNL:
			err = errors.New("the height is declared after the picture (DNL)")
		case m == mAPP0:
			d.jfif = d.jfif || len(body) >= 5 && string(body[:5]) == "JFIF\x00"
		case m == mAPP14:
			if len(body) >= 12 && string(body[:5]) == "Adobe" {
				d.adobe, d.transform = true, body[11]
			}
		case m == mEOI:
			if d.scans == 0 {
				return errors.New("there is no picture data")
			}
			return d.finish(img)
		}
		if err != nil {
			return err
		}
	}
}

// begin resets everything but the working memory.
func (d *Decoder) begin(data []byte) error {
	if len(data) < 2 || data[0] != 0xff || data[1] != mSOI {
		return errors.New("it does not begin with a start-of-image marker")
	}
	d.data, d.pos = data, 2
	d.frame, d.jfif, d.adobe, d.restart, d.scans = false, false, false, 0, 0
	d.quantSet = [4]bool{}
	for class := range d.huff {
		for id := range d.huff[class] {
			d.huff[class][id].defined = false
		}
	}
	return nil
}

// segment returns the next marker and, where it has one, its body. Bytes before the marker are passed over, as libjpeg does.
func (d *Decoder) segment() (marker uint8, body []byte, err error) {
	for {
		for d.pos < len(d.data) && d.data[d.pos] != 0xff {
			d.pos++
		}
		for d.pos < len(d.data) && d.data[d.pos] == 0xff {
			d.pos++
		}
		if d.pos >= len(d.data) {
			return 0, nil, errShort
		}
		m := d.data[d.pos]
		d.pos++
		switch {
		case m == 0 || m == mTEM || m == mSOI || m >= mRST0 && m <= mRST7:
			continue
		case m == mEOI:
			return m, nil, nil
		}
		if d.pos+2 > len(d.data) {
			return 0, nil, errShort
		}
		n := int(binary.BigEndian.Uint16(d.data[d.pos:]))
		if n < 2 {
			return 0, nil, fmt.Errorf("the segment of marker %#02x has length %d", m, n)
		}
		if d.pos+n > len(d.data) {
			return 0, nil, errShort
		}
		body = d.data[d.pos+2 : d.pos+n]
		d.pos += n
		return m, body, nil
	}
}

// isFrame reports whether the marker begins a frame header of any kind.
func isFrame(m uint8) bool {
	return m >= mSOF0 && m <= mSOF15 && m != mDHT && m != mJPG && m != mDAC
}

// readFrame reads a frame header.
func (d *Decoder) readFrame(m uint8, b []byte) error {
	if m != mSOF0 && m != mSOF1 && m != mSOF2 {
		return fmt.Errorf("the coding process SOF%d is not supported", m-mSOF0)
	}
	if len(b) < 6 {
		return errors.New("the frame header is cut short")
	}
	if b[0] != 8 {
		return fmt.Errorf("samples have %d bits", b[0])
	}
	d.progressive = m == mSOF2
	d.height, d.width = int(binary.BigEndian.Uint16(b[1:])), int(binary.BigEndian.Uint16(b[3:]))
	d.nComp = int(b[5])
	if d.nComp != 1 && d.nComp != 3 && d.nComp != 4 {
		return fmt.Errorf("there are %d components", d.nComp)
	}
	if len(b) < 6+3*d.nComp {
		return errors.New("the frame header is cut short")
	}
	if d.width == 0 || d.height == 0 {
		return fmt.Errorf("the picture is %d×%d", d.width, d.height)
	}
	d.hMax, d.vMax = 1, 1
	for i := range d.nComp {
		c, s := &d.comp[i], b[6+3*i:]
		c.id, c.h, c.v, c.quant = s[0], int(s[1]>>4), int(s[1]&15), s[2]
		if c.h < 1 || c.h > 4 || c.v < 1 || c.v > 4 || c.quant > 3 {
			return fmt.Errorf("component %d has sampling %d×%d and quantisation table %d", c.id, c.h, c.v, c.quant)
		}
		for _, other := range d.comp[:i] {
			if other.id == c.id {
				return fmt.Errorf("two components are called %d", c.id)
			}
		}
		d.hMax, d.vMax = max(d.hMax, c.h), max(d.vMax, c.v)
	}
	if d.nComp == 1 {
		// With one component the sampling factors mean nothing: an MCU is a block.
		d.comp[0].h, d.comp[0].v, d.hMax, d.vMax = 1, 1, 1, 1
	}
	for i := range d.nComp {
		if c := &d.comp[i]; d.hMax%c.h != 0 || d.vMax%c.v != 0 {
			return fmt.Errorf("component %d has sampling %d×%d of %d×%d", c.id, c.h, c.v, d.hMax, d.vMax)
		}
	}
	d.mcusX, d.mcusY = ceilDiv(d.width, 8*d.hMax), ceilDiv(d.height, 8*d.vMax)
	d.frame = true
	return nil
}

// allocate makes the planes, and for a progressive picture the coefficients.
func (d *Decoder) allocate() error {
	blocks := 0
	for i := range d.nComp {
		blocks += d.mcusX * d.mcusY * d.comp[i].h * d.comp[i].v
	}
	// Each block takes at least one bit (two in a sequential picture), so a header that claims far more than the file can hold is
	// refused before memory is given to it.
	if blocks/8 > len(d.data) {
		return errShort
	}
	for i := range d.nComp {
		c := &d.comp[i]
		c.blocksX, c.blocksY = d.mcusX*c.h, d.mcusY*c.v
		c.stride = 8 * c.blocksX
		c.width, c.height = ceilDiv(d.width*c.h, d.hMax), ceilDiv(d.height*c.v, d.vMax)
		c.plane = grow(c.plane, c.stride*8*c.blocksY)
		c.row, c.last = grow(c.row, 64*c.blocksX*c.v), grow(c.last, c.blocksX*c.v)
		if d.progressive {
			c.coeff = grow(c.coeff, 64*c.blocksX*c.blocksY)
			clear(c.coeff)
		}
	}
	return nil
}

// readHuffman reads the tables of a DHT segment.
func (d *Decoder) readHuffman(b []byte) error {
	for len(b) > 0 {
		if len(b) < 17 {
			return errors.New("a Huffman table is cut short")
		}
		class, id := b[0]>>4, b[0]&15
		if class > 1 || id > 3 {
			return fmt.Errorf("there is a Huffman table of class %d and number %d", class, id)
		}
		total := 0
		for _, n := range b[1:17] {
			total += int(n)
		}
		if total > 256 || len(b) < 17+total {
			return errors.New("a Huffman table is cut short")
		}
		if err := d.huff[class][id].build(b[1:17], b[17:17+total]); err != nil {
			return err
		}
		b = b[17+total:]
	}
	return nil
}

// readQuant reads the tables of a DQT segment.
func (d *Decoder) readQuant(b []byte) error {
	for len(b) > 0 {
		wide, id := int(b[0]>>4), b[0]&15
		if wide > 1 || id > 3 {
			return fmt.Errorf("there is a quantisation table of precision %d and number %d", wide, id)
		}
		size := 64 * (1 + wide)
		if len(b) < 1+size {
			return errors.New("a quantisation table is cut short")
		}
		for k := range 64 {
			if wide == 0 {
				d.quant[id][k] = uint16(b[1+k])
			} else {
				d.quant[id][k] = binary.BigEndian.Uint16(b[1+2*k:])
			}
		}
		d.quantSet[id] = true
		b = b[1+size:]
	}
	return nil
}

func ceilDiv(a, b int) int { return (a + b - 1) / b }

// grow returns a slice of n elements, s itself where it is large enough. Its contents are not defined.
func grow[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n)
	}
	return s[:n]
}
