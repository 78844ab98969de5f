package hub

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	hfhub "github.com/gomlx/go-huggingface/hub"

	"mindgap/models/fault"
)

// An entry is what a listing says of one file.
type entry struct {
	size    int64  // bytes; -1 where the listing does not say
	content string // SHA-256 of a large file, git blob id of another; "" where the listing does not say
	git     string // git blob id: of the content, or of the pointer that stands for a large file in git
}

// maxListing bounds a listing: the largest repositories list some ten thousand files.
const maxListing = 256 << 20

// resolve finds the commit that the revision stands at, and the files there. A commit whose listing is in the cache never changes, so
// nothing is asked for it. Without network, or with one that does not answer, the cache says where a branch stood last.
func (c *Client) resolve(ctx context.Context, r Repo) (commit string, files map[string]entry, err error) {
	if isCommit(r.Revision) {
		if files := c.readTree(r, r.Revision); files != nil {
			return r.Revision, files, nil
		}
	}
	if c.opt.Offline {
		return c.fromCache(ctx, r)
	}
	if commit, files, err = c.list(ctx, r); err != nil && passing(err) && ctx.Err() == nil {
		if commit, files, cacheErr := c.fromCache(ctx, r); cacheErr == nil {
			traceOf(ctx).Logger.Warn("the hub does not answer: the repository is as the cache has it", "repository", r.ID, "commit", commit, "because", err)
			return commit, files, nil
		}
		err = c.retry(ctx, r.ID, func() (bool, error) {
			commit, files, err = c.list(ctx, r)
			return false, err
		})
	}
	if err != nil {
		return "", nil, c.explain(ctx, r, "open", "hf:"+r.String(), err)
	}
	c.remember(ctx, r, commit, files)
	return commit, files, nil
}

// list asks the server.
func (c *Client) list(ctx context.Context, r Repo) (string, map[string]entry, error) {
	answer, err := c.send(ctx, http.MethodGet, c.listingURL(r), nil)
	if err != nil {
		return "", nil, err
	}
	defer answer.Body.Close()
	var info struct { // the part of hfhub.RepoInfo that is needed: the rest has other forms in some repositories
		Commit   string            `json:"sha"`
		Siblings []*hfhub.FileInfo `json:"siblings"`
	}
	b, err := io.ReadAll(io.LimitReader(answer.Body, maxListing))
	if err != nil {
		return "", nil, err
	}
	if err := json.Unmarshal(b, &info); err != nil {
		return "", nil, &lasting{fmt.Errorf("the answer of %s is no listing of a repository: %w", c.opt.Endpoint, err)}
	}
	if !isCommit(info.Commit) {
		return "", nil, &lasting{fmt.Errorf("the answer of %s names no commit: found %.50q", c.opt.Endpoint, info.Commit)}
	}
	files := make(map[string]entry, len(info.Siblings))
	for _, f := range info.Siblings {
		if f == nil || !safe(f.Name) {
			return "", nil, &lasting{fmt.Errorf("the listing holds a name that is no path inside a folder: %.80q", nameOf(f))}
		}
		switch {
		case f.LFS != nil && contentForm.MatchString(f.LFS.SHA256):
			files[f.Name] = entry{f.LFS.Size, f.LFS.SHA256, f.BlobID}
		case f.LFS == nil && contentForm.MatchString(f.BlobID):
			files[f.Name] = entry{f.Size, f.BlobID, f.BlobID}
		default: // some servers take no notice of blobs=true
			files[f.Name] = entry{size: -1}
		}
	}
	return info.Commit, files, nil
}

func nameOf(f *hfhub.FileInfo) string {
	if f == nil {
		return ""
	}
	return f.Name
}

// safe reports whether a listed name stays inside the folder that it is put in, on this system.
func safe(name string) bool {
	return fs.ValidPath(name) && name != "." && filepath.IsLocal(filepath.FromSlash(name)) && !strings.ContainsAny(name, "\\\x00")
}

// fromCache says what the cache knows of a revision.
func (c *Client) fromCache(ctx context.Context, r Repo) (string, map[string]entry, error) {
	thing := "hf:" + r.String()
	commit := r.Revision
	if !isCommit(commit) {
		ref := c.dir(r, "refs", filepath.FromSlash(r.Revision))
		b, err := os.ReadFile(ref)
		if err != nil {
			return "", nil, c.notCached(r, thing, ref)
		}
		if commit = strings.TrimSpace(string(b)); !isCommit(commit) {
			return "", nil, &fault.Error{Kind: fault.System, Op: "open", Thing: thing, Found: fmt.Sprintf("%.50q in %s", commit, ref), Wanted: "a commit",
				Next: "remove the file"}
		}
	}
	if files := c.readTree(r, commit); files != nil {
		return commit, files, nil
	}
	root := c.dir(r, "snapshots", commit)
	files := map[string]entry{}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err == nil {
			err = ctx.Err()
		}
		if err != nil || d.IsDir() {
			return err
		}
		st, err := os.Stat(path) // a link to the content, which may have been removed
		if err != nil || !st.Mode().IsRegular() {
			return nil
		}
		name, err := filepath.Rel(root, path)
		files[filepath.ToSlash(name)] = entry{size: st.Size()}
		return err
	})
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "", nil, c.notCached(r, thing, root)
	case err != nil:
		return "", nil, c.explain(ctx, r, "read the cache of", thing, err)
	}
	return commit, files, nil
}

// A tree is the cached listing of a commit, as huggingface_hub writes it.
type tree struct {
	Version int                 `json:"format_version"`
	Files   map[string]treeFile `json:"files"`
}

type treeFile struct {
	Size   int64  `json:"size"`
	BlobID string `json:"blob_id"`
	SHA256 string `json:"lfs_sha256,omitempty"`
	LFS    *int64 `json:"lfs_size,omitempty"`
}

// readTree returns the cached listing of a commit, or nil.
func (c *Client) readTree(r Repo, commit string) map[string]entry {
	b, err := os.ReadFile(c.dir(r, "trees", commit+".json"))
	if err != nil {
		return nil
	}
	var t tree
	if json.Unmarshal(b, &t) != nil || t.Version != 1 || len(t.Files) == 0 {
		return nil
	}
	files := make(map[string]entry, len(t.Files))
	for name, f := range t.Files {
		e := entry{f.Size, f.BlobID, f.BlobID}
		if f.SHA256 != "" && f.LFS != nil {
			e = entry{*f.LFS, f.SHA256, f.BlobID}
		}
		if !safe(name) || e.size < 0 || !contentForm.MatchString(e.content) {
			return nil
		}
		files[name] = e
	}
	return files
}

// remember writes the commit of a branch or tag and the listing of the commit. A cache that may not be written loses nothing but time.
func (c *Client) remember(ctx context.Context, r Repo, commit string, files map[string]entry) {
	var err error
	if !isCommit(r.Revision) {
		err = writeFile(c.dir(r, "refs", filepath.FromSlash(r.Revision)), []byte(commit))
	}
	if c.readTree(r, commit) != nil {
		files = nil // huggingface_hub's own says more
	}
	t := tree{Version: 1, Files: make(map[string]treeFile, len(files))}
	for name, e := range files {
		switch len(e.content) {
		case 64:
			t.Files[name] = treeFile{Size: e.size, BlobID: e.git, SHA256: e.content, LFS: &e.size}
		case 40:
			t.Files[name] = treeFile{Size: e.size, BlobID: e.git}
		default: // an incomplete listing is not worth keeping
			t.Files = nil
		}
		if t.Files == nil {
			break
		}
	}
	if len(t.Files) > 0 {
		b, jsonErr := json.MarshalIndent(t, "", " ")
		err = errors.Join(err, jsonErr, writeFile(c.dir(r, "trees", commit+".json"), b))
	}
	if err != nil {
		traceOf(ctx).Logger.Info("the listing is not kept", "repository", r.ID, "because", err)
	}
}

// writeFile replaces a file whole. One that has the content already is left alone, so that a cache that may only be read stays silent.
func writeFile(path string, content []byte) error {
	if old, err := os.ReadFile(path); err == nil && string(old) == string(content) {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".new-*")
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	err = errors.Join(err, f.Chmod(0o644), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		os.Remove(f.Name())
	}
	return err
}
