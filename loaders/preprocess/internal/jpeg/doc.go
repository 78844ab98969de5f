// Package jpeg decodes baseline and progressive JPEG to the very pixels that libjpeg-turbo, and so Pillow, gives.
//
// Three things make the difference to image/jpeg, which is up to 53 levels away on 4:2:0 photographs: the inverse DCT is the
// "accurate integer" one (Loeffler, Ligtenberg and Moschytz 1989, 13-bit constants, columns before rows, two bits kept in between),
// chroma is upsampled with libjpeg's triangle filter and its alternating rounding, and the colour conversion is its 16-bit
// fixed-point one. All three are integer arithmetic, so equality is exact and the same on every machine.
//
// Unlike libjpeg, which fills what is missing with grey and warns, the decoder refuses damaged entropy-coded data: a picture that is
// half grey must not pass for a measurement.
package jpeg
