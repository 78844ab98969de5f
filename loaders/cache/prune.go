package cache

import (
	"context"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"mindgap/models/fault"

	"github.com/gofrs/flock"
)

// Info describes an entry on disk.
type Info struct {
	Key    string    `json:"key"`   // in hexadecimal
	About  string    `json:"about"` // what it holds, in words
	Shards int       `json:"shards"`
	Bytes  int64     `json:"bytes"`
	Used   time.Time `json:"used"` // when it was last opened
}

// List returns the entries in the cache folder dir, the most recently used first. A folder that is not there has none.
func List(dir string) ([]Info, error) {
	root := filepath.Join(dir, subfolder)
	folders, err := os.ReadDir(root)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, &fault.Error{Kind: fault.System, Op: "list embedding cache", Thing: root, Err: bare(err)}
	}
	var list []Info
	for _, f := range folders {
		if b, err := hex.DecodeString(f.Name()); !f.IsDir() || err != nil || len(b) != len(Key{}) {
			continue // a lock, or something that is not ours
		}
		info := Info{Key: f.Name()}
		if stat, err := f.Info(); err == nil {
			info.Used = stat.ModTime()
		}
		files, err := os.ReadDir(filepath.Join(root, f.Name()))
		if err != nil {
			continue // removed meanwhile
		}
		for _, file := range files {
			if stat, err := file.Info(); err == nil {
				info.Bytes += stat.Size()
			}
			if strings.HasSuffix(file.Name(), shardSuffix) {
				info.Shards++
			}
			if file.Name() == aboutFile {
				b, _ := os.ReadFile(filepath.Join(root, f.Name(), aboutFile)) // only for people to read
				info.About = string(b)
			}
		}
		list = append(list, info)
	}
	slices.SortFunc(list, func(a, b Info) int {
		if c := b.Used.Compare(a.Used); c != 0 {
			return c
		}
		return strings.Compare(a.Key, b.Key)
	})
	return list, nil
}

// Limits say what Prune leaves. Zero is no limit.
type Limits struct {
	Unused   time.Duration // entries not opened for longer go
	MaxBytes int64         // the least recently used go until no more than this is left
}

// Prune removes the entries beyond the limits and returns them. An entry that somebody has open stays.
func Prune(ctx context.Context, dir string, limits Limits) (removed []Info, err error) {
	list, err := List(dir)
	if err != nil {
		return nil, err
	}
	total, full := int64(0), false
	for _, info := range list {
		if err := ctx.Err(); err != nil {
			return removed, err
		}
		full = full || limits.MaxBytes > 0 && total+info.Bytes > limits.MaxBytes
		if old := limits.Unused > 0 && time.Since(info.Used) > limits.Unused; !old && !full {
			total += info.Bytes
			continue
		}
		gone, err := remove(filepath.Join(dir, subfolder, info.Key))
		if err != nil {
			return removed, &fault.Error{Kind: fault.System, Op: "prune embedding cache", Thing: info.Key, Err: err}
		}
		if gone {
			removed = append(removed, info)
		}
	}
	return removed, nil
}

// remove deletes an entry's folder unless it is locked.
func remove(dir string) (gone bool, err error) {
	lock := flock.New(dir + lockSuffix)
	defer func() { err = errors.Join(err, lock.Close()) }()
	if got, err := lock.TryLock(); err != nil || !got {
		return false, err
	}
	return true, os.RemoveAll(dir)
}
