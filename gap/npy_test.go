package gap

import (
	"bytes"
	"encoding/binary"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// npy is a .npy array of float32, float64 or int64, read as float64.
type npy struct {
	shape []int
	data  []float64
}

// readNpy reads a version 1 file in C order.
func readNpy(tb testing.TB, path string) npy {
	tb.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		tb.Fatal(err)
	}
	if len(raw) < 10 || !bytes.HasPrefix(raw, []byte("\x93NUMPY\x01")) {
		tb.Fatalf("%s is not a .npy file of version 1", path)
	}
	end := 10 + int(binary.LittleEndian.Uint16(raw[8:]))
	header, body := string(raw[10:end]), raw[end:]
	if !strings.Contains(header, "'fortran_order': False") {
		tb.Fatalf("%s: header %s", path, header)
	}
	var a npy
	size := 1
	for _, s := range regexp.MustCompile(`\d+`).FindAllString(header[strings.Index(header, "("):], -1) {
		n, _ := strconv.Atoi(s)
		a.shape = append(a.shape, n)
		size *= n
	}
	a.data = make([]float64, size)
	for i := range a.data {
		switch {
		case strings.Contains(header, "<f4"):
			a.data[i] = float64(math.Float32frombits(binary.LittleEndian.Uint32(body[4*i:])))
		case strings.Contains(header, "<f8"):
			a.data[i] = math.Float64frombits(binary.LittleEndian.Uint64(body[8*i:]))
		case strings.Contains(header, "<i8"):
			a.data[i] = float64(int64(binary.LittleEndian.Uint64(body[8*i:])))
		default:
			tb.Fatalf("%s: header %s", path, header)
		}
	}
	return a
}

// embeddings returns a 2-D array as embeddings.
func (a npy) embeddings() *Embeddings {
	d := a.shape[len(a.shape)-1]
	data := make([]float32, len(a.data))
	for i, v := range a.data {
		data[i] = float32(v)
	}
	return NewEmbeddings(len(data)/d, d, data)
}

// referencePath returns a file of the reference folder, which only conformance tests read. They run when MINDGAP_REFERENCE names it.
func referencePath(tb testing.TB, parts ...string) string {
	tb.Helper()
	root := os.Getenv("MINDGAP_REFERENCE")
	if root == "" {
		tb.Skip("MINDGAP_REFERENCE is empty: no reference folder to conform to")
	}
	return filepath.Join(append([]string{root}, parts...)...)
}

// referencePair reads features_NAME.npy: shape (2, n, d), images then texts.
func referencePair(tb testing.TB, name string) Pair {
	tb.Helper()
	a := readNpy(tb, referencePath(tb, "features", "features_"+name+".npy"))
	n, d := a.shape[1], a.shape[2]
	e := a.embeddings()
	return NewPair(NewEmbeddings(n, d, e.Data[:n*d]), NewEmbeddings(n, d, e.Data[n*d:]), nil)
}
