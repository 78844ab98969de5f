package preprocess

// A span is where the square comes from along one axis: of the resized samples, n from first on are kept and stand at offset at of the
// square; the rest of the square is padding.
type span struct{ resized, first, n, at int }

// spans returns the geometry of a w×h picture.
func (p *Processor) spans(w, h int) (x, y span) {
	rw, rh := w, h
	switch p.p.Resize {
	case "shortest":
		// The long side is truncated: int(size·long/short) in both references.
		if w <= h {
			rw, rh = p.p.ResizeTo, p.p.ResizeTo*h/w
		} else {
			rw, rh = p.p.ResizeTo*w/h, p.p.ResizeTo
		}
	case "squash":
		rw, rh = p.p.Size, p.p.Size
	}
	return p.span(rw), p.span(rh)
}

// span crops or pads one axis of o resized samples.
func (p *Processor) span(o int) span {
	size, hf := p.p.Size, p.p.Pipeline != "open_clip" // Immich crops as transformers does
	if !p.p.Crop {
		return span{resized: o, n: o}
	}
	d := o - size
	switch {
	case d >= 0 && hf:
		return span{resized: o, first: d / 2, n: size}
	case d >= 0:
		// Python's round: half to even. d/2 has a half exactly when d is odd.
		first := d / 2
		if d&1 == 1 && first&1 == 1 {
			first++
		}
		return span{resized: o, first: first, n: size}
	case hf:
		return span{resized: o, n: o, at: (1 - d) / 2}
	default:
		return span{resized: o, n: o, at: -d / 2}
	}
}
