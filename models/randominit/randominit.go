// Package randominit draws the weights of two-tower models: the untrained models that the modality gap is measured on before any training
// has happened.
//
// A model is an [Arch] (one of the embedded ones, or any config.json), a [Scheme] and a seed; [New] makes it as a read-only file system
// that holds what transformers or open_clip would save. Nothing is drawn until a file is read, and every tensor is a function of the seed and
// its own name, in blocks that are drawn independently, so that a file of a gigabyte can be read anywhere, by several readers at once,
// without ever lying in memory. [Redraw] does the same to a folder of ONNX graphs, whose initializers it replaces in place.
//
// Drawing is the same on every machine: the generator is PCG-DXSM as math/rand/v2 defines it, and the arithmetic between its words and a
// float32 is IEEE 754 without fused operations and without the standard library's transcendental functions, which differ between
// processors. It is not PyTorch's generator: a seed here and torch.manual_seed there give two models of the same distribution.
package randominit

// Version is part of every seed and digest. It rises when the same reference would give other weights.
const Version = "1"
