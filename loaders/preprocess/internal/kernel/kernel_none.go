//go:build !cgo || !(amd64 || arm64) || windows

package kernel

// All lists the kernels in C that this build has: none. The plain twins in Go do the work.
func All() []*Kernel { return nil }

// Fastest returns nil: there is no kernel.
func Fastest() *Kernel { return nil }
