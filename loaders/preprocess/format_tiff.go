package preprocess

import (
	"bytes"
	"encoding/binary"

	"golang.org/x/image/tiff"
)

func configTIFF(data []byte) (int, int, error) {
	c, err := tiff.DecodeConfig(bytes.NewReader(data))
	return c.Width, c.Height, err
}

func decodeTIFF(dst *Picture, data []byte) error {
	m, err := tiff.Decode(bytes.NewReader(data))
	if err != nil {
		return err
	}
	if err := fromImage(dst, m, false); err != nil {
		return err
	}
	if dst.Mode == Grey && tiffBits(data) == 1 {
		bilevel(dst)
	}
	return nil
}

// tiffBits returns the BitsPerSample of a file of one sample a pixel whose first directory is sound; the default is 1.
func tiffBits(data []byte) int {
	var order binary.ByteOrder = binary.LittleEndian
	if data[0] == 'M' {
		order = binary.BigEndian
	}
	const bitsPerSample = 258
	at := int(order.Uint32(data[4:]))
	for range int(order.Uint16(data[at:])) {
		if order.Uint16(data[at+2:]) == bitsPerSample {
			return int(order.Uint16(data[at+10:]))
		}
		at += 12
	}
	return 1
}
