package models

// Preprocess says how a picture becomes the image tower's input, in the words of preprocessor_config.json.
type Preprocess struct {
	Size          int        // side of the square that the tower is fed, in pixels
	Resize        string     // "shortest": shortest side to ResizeTo, then centre crop; "squash": both sides to Size; "none"
	ResizeTo      int        // target of "shortest", usually equal to Size
	Interpolation string     // "nearest", "box", "bilinear", "hamming", "bicubic", "lanczos": Pillow's filters
	Crop          bool       // centre crop to Size×Size
	Mean, Std     [3]float32 // (x/255 − mean) / std, per channel R, G, B
	Pipeline      string     // whose rounding, alpha and colour rules: "hf" (transformers) or "open_clip" (torchvision)
}
