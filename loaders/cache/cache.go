// Package cache keeps embeddings on disk, so that a model meets the same picture once.
//
// An entry belongs to a [Key], the hash of everything that decides the numbers, and is a row of shards: safetensors files, each written to
// a temporary name and renamed, each with a checksum of its own. So an extraction that is killed goes on from its last whole shard, and
// a shard that is cut or damaged is noticed and computed again. Whoever opens an entry holds its lock until [Entry.Close]: of two
// processes with the same work, the second waits and then finds it done.
//
// A cache only saves time. Its errors are worth a warning and nothing more; a nil *[Entry] is a cache that is switched off.
//
//	DIR/embeddings/KEY/000000.safetensors, 000001.safetensors, …
//	DIR/embeddings/KEY.lock
package cache

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"mindgap/models/fault"

	"github.com/gofrs/flock"
)

const op = "use embedding cache"

// subfolder is where embeddings lie inside the cache folder, which other caches share.
const subfolder = "embeddings"

// Dir returns the cache folder: flag (--cache-dir) if it is set, else the environment variable MINDGAP_CACHE, else the folder mindgap in
// the user's own cache folder. It does not create it.
func Dir(flag string) (string, error) {
	if flag != "" {
		return flag, nil
	}
	if dir := os.Getenv("MINDGAP_CACHE"); dir != "" {
		return dir, nil
	}
	dir, err := os.UserCacheDir()
	if err != nil {
		return "", &fault.Error{Kind: fault.System, Op: "find cache folder", Err: err, Next: "set MINDGAP_CACHE or --cache-dir"}
	}
	return filepath.Join(dir, "mindgap"), nil
}

// A Key names an entry by what is in it.
type Key [sha256.Size]byte

// NewKey hashes the parts, each with its length before it, so that no two lists of parts run into one.
func NewKey(parts ...string) Key {
	h := sha256.New()
	for _, p := range parts {
		h.Write(binary.LittleEndian.AppendUint64(nil, uint64(len(p))))
		h.Write([]byte(p))
	}
	return Key(h.Sum(nil))
}

// String returns the key in hexadecimal.
func (k Key) String() string { return hex.EncodeToString(k[:]) }

// retry is how often a waiting process looks whether the lock is free.
const retry = 50 * time.Millisecond

// Open opens the entry of key inside the cache folder dir, creates it if it is new, and reads and checks what it holds. If another process
// or goroutine has it open, Open waits until that one closes it or ctx is done. A folder that cannot be written is opened for reading
// without a lock if the entry is there. Errors are *fault.Error of kind System, or ctx's.
//
// The caller closes the entry. Opening the same key twice without closing it in between waits for ever.
func Open(ctx context.Context, dir string, key Key) (*Entry, error) {
	e := &Entry{dir: filepath.Join(dir, subfolder, key.String()), key: key}
	lock, err := acquire(ctx, e.dir)
	switch {
	case err == nil:
		e.lock = lock
		e.sweep()
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case !readable(e.dir):
		return nil, &fault.Error{Kind: fault.System, Op: op, Thing: e.dir, Err: bare(err),
			Next: "name a folder that can be written with --cache-dir or MINDGAP_CACHE, or switch the cache off with --no-cache"}
	}
	if err := e.load(ctx); err != nil {
		return nil, errors.Join(err, e.Close())
	}
	if e.lock != nil {
		now := time.Now()
		_ = os.Chtimes(e.dir, now, now) // marks the entry as used, for Prune; nothing hangs on it
	}
	return e, nil
}

// acquire creates the entry's folder and locks it.
func acquire(ctx context.Context, dir string) (*flock.Flock, error) {
	if err := os.MkdirAll(filepath.Dir(dir), 0o755); err != nil {
		return nil, err
	}
	lock := flock.New(dir + lockSuffix)
	if _, err := lock.TryLockContext(ctx, retry); err != nil {
		return nil, errors.Join(err, lock.Close())
	}
	// Only now, under the lock: Prune removes folders.
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, errors.Join(err, lock.Close())
	}
	return lock, nil
}

// lockSuffix is what a lock's name has after its entry's. A lock lies beside the entry and is never removed: a process that waits for it
// must not end up with the lock of a file that is gone.
const lockSuffix = ".lock"

func readable(dir string) bool {
	info, err := os.Stat(dir)
	return err == nil && info.IsDir()
}

// bare takes operation and path off an error of package os, since the fault says both.
func bare(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}
