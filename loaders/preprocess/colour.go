package preprocess

// The conversions below are Pillow's, rounding included (libImaging/Convert.c, AlphaComposite.c).

// mulDiv255 returns a·b/255 rounded, as Pillow's MULDIV255.
func mulDiv255(a, b uint32) uint32 {
	t := a*b + 128
	return (t>>8 + t) >> 8
}

// rowOnWhite writes pixels x0 to x1 of row y as RGB, transparency composited onto white: what the "hf" pipeline starts from.
func rowOnWhite(dst []uint8, p *Picture, y, x0, x1 int) {
	ch := p.Mode.channels()
	src := p.row(y)[x0*ch : x1*ch]
	switch p.Mode {
	case RGB:
		copy(dst, src)
	case Grey:
		for x, v := range src {
			d := (*[3]uint8)(dst[3*x:])
			d[0], d[1], d[2] = v, v, v
		}
	case Palette:
		for x, v := range src {
			onWhite((*[3]uint8)(dst[3*x:]), &p.palette[v])
		}
	case CMYK:
		for x := range x1 - x0 {
			cmykToRGB((*[3]uint8)(dst[3*x:]), (*[4]uint8)(src[4*x:]))
		}
	default:
		for x := range x1 - x0 {
			onWhite((*[3]uint8)(dst[3*x:]), (*[4]uint8)(src[4*x:]))
		}
	}
}

// rowOpaque writes pixels x0 to x1 of row y as RGB and drops alpha, as Pillow's convert("RGB"): what the "immich" pipeline starts from.
func rowOpaque(dst []uint8, p *Picture, y, x0, x1 int) {
	ch := p.Mode.channels()
	src := p.row(y)[x0*ch : x1*ch]
	for x := range x1 - x0 {
		d := (*[3]uint8)(dst[3*x:])
		switch p.Mode {
		case Palette:
			*d = [3]uint8(p.palette[src[x]][:3])
		case CMYK:
			cmykToRGB(d, (*[4]uint8)(src[4*x:]))
		default:
			*d = [3]uint8(src[ch*x:])
		}
	}
}

// onWhite composites a pixel onto opaque white with the 7 bits of extra precision of Pillow's alpha_composite.
func onWhite(d *[3]uint8, s *[4]uint8) {
	switch a := uint32(s[3]); a {
	case 255:
		d[0], d[1], d[2] = s[0], s[1], s[2]
	case 0:
		d[0], d[1], d[2] = 255, 255, 255
	default:
		for c := range 3 {
			t := uint32(s[c])*(a<<7) + 255*((255-a)<<7) + 128<<7
			d[c] = uint8((t>>8 + t) >> 8 >> 7)
		}
	}
}

// cmykToRGB converts a pixel: each ink darkens what black leaves.
func cmykToRGB(d *[3]uint8, s *[4]uint8) {
	white := 255 - uint32(s[3])
	for c := range 3 {
		d[c] = uint8(white - mulDiv255(uint32(s[c]), white))
	}
}

// rowPremultiplied writes RGBA pixels with their colours multiplied by alpha, as Pillow does before it resizes.
func rowPremultiplied(dst, src []uint8) {
	for x := 0; x+4 <= len(src); x += 4 {
		s, d := (*[4]uint8)(src[x:]), (*[4]uint8)(dst[x:])
		a := uint32(s[3])
		d[0], d[1], d[2] = uint8(mulDiv255(uint32(s[0]), a)), uint8(mulDiv255(uint32(s[1]), a)), uint8(mulDiv255(uint32(s[2]), a))
		d[3] = s[3]
	}
}

// unpremultiply undoes rowPremultiplied for one pixel and drops its alpha.
func unpremultiply(d *[3]uint8, s *[4]uint8) {
	a := uint32(s[3])
	if a == 0 || a == 255 {
		d[0], d[1], d[2] = s[0], s[1], s[2]
		return
	}
	for c := range 3 {
		d[c] = uint8(min(255*uint32(s[c])/a, 255))
	}
}
