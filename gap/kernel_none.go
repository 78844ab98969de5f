//go:build !cgo || !(amd64 || arm64) || windows

package gap

// kernels lists the kernels in C that this build has: none. Everything is then computed in float64 by the plain twins. (On Windows, GCC
// does not align the stack for wide vectors.)
func kernels() []*kernel { return nil }
