package preprocess

import (
	"errors"
	"fmt"
	"strconv"

	"mindgap/models/fault"
)

// MaxPixels is the largest picture that Decode takes: twice Pillow's MAX_IMAGE_PIXELS, above which Pillow refuses a file as a
// decompression bomb.
const MaxPixels = 178_956_970

// A format is one file format: how it begins, how to read its size and how to decode it.
type format struct {
	name   string
	match  func(data []byte) bool
	config func(data []byte) (width, height int, err error)
	decode func(dst *Picture, data []byte) error
}

// formats are all that Decode knows, found by content. The extension of a file plays no part.
var formats = []format{
	{"JPEG", prefix("\xff\xd8\xff"), configJPEG, decodeJPEG},
	{"PNG", prefix("\x89PNG\r\n\x1a\n"), configPNG, decodePNG},
	{"GIF", prefix("GIF87a", "GIF89a"), configGIF, decodeGIF},
	{"WebP", matchWebP, configWebP, decodeWebP},
	{"BMP", prefix("BM"), configBMP, decodeBMP},
	{"TIFF", prefix("II*\x00", "MM\x00*"), configTIFF, decodeTIFF},
	{"PNM", matchPNM, configPNM, decodePNM},
}

const wantedFormats = "a JPEG, PNG, GIF, BMP, TIFF, WebP, PGM or PPM picture"

// errCut is the cause given for a file that cannot hold the pixels that it declares.
var errCut = errors.New("the file is too short for the pixels that it declares")

// prefix matches files that begin with any of the given bytes.
func prefix(starts ...string) func([]byte) bool {
	return func(data []byte) bool {
		for _, s := range starts {
			if len(data) >= len(s) && string(data[:len(s)]) == s {
				return true
			}
		}
		return false
	}
}

// Decode decodes the encoded picture data: JPEG, PNG, GIF (first frame), BMP, TIFF, WebP (first frame), binary PGM or PPM, told apart by content. The
// name is for error messages. Every error is a *fault.Error: data that is empty, something else, cut short, damaged, or larger than
// MaxPixels is the user's to know about, with the item's name.
func Decode(name string, data []byte) (*Picture, error) {
	p := new(Picture)
	if err := DecodeTo(p, name, data); err != nil {
		return nil, err
	}
	return p, nil
}

// DecodeTo is Decode into dst, whose memory is reused where it is large enough. After an error dst holds no picture.
func DecodeTo(dst *Picture, name string, data []byte) (err error) {
	dst.Name, dst.Width, dst.Height = name, 0, 0
	f := sniff(data)
	if f == nil {
		return unknown(name, data)
	}
	damaged := func(cause error) error {
		return &fault.Error{Op: opDecode, Thing: name, Found: fmt.Sprintf("a damaged %s file of %s bytes", f.name, group(len(data))),
			Wanted: "a whole picture", Err: cause, Next: "get the file again or leave it out"}
	}
	// The decoders below this package are tested against hostile files, but a fault in one of them must not end the program.
	defer func() {
		if r := recover(); r != nil {
			err = damaged(fmt.Errorf("its decoder gave up: %v", r))
		}
		if err != nil {
			dst.Width, dst.Height = 0, 0
		}
	}()
	w, h, err := f.config(data)
	switch {
	case err != nil:
		return damaged(err)
	case w <= 0 || h <= 0:
		return damaged(fmt.Errorf("it declares %d×%d pixels", w, h))
	case int64(w)*int64(h) > MaxPixels:
		return &fault.Error{Op: opDecode, Thing: name, Found: fmt.Sprintf("a %s file that declares %s×%s pixels", f.name, group(w), group(h)),
			Wanted: fmt.Sprintf("at most %s pixels (Pillow's limit against decompression bombs)", group(MaxPixels)),
			Next:   "scale the picture down or leave it out"}
	}
	if err := f.decode(dst, data); err != nil {
		return damaged(err)
	}
	return nil
}

// ReadTo is DecodeTo of what read returns. Like the pixels, the memory of the file is dst's: read is given what the last call left, and may
// put the file there and grow it, or return bytes that are elsewhere. An error of read is returned as it is.
func ReadTo(dst *Picture, name string, read func(buf *[]byte) ([]byte, error)) error {
	data, err := read(&dst.file)
	if err != nil {
		dst.Name, dst.Width, dst.Height = name, 0, 0
		return err
	}
	if cap(dst.file) > maxKept {
		dst.file = nil // one giant among the files must not stay
	}
	return DecodeTo(dst, name, data)
}

// maxKept is the longest file whose memory ReadTo keeps.
const maxKept = 1 << 24

// sniff returns the format that data begins as, or nil.
func sniff(data []byte) *format {
	for i := range formats {
		if formats[i].match(data) {
			return &formats[i]
		}
	}
	return nil
}

// group writes n with a comma at every third digit.
func group(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
