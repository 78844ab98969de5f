package datasets

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"

	"mindgap/datasets/internal/httpfile"
	"mindgap/models/fault"
)

// shards are the tars of one split, on disk or on a web server, and the places of the files that describe them.
type shards struct {
	list   []shard
	split  string
	source string   // for Info
	around []string // folders or addresses of class names and templates, the nearest first
	web    *httpfile.Client

	mu sync.Mutex // guards shard.remote
}

type shard struct {
	path   string // or address
	name   string // for messages
	id     string // of the samples, in front of their keys
	remote *httpfile.File
}

// A shardFile is an open shard. Version tells its content from another's.
type shardFile struct {
	io.ReaderAt
	io.Closer
	size    int64
	version string
}

func (s *shards) open(ctx context.Context, i int) (*shardFile, error) {
	sh := &s.list[i]
	if s.web == nil {
		f, err := os.Open(sh.path)
		if err != nil {
			return nil, &fault.Error{Op: opShards, Thing: sh.name, Err: cause(err), Wanted: "a tar", Next: "check nshards.txt or the pattern"}
		}
		info, err := f.Stat()
		if err == nil && !info.Mode().IsRegular() {
			err = errors.New("not a file")
		}
		if err != nil {
			return nil, errors.Join(&fault.Error{Op: opShards, Thing: sh.name, Err: cause(err)}, f.Close())
		}
		return &shardFile{f, f, info.Size(), fmt.Sprintf("%s %d %d", filepath.Base(sh.path), info.Size(), info.ModTime().UnixNano())}, nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if sh.remote == nil {
		f, err := s.web.Open(ctx, sh.path)
		if err != nil {
			return nil, err
		}
		sh.remote = f
	}
	return &shardFile{sh.remote.At(ctx), io.NopCloser(nil), sh.remote.Size(), sh.remote.Version()}, nil
}

// close ends connections.
func (s *shards) close() {
	if s.web != nil {
		s.web.Close()
	}
}

// beside reads a file that describes the shards from the nearest place that has it; where says which. Its error wraps fs.ErrNotExist if
// none has. A server that does not say what is missing forbids it instead.
func (s *shards) beside(ctx context.Context, file string) (b []byte, where string, err error) {
	for _, dir := range s.around {
		at := joinPlace(dir, file)
		if b, err = readPlace(ctx, s.web, at); err == nil {
			return b, httpfile.Redact(at), nil
		}
		if !errors.Is(err, fs.ErrNotExist) && !(s.web != nil && errors.Is(err, fs.ErrPermission)) {
			return nil, "", err
		}
	}
	return nil, "", fs.ErrNotExist
}

// readPlace reads a small file on disk or on the web.
func readPlace(ctx context.Context, web *httpfile.Client, at string) ([]byte, error) {
	if web != nil {
		return web.ReadAll(ctx, at, textLimit)
	}
	info, err := os.Stat(at)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() || info.Size() > textLimit {
		return nil, &fault.Error{Op: opShards, Thing: at, Found: fmt.Sprintf("%d bytes", info.Size()), Wanted: fmt.Sprintf("a text file of at most %d", textLimit)}
	}
	return os.ReadFile(at)
}

// isURL reports whether a reference is an address on the web.
func isURL(ref string) bool {
	return strings.HasPrefix(ref, "http://") || strings.HasPrefix(ref, "https://")
}

// joinPlace joins a folder or an address with what lies in it. What an address asks for behind a question mark stays at the end.
func joinPlace(dir string, parts ...string) string {
	if !isURL(dir) {
		return filepath.Join(append([]string{dir}, parts...)...)
	}
	base, query, asked := strings.Cut(dir, "?")
	out := strings.TrimRight(base, "/") + "/" + strings.Join(parts, "/")
	if asked {
		out += "?" + query
	}
	return out
}

// dirPlace returns the folder or the address that a place lies in.
func dirPlace(at string) string {
	if !isURL(at) {
		return filepath.Dir(at)
	}
	base, query, asked := strings.Cut(at, "?")
	if i := strings.LastIndexByte(base, '/'); i > len("https://") {
		base = base[:i]
	}
	if asked {
		base += "?" + query
	}
	return base
}

// shardID is the base name of a shard without its ending.
func shardID(at string) string {
	base, _, _ := strings.Cut(at, "?")
	base = base[strings.LastIndexAny(base, `/\`)+1:]
	return strings.TrimSuffix(base, ".tar")
}

// setList fills in the shards. Shards of different folders may share a name; their place in the list then tells their samples apart.
func (s *shards) setList(places []string) {
	ids := map[string]bool{}
	unique := true
	for _, at := range places {
		id := shardID(at)
		unique = unique && !ids[id]
		ids[id] = true
		name := at
		if s.web != nil {
			name = httpfile.Redact(at)
		}
		s.list = append(s.list, shard{path: at, name: name, id: id})
	}
	if !unique {
		for i := range s.list {
			s.list[i].id = strconv.Itoa(i) + ":" + s.list[i].id
		}
	}
}

// tarsIn lists the tars of a folder, numbers in their order.
func tarsIn(dir string) []string {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil
	}
	var stems []string
	for _, e := range entries {
		if stem, ok := strings.CutSuffix(e.Name(), ".tar"); ok && stem != "" && e.Name()[0] != '.' && !e.IsDir() {
			stems = append(stems, stem)
		}
	}
	sortClasses(stems)
	for i, s := range stems {
		stems[i] = filepath.Join(dir, s+".tar")
	}
	return stems
}

// holdsShards reports whether a folder holds shards itself.
func holdsShards(dir string) bool {
	return isFile(filepath.Join(dir, "nshards.txt")) || len(tarsIn(dir)) > 0
}

// shardSplits lists the sub-folders that hold shards, "test" first, which is CLIP_benchmark's default.
func shardSplits(dir string) []string {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil
	}
	var splits []string
	for _, e := range entries {
		if e.Name()[0] != '.' && isDir(filepath.Join(dir, e.Name())) && holdsShards(filepath.Join(dir, e.Name())) {
			splits = append(splits, e.Name())
		}
	}
	if i := slices.Index(splits, "test"); i > 0 {
		splits = append([]string{"test"}, slices.Delete(splits, i, i+1)...)
	}
	return splits
}
