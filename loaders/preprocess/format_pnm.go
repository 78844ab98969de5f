package preprocess

import (
	"errors"
	"fmt"
)

// matchPNM recognises the binary grey and colour maps of the PBM family: "P5" and "P6" and white space.
func matchPNM(data []byte) bool {
	return len(data) >= 3 && data[0] == 'P' && (data[1] == '5' || data[1] == '6') && isPNMSpace(data[2])
}

func isPNMSpace(c byte) bool {
	return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\v' || c == '\f'
}

// pnmHeader reads width, height and greatest value, with comments from # to the end of the line between them, and returns where pixels begin.
func pnmHeader(data []byte) (w, h, highest, at int, err error) {
	at = 2
	var v [3]int
	for k := range v {
		for at < len(data) && (isPNMSpace(data[at]) || data[at] == '#') {
			if data[at] == '#' {
				for at < len(data) && data[at] != '\n' && data[at] != '\r' {
					at++
				}
				continue
			}
			at++
		}
		digits := 0
		for at < len(data) && data[at] >= '0' && data[at] <= '9' && digits < 9 {
			v[k] = 10*v[k] + int(data[at]-'0')
			at++
			digits++
		}
		if digits == 0 {
			return 0, 0, 0, 0, errors.New("its header is not three numbers")
		}
	}
	if at >= len(data) || !isPNMSpace(data[at]) {
		return 0, 0, 0, 0, errors.New("its header does not end")
	}
	return v[0], v[1], v[2], at + 1, nil
}

func configPNM(data []byte) (int, int, error) {
	w, h, _, _, err := pnmHeader(data)
	return w, h, err
}

// decodePNM reads 8-bit maps, and of 16-bit ones the high byte, as everywhere in this package.
func decodePNM(dst *Picture, data []byte) error {
	w, h, highest, at, err := pnmHeader(data)
	if err != nil {
		return err
	}
	wide := 1
	switch highest {
	case 255:
	case 65535:
		wide = 2
	default:
		return fmt.Errorf("its greatest value is %d, and only 255 and 65535 are known", highest)
	}
	mode := Grey
	if data[1] == '6' {
		mode = RGB
	}
	n := w * h * mode.channels()
	if int64(len(data)-at) < int64(n)*int64(wide) {
		return errCut
	}
	dst.reset(mode, w, h)
	for i := range n {
		dst.pix[i] = data[at+i*wide]
	}
	return nil
}
