package hub

import (
	"context"
	"crypto/sha1" // git's content ids
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/gofrs/flock"
	hfhub "github.com/gomlx/go-huggingface/hub"
)

// fetch brings one file of a snapshot into the cache, unless it is there.
func (s *Snapshot) fetch(ctx context.Context, name string) error {
	path := s.Path(name)
	if s.Present(name) {
		return nil
	}
	if s.client.opt.Offline {
		return s.client.notCached(s.repo, s.thing(name), path)
	}
	err := s.bring(ctx, name, path)
	if err != nil {
		err = s.client.explain(ctx, s.repo, "fetch", s.thing(name), err)
	}
	return err
}

func (s *Snapshot) bring(ctx context.Context, name, path string) error {
	e, err := s.entry(ctx, name)
	if err != nil {
		return err
	}
	blob := s.client.dir(s.repo, "blobs", e.content)
	for _, dir := range []string{filepath.Dir(blob), filepath.Dir(path)} {
		if err := os.MkdirAll(dir, 0o777); err != nil {
			return err
		}
	}
	unlock, err := s.client.lock(ctx, s.repo, e.content)
	if err != nil {
		return err
	}
	defer unlock()
	if !hasSize(blob, e.size) {
		if err := s.download(ctx, name, e, blob); err != nil {
			return err
		}
	}
	return link(blob, path)
}

// entry returns the size and the hash of a listed file, and asks the server for them where the listing does not say.
func (s *Snapshot) entry(ctx context.Context, name string) (entry, error) {
	if e := s.files[name]; e.content != "" {
		return e, nil
	}
	s.mu.Lock()
	e, known := s.asked[name]
	s.mu.Unlock()
	if known {
		return e, nil
	}
	e, err := s.ask(ctx, name)
	if err == nil {
		s.mu.Lock()
		s.asked[name] = e
		s.mu.Unlock()
	}
	return e, err
}

// ask sends a HEAD request for a file.
func (s *Snapshot) ask(ctx context.Context, name string) (e entry, err error) {
	err = s.client.retry(ctx, name, func() (bool, error) {
		answer, err := s.client.send(ctx, http.MethodHead, s.client.fileURL(s.repo, s.commit, name), nil)
		if err != nil {
			return false, err
		}
		defer answer.Body.Close()
		e = entry{size: answer.ContentLength, content: linkedETag(answer.Hub)}
		if linked := answer.Hub.Get(hfhub.HeaderXLinkedSize); linked != "" {
			if e.size, err = strconv.ParseInt(linked, 10, 64); err != nil {
				e.size = -1
			}
		}
		if e.size < 0 || !contentForm.MatchString(e.content) {
			return false, &lasting{fmt.Errorf("%s names neither size nor hash of the file (ETag %.80q): it does not speak the Hub's protocol", s.client.opt.Endpoint, e.content)}
		}
		return false, nil
	})
	return e, err
}

// hasher returns the hash that a file's content is named by.
func (e entry) hasher() hash.Hash {
	if len(e.content) == 64 {
		return sha256.New()
	}
	h := sha1.New()
	fmt.Fprintf(h, "blob %d\x00", e.size) // a git blob's id is over this line and the content
	return h
}

// A partial is a download under way: the bytes that have come, on disk and in the hash.
type partial struct {
	*os.File
	entry
	hash hash.Hash
	done int64
	tell func(done int64)
}

// openPartial takes up what an earlier run left of the file.
func openPartial(ctx context.Context, path string, e entry, tell func(int64)) (*partial, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o666)
	if err != nil {
		return nil, err
	}
	p := &partial{File: f, entry: e, hash: e.hasher(), tell: tell}
	p.done, err = io.Copy(p.hash, readerFunc(func(b []byte) (int, error) {
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		return f.Read(b)
	}))
	if err == nil && p.done > e.size {
		err = p.restart()
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return p, nil
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(b []byte) (int, error) { return f(b) }

// Write appends what comes.
func (p *partial) Write(b []byte) (int, error) {
	if int64(len(b)) > p.size-p.done {
		return 0, &lasting{fmt.Errorf("the server sends more than the %d bytes that the listing names", p.size)}
	}
	n, err := p.File.Write(b)
	p.hash.Write(b[:n])
	p.done += int64(n)
	p.tell(p.done)
	if err != nil {
		err = &lasting{err} // of the disk
	}
	return n, err
}

// restart forgets what has come.
func (p *partial) restart() error {
	p.hash, p.done = p.hasher(), 0
	_, err := p.Seek(0, io.SeekStart)
	return errors.Join(err, p.Truncate(0))
}

func (p *partial) sum() string { return hex.EncodeToString(p.hash.Sum(nil)) }

// download fetches a file's content to blob, under the lock.
func (s *Snapshot) download(ctx context.Context, name string, e entry, blob string) (err error) {
	trace := traceOf(ctx)
	part := blob + ".incomplete"
	p, err := openPartial(ctx, part, e, func(done int64) { trace.Progress(name, done, e.size) })
	if err != nil {
		return err
	}
	open := true
	defer func() {
		if open {
			err = errors.Join(err, p.Close())
		}
	}()
	resumed := p.done
	for {
		if resumed > 0 {
			trace.Logger.Info("the download goes on", "file", name, "from", p.done, "of", e.size)
		}
		p.tell(p.done)
		err := s.client.retry(ctx, name, func() (bool, error) {
			before := p.done
			err := s.pull(ctx, name, p)
			return p.done > before, err
		})
		if err != nil {
			return err
		}
		if p.sum() == e.content {
			break
		}
		found := p.sum()
		if err := p.restart(); err != nil {
			return err
		}
		if resumed == 0 {
			open = false
			return errors.Join(wrongContent(s.thing(name), "content of hash "+found, e.content), p.Close(), os.Remove(part))
		}
		resumed = 0 // what an earlier run left was not the beginning of this file
	}
	open = false
	if err := p.Close(); err != nil {
		return err
	}
	return os.Rename(part, blob)
}

// pull makes one request for what is missing of p.
func (s *Snapshot) pull(ctx context.Context, name string, p *partial) error {
	if p.done == p.size {
		return nil
	}
	header := http.Header{}
	if p.done > 0 {
		header.Set("Range", fmt.Sprintf("bytes=%d-", p.done))
	}
	answer, err := s.client.send(ctx, http.MethodGet, s.client.fileURL(s.repo, s.commit, name), header)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if commit := answer.Hub.Get(hfhub.HeaderXRepoCommit); commit != "" && commit != s.commit {
		return &lasting{wrongContent(s.thing(name), "commit "+commit, s.commit)}
	}
	if tag := linkedETag(answer.Hub); contentForm.MatchString(tag) && len(tag) == len(p.content) && tag != p.content {
		return &lasting{wrongContent(s.thing(name), "content of hash "+tag, p.content)}
	}
	switch answer.StatusCode {
	case http.StatusPartialContent:
		if from := answer.Header.Get("Content-Range"); !strings.HasPrefix(from, fmt.Sprintf("bytes %d-", p.done)) {
			return &lasting{fmt.Errorf("the server answers with range %.50q, wanted bytes from %d", from, p.done)}
		}
	default: // a server that knows no ranges sends all of it, one that finds the range wrong nothing
		if err := p.restart(); err != nil {
			return &lasting{err}
		}
		if answer.StatusCode == http.StatusRequestedRangeNotSatisfiable {
			return errors.New("the server has not as many bytes as have come")
		}
	}
	if _, err = io.Copy(onlyWriter{p}, answer.Body); err == nil && p.done < p.size {
		err = io.ErrUnexpectedEOF
	}
	if errors.Is(err, io.ErrUnexpectedEOF) {
		err = fmt.Errorf("the download broke off after %d of %d bytes: %w", p.done, p.size, err)
	}
	return err
}

// onlyWriter hides *os.File's ReadFrom, which would write past the hash.
type onlyWriter struct{ io.Writer }

// lock takes huggingface_hub's lock of a content and returns what gives it back. While another process holds it, that process is fetching
// the same file, so waiting is the fastest way to get it. Where the file system has no locks the fetch goes on without: the hash finds what
// two writers of one file might spoil.
func (c *Client) lock(ctx context.Context, r Repo, content string) (unlock func(), err error) {
	path := filepath.Join(c.opt.CacheDir, ".locks", r.folder(), content+".lock")
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		return nil, err
	}
	l := flock.New(path, flock.SetPermissions(0o664))
	ok, err := l.TryLock()
	if err == nil && !ok {
		traceOf(ctx).Logger.Info("waiting for another process that fetches the same file", "lock", path)
		_, err = l.TryLockContext(ctx, 50*time.Millisecond)
	}
	switch {
	case ctx.Err() != nil:
		return nil, errors.Join(ctx.Err(), l.Close())
	case errors.Is(err, os.ErrPermission):
		return nil, errors.Join(err, l.Close())
	case err != nil:
		traceOf(ctx).Logger.Warn("the hub's cache cannot be locked", "path", path, "because", err)
	}
	return func() { _ = l.Close() }, nil
}

// link makes path an entry of the snapshot for a content. Systems without symbolic links get a hard link, or the file itself.
func link(blob, path string) error {
	target, err := filepath.Rel(filepath.Dir(path), blob)
	if err != nil {
		target = blob
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	if os.Symlink(target, path) == nil || os.Link(blob, path) == nil {
		return nil
	}
	return os.Rename(blob, path)
}

// hasSize reports whether a regular file of that size lies at path; size -1 is any.
func hasSize(path string, size int64) bool {
	st, err := os.Stat(path)
	return err == nil && st.Mode().IsRegular() && (size < 0 || st.Size() == size)
}
