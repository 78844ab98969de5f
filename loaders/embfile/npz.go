package embfile

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"mindgap/gap"
	"mindgap/models/fault"
)

// maxDeflate is the most that deflate can unpack from one byte: a member that claims more is lying, and no memory is taken for it.
const maxDeflate = 1032

// An npz is an open .npz file: a ZIP archive of .npy files, each named after its array.
type npz struct {
	zip    *zip.Reader
	size   int64
	arrays map[string]*zip.File
	names  []string // sorted
}

func openNPZ(r io.ReaderAt, size int64) (*npz, error) {
	z, err := zip.NewReader(r, size)
	if err != nil && !errors.Is(err, zip.ErrInsecurePath) { // names are compared, never opened
		return nil, bad(fmt.Sprintf("a file that does not open as ZIP (%v)", err), "a whole .npz file")
	}
	a := &npz{zip: z, size: size, arrays: make(map[string]*zip.File)}
	for _, f := range z.File {
		name, ok := strings.CutSuffix(f.Name, ".npy")
		if !ok {
			continue // other things in the archive are none of ours
		}
		if a.arrays[name] != nil {
			return nil, bad("two arrays "+quote([]byte(name)), "names that differ")
		}
		a.arrays[name] = f
		a.names = append(a.names, name)
	}
	slices.Sort(a.names)
	return a, nil
}

// array unpacks one member and reads its header.
func (a *npz) array(name string) (*npy, io.ReaderAt, error) {
	f := a.arrays[name]
	if f.CompressedSize64 > uint64(a.size) || f.UncompressedSize64/maxDeflate > f.CompressedSize64 {
		return nil, nil, bad(fmt.Sprintf("array %q, said to be %d bytes packed into %d", name, f.UncompressedSize64, f.CompressedSize64), "a size that can be")
	}
	failed := func(err error) error {
		return bad(fmt.Sprintf("array %q that cannot be unpacked (%v)", name, err), "a whole .npz file, stored or deflated")
	}
	r, err := f.Open()
	if err != nil {
		return nil, nil, failed(err)
	}
	b := make([]byte, f.UncompressedSize64)
	if _, err = io.ReadFull(r, b); err == nil {
		_, err = io.Copy(io.Discard, r) // to the end, where the checksum is compared
	}
	if err = errors.Join(err, r.Close()); err != nil {
		return nil, nil, failed(err)
	}
	in := bytes.NewReader(b)
	h, err := readNPYHeader(in, int64(len(b)))
	return h, in, err
}

// matrix reads one array of two dimensions.
func (a *npz) matrix(name string) (*gap.Embeddings, error) {
	h, r, err := a.array(name)
	if err != nil {
		return nil, err
	}
	return h.matrix(r)
}

func readNPZ(r io.ReaderAt, size int64) (*gap.Embeddings, map[string]string, error) {
	a, err := openNPZ(r, size)
	if err != nil {
		return nil, nil, err
	}
	name := tensorName
	if a.arrays[name] == nil {
		if len(a.names) != 1 {
			return nil, nil, bad(fmt.Sprintf("%d arrays (%s)", len(a.names), shortList(a.names)), `one array, or one called "embeddings"`)
		}
		name = a.names[0]
	}
	e, err := a.matrix(name)
	if err != nil {
		return nil, nil, err
	}
	meta := map[string]string{}
	if json.Unmarshal([]byte(a.zip.Comment), &meta) != nil || meta == nil { // a comment of another kind
		meta = map[string]string{}
	}
	return e, meta, nil
}

// writeNPZ writes one array, "embeddings", as numpy.savez would, and the metadata as JSON in the archive's comment.
func writeNPZ(w io.Writer, e *gap.Embeddings, meta map[string]string, t DType) error {
	z := zip.NewWriter(w)
	// The time is NumPy's too, ZIP's first day, so that the same input gives the same bytes.
	f, err := z.CreateHeader(&zip.FileHeader{Name: tensorName + ".npy", Method: zip.Store, Modified: time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC)})
	if err != nil {
		return err
	}
	if err := writeNPY(f, e, nil, t); err != nil {
		return err
	}
	if len(meta) > 0 {
		b, err := json.Marshal(meta)
		if err != nil {
			return err
		}
		if err := z.SetComment(string(b)); err != nil {
			return &fault.Error{Op: writeOp, Found: fmt.Sprintf("%d bytes of metadata", len(b)), Wanted: "at most 65535, the room of a ZIP comment"}
		}
	}
	return z.Close()
}
