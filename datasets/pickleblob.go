package datasets

import (
	"bufio"
	"fmt"
	"io"
)

// A pickleBlob is a long string's place in the file.
type pickleBlob struct {
	offset, length int64
	latin1         bool // UTF-8 text whose characters are the bytes, as Python 3 writes bytes under protocol 2
}

// latin1 returns the bytes whose values are the characters of a text.
func latin1(text string) string {
	b := make([]byte, 0, len(text))
	for _, r := range text {
		b = append(b, byte(r))
	}
	return string(b)
}

// A latin1Reader turns UTF-8 text whose characters are all below U+0100 into the bytes that these stand for.
type latin1Reader struct{ r io.ByteReader }

func (l latin1Reader) Read(p []byte) (int, error) {
	for i := range p {
		c, err := l.r.ReadByte()
		if err != nil {
			return i, err
		}
		if c >= 0x80 {
			next, err := l.r.ReadByte()
			if err != nil {
				return i, io.ErrUnexpectedEOF
			}
			if c&^1 != 0xc2 || next&0xc0 != 0x80 {
				return i, fmt.Errorf("the characters %#02x %#02x, which are no Latin-1", c, next)
			}
			c = c<<6 | next&0x3f
		}
		p[i] = c
	}
	return len(p), nil
}

// open returns the bytes of a blob.
func (b pickleBlob) open(f io.ReaderAt) io.Reader {
	r := bufio.NewReaderSize(io.NewSectionReader(f, b.offset, b.length), 1<<16)
	if b.latin1 {
		return latin1Reader{r}
	}
	return r
}
