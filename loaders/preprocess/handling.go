package preprocess

// A handling is how a pipeline takes one picture: in what form its rows are resized, and what makes RGB of the result.
type handling struct {
	channels int  // bytes a pixel while resizing
	nearest  bool // the pipeline falls back to the nearest neighbour
	// source returns pixels x0 to x1 of row y in that form, in dst or in place.
	source rowSource
	// toRGB turns one resized pixel into RGB; nil where channels is 3 or 1 and there is nothing to do but copy or repeat.
	toRGB func(d *[3]uint8, s []uint8)
}

// handling returns how the pipeline takes pic; same says that the picture already has the size it is to be resized to, in which case
// Pillow copies it and never premultiplies.
func (p *Processor) handling(pic *Picture, same bool) handling {
	ch := pic.Mode.channels()
	stored := rowSource{row: func(_ []uint8, y, x0, x1 int) []uint8 { return pic.row(y)[x0*ch : x1*ch] }, stored: pic}
	switch {
	case pic.Mode == Grey, pic.Mode == RGB:
		// Both pipelines agree. Three equal channels stay equal, so grey is resized once.
		return handling{channels: ch, source: stored}
	case p.p.Pipeline == "hf":
		return handling{channels: 3, source: rowSource{row: func(dst []uint8, y, x0, x1 int) []uint8 {
			rowOnWhite(dst, pic, y, x0, x1)
			return dst
		}}}
	}
	if p.p.Pipeline == "immich" {
		return handling{channels: 3, source: rowSource{row: func(dst []uint8, y, x0, x1 int) []uint8 {
			rowOpaque(dst, pic, y, x0, x1)
			return dst
		}}}
	}
	switch pic.Mode {
	case Palette:
		return handling{channels: 1, nearest: true, source: stored, toRGB: func(d *[3]uint8, s []uint8) {
			*d = [3]uint8(pic.palette[s[0]][:3])
		}}
	case CMYK:
		return handling{channels: 4, source: stored, toRGB: func(d *[3]uint8, s []uint8) { cmykToRGB(d, (*[4]uint8)(s)) }}
	case RGBA:
		if !same && p.filter.kernel != nil {
			return handling{channels: 4, toRGB: func(d *[3]uint8, s []uint8) { unpremultiply(d, (*[4]uint8)(s)) },
				source: rowSource{row: func(dst []uint8, y, x0, x1 int) []uint8 {
					rowPremultiplied(dst, stored.row(nil, y, x0, x1))
					return dst
				}}}
		}
	}
	return handling{channels: 4, source: stored, toRGB: func(d *[3]uint8, s []uint8) { *d = [3]uint8(s[:3]) }}
}

// store writes a row of resized pixels as RGB.
func (h *handling) store(dst, src []uint8) {
	switch {
	case h.toRGB != nil:
		for x := range len(dst) / 3 {
			h.toRGB((*[3]uint8)(dst[3*x:]), src[x*h.channels:])
		}
	case h.channels == 3:
		copy(dst, src)
	default:
		for x, v := range src {
			d := (*[3]uint8)(dst[3*x:])
			d[0], d[1], d[2] = v, v, v
		}
	}
}
