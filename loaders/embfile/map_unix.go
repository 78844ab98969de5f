//go:build linux || darwin

package embfile

import (
	"encoding/binary"
	"io"
	"os"
	"syscall"
	"unsafe"
)

// mapFrom is the size in bytes from which on numbers are mapped. Below it reading costs a fraction of a second and leaves no mapping behind. A
// variable so that tests need no large files.
var mapFrom int64 = 256 << 20

// mapFloats maps count little-endian float32 numbers of a file, for as long as the process lives. It returns nil where they cannot be
// mapped or are too few for it; the caller then reads them.
func mapFloats(r io.ReaderAt, offset, count int64) []float32 {
	f, ok := r.(*os.File)
	if !ok || count == 0 || 4*count < mapFrom || offset%4 != 0 || int64(int(offset+4*count)) != offset+4*count ||
		binary.NativeEndian.Uint16([]byte{1, 0}) != 1 {
		return nil
	}
	// Private and writable: who changes the matrix gets pages of his own, and the file stays as it is.
	b, err := syscall.Mmap(int(f.Fd()), 0, int(offset+4*count), syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_PRIVATE)
	if err != nil {
		return nil
	}
	return unsafe.Slice((*float32)(unsafe.Pointer(&b[offset])), count)
}
