package cache

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"mindgap/gap"
	"mindgap/loaders/embfile"
	"mindgap/models/fault"

	"github.com/gofrs/flock"
)

// An Entry is the embeddings of one key, open. It is for one goroutine. All methods of a nil *Entry work: it holds nothing and keeps
// nothing.
type Entry struct {
	dir    string
	key    Key
	lock   *flock.Flock // nil where the folder is only readable
	shards int
	n, d   int       // rows in the shards, and their width
	data   []float32 // the rows as last read; fewer than n after an Append, which does not keep what its caller has
}

const (
	shardSuffix = ".safetensors"
	// schema is part of each shard, so that a change of layout makes old shards foreign instead of wrong.
	schema = "mindgap/cache/1"
)

// Rows returns the number of rows in whole shards.
func (e *Entry) Rows() int {
	if e == nil {
		return 0
	}
	return e.n
}

// Read returns the rows of all whole shards, bit for bit as they were appended, non-finite ones too; an entry without rows gives a matrix
// of no rows and no columns. The matrix must not be changed: the next Read may return it again. Its only error is ctx's.
func (e *Entry) Read(ctx context.Context) (*gap.Embeddings, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if e == nil {
		return &gap.Embeddings{}, nil
	}
	if len(e.data) != e.n*e.d {
		if err := e.load(ctx); err != nil {
			return nil, err
		}
	}
	return gap.NewEmbeddings(e.n, e.d, e.data[:len(e.data):len(e.data)]), nil
}

// Append adds rows behind those that are there, as one shard, which is on disk whole or not at all. No rows are no shard. After an error
// the entry is as it was before.
func (e *Entry) Append(ctx context.Context, rows *gap.Embeddings) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if e == nil || rows.N == 0 {
		return nil
	}
	wrong := func(found, wanted string) error {
		return &fault.Error{Kind: fault.System, Op: op, Thing: e.dir, Found: found, Wanted: wanted}
	}
	if e.lock == nil {
		return wrong("a folder that cannot be written", "one that can")
	}
	if e.n > 0 && rows.D != e.d {
		return wrong(fmt.Sprintf("rows of width %d", rows.D), fmt.Sprintf("%d, as in the rows before", e.d))
	}
	err := embfile.Write(e.path(e.shards), rows, map[string]string{
		"schema": schema, "key": e.key.String(), "first": strconv.Itoa(e.n), "sha256": checksum(e.key, e.n, rows),
	})
	if err != nil {
		return &fault.Error{Kind: fault.System, Op: op, Thing: e.dir, Err: err,
			Next: "make room, name another folder with --cache-dir or MINDGAP_CACHE, or switch the cache off with --no-cache"}
	}
	e.shards, e.n, e.d = e.shards+1, e.n+rows.N, rows.D
	return nil
}

// aboutFile says in words what an entry holds.
const aboutFile = "about.txt"

// Describe keeps a line that says what the entry holds, for List. Nothing hangs on it, so its errors are dropped.
func (e *Entry) Describe(about string) {
	if e == nil || e.lock == nil {
		return
	}
	_ = os.WriteFile(filepath.Join(e.dir, aboutFile), []byte(about), 0o666)
}

// Close releases the lock. A second Close does nothing.
func (e *Entry) Close() error {
	if e == nil || e.lock == nil {
		return nil
	}
	lock := e.lock
	e.lock = nil
	return lock.Close()
}

func (e *Entry) path(shard int) string {
	return filepath.Join(e.dir, fmt.Sprintf("%06d%s", shard, shardSuffix))
}

// load reads shard after shard until one is missing, cut, damaged or foreign. That one and all behind it are removed: what follows a hole
// cannot be used, and would mix with new shards.
func (e *Entry) load(ctx context.Context) error {
	e.shards, e.n, e.d, e.data = 0, 0, 0, nil
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		rows, err := e.read(e.shards)
		if err != nil {
			e.drop()
			return nil
		}
		e.shards, e.n, e.d = e.shards+1, e.n+rows.N, rows.D
		e.data = append(e.data, rows.Data...)
	}
}

// errShard says that a shard is not the one that belongs in its place.
var errShard = errors.New("cut, damaged or foreign shard")

func (e *Entry) read(shard int) (*gap.Embeddings, error) {
	rows, meta, err := embfile.ReadRaw(e.path(shard))
	if err != nil {
		return nil, err
	}
	if meta["schema"] != schema || meta["key"] != e.key.String() || meta["first"] != strconv.Itoa(e.n) || rows.N == 0 ||
		e.n > 0 && rows.D != e.d || meta["sha256"] != checksum(e.key, e.n, rows) {
		return nil, errShard
	}
	return rows, nil
}

// checksum is the SHA-256 over key, place, dimensions and numbers of a shard.
func checksum(key Key, first int, rows *gap.Embeddings) string {
	h := sha256.New()
	h.Write(key[:])
	buf := make([]byte, 0, 1<<16)
	for _, n := range []int{first, rows.N, rows.D} {
		buf = binary.LittleEndian.AppendUint64(buf, uint64(n))
	}
	for _, v := range rows.Data {
		buf = binary.LittleEndian.AppendUint32(buf, math.Float32bits(v))
		if len(buf) > cap(buf)-8 {
			h.Write(buf)
			buf = buf[:0]
		}
	}
	h.Write(buf)
	return hex.EncodeToString(h.Sum(nil))
}

// drop removes the shards behind the last whole one. Where that fails they stay unused: the next one is written over them.
func (e *Entry) drop() {
	if e.lock == nil {
		return
	}
	names, _ := filepath.Glob(filepath.Join(e.dir, "*"+shardSuffix))
	for _, name := range names {
		if n, err := strconv.Atoi(strings.TrimSuffix(filepath.Base(name), shardSuffix)); err == nil && n >= e.shards {
			_ = os.Remove(name)
		}
	}
}

// sweep removes what a killed process left half written. The lock is held, so nobody is writing now.
func (e *Entry) sweep() {
	entries, _ := os.ReadDir(e.dir)
	for _, f := range entries {
		if strings.HasSuffix(f.Name(), ".tmp") {
			_ = os.Remove(filepath.Join(e.dir, f.Name()))
		}
	}
}
