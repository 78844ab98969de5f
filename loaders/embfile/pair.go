package embfile

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"mindgap/gap"
	"mindgap/models/fault"
)

// A reference is what --embeddings names, resolved to files.
type reference struct {
	both          string // one .npy or .npz of both sides, or "" with the next two set
	images, texts string
	manifest      string // "" where there is none
}

const manifestName = "manifest.json"

// ReadPair reads the embeddings of both modalities. ref is
//
//   - one .npy of shape (2, n, d): row 0 the images, row 1 the texts;
//   - one .npz with the arrays images and texts, or with one array of that shape;
//   - "IMAGES,TEXTS": two files that [Read] reads, with as many rows;
//   - a folder as `mindgap embed` writes it: images.*, texts.* and manifest.json, whose "pairing" holds the image's row for each text.
//
// Values are checked as Read checks them. The pairing is nil where row i goes with row i.
func ReadPair(ref string) (gap.Pair, error) {
	r, err := resolve(ref)
	if err != nil {
		return gap.Pair{}, err
	}
	var pair gap.Pair
	if r.both != "" {
		pair, err = readBoth(r.both)
	} else if pair.Images, _, err = Read(r.images); err == nil {
		pair.Texts, _, err = Read(r.texts)
	}
	if err != nil {
		return gap.Pair{}, err
	}
	images, texts := pair.Images, pair.Texts
	if images.D != texts.D {
		return gap.Pair{}, &fault.Error{Op: readOp, Thing: ref, Found: fmt.Sprintf("images of width %d and texts of width %d", images.D, texts.D),
			Wanted: "equal widths", Next: "take both from one model; a projection may be missing"}
	}
	if r.manifest != "" {
		if pair.ImageOf, err = readPairing(r.manifest, images.N, texts.N); err != nil {
			return gap.Pair{}, err
		}
	}
	if pair.ImageOf == nil && images.N != texts.N {
		return gap.Pair{}, &fault.Error{Op: readOp, Thing: ref, Found: fmt.Sprintf("%d images and %d texts", images.N, texts.N),
			Wanted: "as many of both, row i with row i", Next: "give a folder whose manifest.json has a pairing"}
	}
	return pair, nil
}

// resolve finds the files behind a reference.
func resolve(ref string) (reference, error) {
	info, err := os.Stat(ref)
	switch {
	case err == nil && info.IsDir():
		return resolveFolder(ref)
	case err == nil:
		if ext := strings.ToLower(filepath.Ext(ref)); ext != ".npy" && ext != ".npz" {
			return reference{}, &fault.Error{Op: readOp, Thing: ref, Found: "one file of extension " + ext,
				Wanted: "one .npy of shape (2, n, d), one .npz with images and texts, two files IMAGES,TEXTS, or a folder"}
		}
		return reference{both: ref}, nil
	case !errors.Is(err, os.ErrNotExist) || !strings.Contains(ref, ","):
		return reference{}, &fault.Error{Op: readOp, Thing: ref, Err: bare(err)}
	}
	// A path may hold a comma itself: take the split at which both files are there, and the first one where there is none such.
	exists := func(path string) bool { _, err := os.Stat(path); return err == nil }
	for i := range ref {
		if ref[i] == ',' && exists(ref[:i]) && exists(ref[i+1:]) {
			return reference{images: ref[:i], texts: ref[i+1:]}, nil
		}
	}
	images, texts, _ := strings.Cut(ref, ",")
	return reference{images: images, texts: texts}, nil
}

func resolveFolder(dir string) (reference, error) {
	r := reference{}
	for stem, into := range map[string]*string{"images": &r.images, "texts": &r.texts} {
		var found []string
		for _, f := range formats {
			if _, err := os.Stat(filepath.Join(dir, stem+f.ext)); err == nil {
				found = append(found, stem+f.ext)
			}
		}
		switch len(found) {
		case 0:
			return r, &fault.Error{Op: readOp, Thing: dir, Found: "no " + stem + " in " + strings.Join(Extensions(), ", "),
				Wanted: "a folder that `mindgap embed` wrote"}
		case 1:
			*into = filepath.Join(dir, found[0])
		default:
			return r, &fault.Error{Op: readOp, Thing: dir, Found: strings.Join(found, " and "), Wanted: "one of them",
				Next: "remove the one that is out of date"}
		}
	}
	if path := filepath.Join(dir, manifestName); fileExists(path) {
		r.manifest = path
	}
	return r, nil
}

func fileExists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

// readBoth reads the one file that holds both sides.
func readBoth(path string) (gap.Pair, error) {
	var pair gap.Pair
	err := withFile(path, func(f *os.File, size int64) (err error) {
		pair.Images, pair.Texts, err = bothSides(f, size, strings.EqualFold(filepath.Ext(path), ".npz"))
		return err
	})
	if err != nil {
		return gap.Pair{}, err
	}
	if err := check(pair.Images, path+" (images)"); err != nil {
		return gap.Pair{}, err
	}
	if err := check(pair.Texts, path+" (texts)"); err != nil {
		return gap.Pair{}, err
	}
	return pair, nil
}

// bothSides reads a .npy of shape (2, n, d), or a .npz with the arrays images and texts or with one array of that shape.
func bothSides(r io.ReaderAt, size int64, archive bool) (images, texts *gap.Embeddings, err error) {
	if !archive {
		h, err := readNPYHeader(r, size)
		if err != nil {
			return nil, nil, err
		}
		return h.stacked(r)
	}
	a, err := openNPZ(r, size)
	if err != nil {
		return nil, nil, err
	}
	switch {
	case a.arrays["images"] != nil && a.arrays["texts"] != nil:
		if images, err = a.matrix("images"); err == nil {
			texts, err = a.matrix("texts")
		}
		return images, texts, err
	case len(a.names) == 1:
		h, r, err := a.array(a.names[0])
		if err != nil {
			return nil, nil, err
		}
		return h.stacked(r)
	}
	return nil, nil, bad(fmt.Sprintf("%d arrays (%s)", len(a.names), shortList(a.names)), "the arrays images and texts, or one of shape (2, n, d)")
}

// readPairing reads the pairing of a manifest and checks it: one image a text, every image with a text. It returns nil where there is
// none, as for loose inputs, and where it says no more than row i with row i.
func readPairing(path string, images, texts int) ([]int, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, &fault.Error{Op: readOp, Thing: path, Err: bare(err)}
	}
	var manifest struct {
		Pairing []int `json:"pairing"`
	}
	if err := json.Unmarshal(b, &manifest); err != nil {
		return nil, &fault.Error{Op: readOp, Thing: path, Found: "a manifest that does not parse", Wanted: "JSON with a list of integers, pairing", Err: err}
	}
	pairing := manifest.Pairing
	if len(pairing) == 0 {
		return nil, nil
	}
	wrong := func(found, wanted string) error {
		return &fault.Error{Op: readOp, Thing: path, Found: found, Wanted: wanted}
	}
	if len(pairing) != texts {
		return nil, wrong(fmt.Sprintf("a pairing of %d texts", len(pairing)), fmt.Sprintf("%d, as texts has rows", texts))
	}
	identity, seen := images == texts, make([]bool, images)
	for i, k := range pairing {
		if k < 0 || k >= images {
			return nil, wrong(fmt.Sprintf("image %d for text %d", k, i), fmt.Sprintf("a row of images, 0 to %d", images-1))
		}
		identity = identity && k == i
		seen[k] = true
	}
	if i := slices.Index(seen, false); i >= 0 {
		return nil, wrong(fmt.Sprintf("no text for image %d", i), "a text for each image")
	}
	if identity {
		return nil, nil
	}
	return pairing, nil
}

// Digest returns the SHA-256, in hexadecimal, of what ref names: of the file itself where it is one file, else of the digests of images,
// texts and manifest, in this order.
func Digest(ctx context.Context, ref string) (string, error) {
	r, err := resolve(ref)
	if err != nil {
		return "", err
	}
	if r.both != "" {
		sum, err := fileDigest(ctx, r.both)
		return hex.EncodeToString(sum), err
	}
	all := sha256.New()
	for _, path := range []string{r.images, r.texts, r.manifest} {
		if path == "" {
			continue
		}
		sum, err := fileDigest(ctx, path)
		if err != nil {
			return "", err
		}
		all.Write(sum)
	}
	return hex.EncodeToString(all.Sum(nil)), nil
}

func fileDigest(ctx context.Context, path string) ([]byte, error) {
	h := sha256.New()
	err := withFile(path, func(f *os.File, _ int64) error {
		for {
			if err := ctx.Err(); err != nil {
				return err
			}
			if _, err := io.CopyN(h, f, 16<<20); errors.Is(err, io.EOF) {
				return nil
			} else if err != nil {
				return err
			}
		}
	})
	if err != nil {
		return nil, err
	}
	return h.Sum(nil), nil
}
