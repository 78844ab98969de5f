package datasets

import "strconv"

// itemID names item i of a set that numbers its items: "test/00042".
func itemID(split string, i int) string {
	b := make([]byte, 0, 24)
	b = append(append(b, split...), '/')
	for width := 10000; width > 1 && i < width; width /= 10 {
		b = append(b, '0')
	}
	return string(strconv.AppendInt(b, int64(i), 10))
}

// recordName names record i of a file in messages.
func recordName(file string, i int) string { return file + " record " + strconv.Itoa(i) }

// interleave turns the planes of red, green and blue, which lie one after the other, into interleaved pixels.
func interleave(planes []byte) []byte {
	n := len(planes) / 3
	r, g, b := planes[:n:n], planes[n:2*n:2*n], planes[2*n:3*n:3*n]
	rgb := make([]byte, 3*n)
	// Slices of a length that the compiler knows spare the bounds checks of the inner loop.
	for i, out := 0, rgb; i < len(r) && i < len(g) && i < len(b) && len(out) >= 3; i, out = i+1, out[3:] {
		out[0], out[1], out[2] = r[i], g[i], b[i]
	}
	return rgb
}

// transpose turns three planes of side×side bytes, each column by column, into interleaved pixels, row by row.
func transpose(planes []byte, side int) []byte {
	rgb := make([]byte, 3*side*side)
	for c := range 3 {
		for x := range side {
			column := planes[(c*side+x)*side:][:side]
			for y, v := range column {
				rgb[3*(y*side+x)+c] = v
			}
		}
	}
	return rgb
}
