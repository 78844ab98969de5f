// Package preprocess turns an encoded picture into exactly what a reference pipeline feeds the image tower.
//
// The way is
//
//	bytes ─ Decode ─► Picture (as stored) ─ Processor ─► rows as the pipeline wants them ─► resample ─► crop ─► RGB ─► (x/255 − mean)/std
//
// and each step is held to the integer arithmetic of the program it stands for: libjpeg-turbo and libwebp for the pixels, Pillow's
// 8-bit resampler for the resizing, and transformers ("hf") or torchvision as open_clip uses it ("open_clip") for the geometry and the
// colour rules. The two pipelines differ:
//
//	                 hf (CLIPImageProcessor, PIL backend)        open_clip (torchvision on PIL)
//	colour           to RGB first, transparency on white         resize as stored, to RGB last, transparency dropped
//	palette, 1 bit   RGB, then the filter                        nearest neighbour on the indices
//	RGBA, grey+alpha on white, then the filter                   premultiplied while resizing
//	CMYK             RGB, then the filter                        the filter on the four inks
//	crop offset      ⌊(o − c)/2⌋                                 (o − c)/2 rounded half to even
//	padding          ⌈(c − o)/2⌉ before                          ⌊(c − o)/2⌋ before
//
// A third, "immich", is hf with transparency dropped, as Pillow's convert does.
//
// Decoding and resizing run in vector instructions where there is a C compiler (package internal/kernel), and else in Go: the same bytes, in
// nearly three times the time.
//
// The resampler follows Pillow 13, which resizes a picture down before across where its height shrinks by more than twice what its width
// does; earlier versions never did, and differ from it by a level here and there on tall, narrow pictures.
//
// Neither applies an EXIF orientation or a colour profile, and so neither does this package. One departure is deliberate: Pillow clips
// 16-bit grey at 255, which leaves a white square; here such a picture is its high byte, as 16-bit colour is in Pillow too.
package preprocess
