package ort

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"mindgap/models/fault"
)

// A receipt is the file that lies beside a cached library, named after it with ".json". It says what the library is, so that a start need
// not read 29 MB to know it.
type receipt struct {
	SHA256  string    `json:"sha256"`         // of the library
	Size    int64     `json:"size"`           // of the library
	ModTime time.Time `json:"mod_time"`       // of the library; another one means that someone touched it, and it is hashed again
	Archive string    `json:"archive_sha256"` // the pinned archive that it came out of
	Source  string    `json:"source"`         // the place that the archive was fetched from
}

// cacheDir returns the folder of the pinned version for this machine.
func (f *finder) cacheDir() (string, error) {
	root := f.CacheDir
	if root == "" {
		root = os.Getenv(EnvCache)
	}
	if root == "" {
		user, err := os.UserCacheDir()
		if err != nil {
			return "", &fault.Error{Kind: fault.System, Op: "find", Thing: "the user's cache folder", Err: err,
				Next: "set " + EnvCache + " to a folder that mindgap may write to"}
		}
		root = filepath.Join(user, "mindgap")
	}
	root, err := filepath.Abs(root)
	if err != nil {
		return "", &fault.Error{Kind: fault.System, Op: "find", Thing: "the cache folder", Err: err}
	}
	return filepath.Join(root, "onnxruntime", f.pins.Version, f.goos+"-"+f.goarch), nil
}

// fromCache returns the cached library if it is what its receipt or a pin says. A corrupted one counts as absent.
func (f *finder) fromCache(ctx context.Context) (Library, error) {
	dir, err := f.cacheDir()
	if err != nil {
		f.attempts.add(SourceCache, "", err)
		return Library{}, errNotHere
	}
	p, ok := f.platform()
	if !ok {
		f.attempts.add(SourceCache, dir, fmt.Errorf("no build of ONNX Runtime %s is known for %s", f.pins.Version, f.platformName()))
		return Library{}, errNotHere
	}
	path := filepath.Join(dir, p.Library)
	sum, err := f.verifyCached(path, p)
	if err != nil {
		f.attempts.add(SourceCache, path, err)
		return Library{}, errNotHere
	}
	return Library{Path: path, Version: f.pins.Version, Source: SourceCache, SHA256: sum}, nil
}

// verifyCached returns the hash of the cached library, or why it cannot be used. The hash is taken from the receipt while size and
// modification time are as recorded; else the file is hashed again, and the receipt is brought up to date if the library proves sound.
func (f *finder) verifyCached(path string, p platform) (string, error) {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "", errors.New("not fetched yet")
	case err != nil:
		return "", rootCause(err)
	case !info.Mode().IsRegular():
		return "", errors.New("not a regular file")
	}
	var r receipt
	text, err := os.ReadFile(path + ".json")
	known := err == nil && json.Unmarshal(text, &r) == nil && f.trusts(r, p)
	if known && r.Size == info.Size() && r.ModTime.Equal(info.ModTime()) {
		return r.SHA256, nil
	}
	sum, _, err := hashFile(path)
	if err != nil {
		return "", rootCause(err)
	}
	if !(known && sum == r.SHA256) && !slices.Contains(p.libraryHashes(), sum) {
		return "", fmt.Errorf("corrupted: its SHA-256 is %s", sum)
	}
	r.SHA256, r.Size, r.ModTime = sum, info.Size(), info.ModTime()
	// Without the new receipt the next start only takes longer.
	if err := writeReceipt(path, r); err != nil {
		f.Logger.Debug("receipt not written", "path", path, "err", err)
	}
	return sum, nil
}

// trusts reports whether a receipt is about something that the pins of this version of mindgap still name.
func (f *finder) trusts(r receipt, p platform) bool {
	return slices.Contains(p.libraryHashes(), r.SHA256) || slices.Contains([]string{p.Release.SHA256, p.Wheel.SHA256, p.NPM.SHA256}, r.Archive)
}

func writeReceipt(path string, r receipt) error {
	text, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	return writeFileAtomic(path+".json", append(text, '\n'))
}

// writeFileAtomic writes a file under a temporary name in its folder and renames it.
func writeFileAtomic(path string, data []byte) error {
	tmp, err := os.CreateTemp(filepath.Dir(path), partialPrefix+"*")
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name()) // gone already if all went well
	if _, err = tmp.Write(data); err == nil {
		err = errors.Join(tmp.Chmod(0o644), tmp.Sync()) // a cache may be shared
	}
	if err = errors.Join(err, tmp.Close()); err != nil {
		return err
	}
	return os.Rename(tmp.Name(), path)
}

// store moves an unpacked library under its name in the cache. The receipt goes first: if the process dies between the two, the old
// library does not match the new receipt and is fetched again, whereas a new library without a receipt could not be told from a foreign
// file.
func store(unpacked, path string, sum string, archive pin, source string) error {
	info, err := os.Stat(unpacked)
	if err != nil {
		return err
	}
	r := receipt{SHA256: sum, Size: info.Size(), ModTime: info.ModTime(), Archive: archive.SHA256, Source: source}
	if err := writeReceipt(path, r); err != nil {
		return err
	}
	return os.Rename(unpacked, path)
}

// hashFile returns the SHA-256 and the size of a file.
func hashFile(path string) (sum string, size int64, err error) {
	file, err := os.Open(path)
	if err != nil {
		return "", 0, err
	}
	defer file.Close()
	h := sha256.New()
	size, err = io.Copy(h, file)
	if err != nil {
		return "", 0, err
	}
	return hex.EncodeToString(h.Sum(nil)), size, nil
}
