package hub

import (
	"fmt"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"

	hfhub "github.com/gomlx/go-huggingface/hub"

	"mindgap/models/fault"
)

// A Repo names a repository at one revision.
type Repo struct {
	Type     hfhub.RepoType // Model, Dataset or Space
	ID       string         // "org/name", or "name" alone for a few old ones
	Revision string         // branch, tag, "refs/pr/3" or commit
}

const defaultRevision = "main"

var (
	idForm       = regexp.MustCompile(`^[A-Za-z0-9_]([A-Za-z0-9._-]*[A-Za-z0-9_])?(/[A-Za-z0-9_]([A-Za-z0-9._-]*[A-Za-z0-9_])?)?$`)
	revisionForm = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9._+-]*(/[A-Za-z0-9_][A-Za-z0-9._+-]*)*$`)
	commitForm   = regexp.MustCompile(`^[0-9a-f]{40}$`)
	contentForm  = regexp.MustCompile(`^([0-9a-f]{40}|[0-9a-f]{64})$`)
)

// ParseRepo reads "org/name", optionally followed by "@revision"; without one it is "main". The error is a *fault.Error.
func ParseRepo(kind hfhub.RepoType, s string) (Repo, error) {
	id, revision, given := strings.Cut(strings.TrimPrefix(s, "//"), "@")
	if !given {
		revision = defaultRevision
	}
	bad := func(found, wanted string) (Repo, error) {
		return Repo{}, &fault.Error{Op: "read the reference", Thing: "hf:" + s, Found: found, Wanted: wanted,
			Next: "write it as the Hub's page shows it, e.g. hf:Xenova/clip-vit-base-patch32@main"}
	}
	switch {
	case len(id) > 96, !idForm.MatchString(id), strings.Contains(id, "--"), strings.Contains(id, ".."), strings.HasSuffix(id, ".git"):
		return bad(fmt.Sprintf("the repository %q", id), "org/name: letters, digits, - _ and ., neither -- nor .. in it")
	case !revisionForm.MatchString(revision), strings.Contains(revision, ".."):
		return bad(fmt.Sprintf("the revision %q", revision), "a branch, a tag or a commit")
	}
	return Repo{Type: kind, ID: id, Revision: revision}, nil
}

// String returns "org/name@revision".
func (r Repo) String() string { return r.ID + "@" + r.Revision }

// folder is the repository's folder in the cache.
func (r Repo) folder() string { return string(r.Type) + "--" + strings.ReplaceAll(r.ID, "/", "--") }

// prefix goes before the repository's name in the addresses of its pages and files.
func (r Repo) prefix() string {
	if r.Type == Model {
		return ""
	}
	return string(r.Type) + "/"
}

// listingURL is the address of the listing with sizes and hashes.
func (c *Client) listingURL(r Repo) string {
	return fmt.Sprintf("%s/api/%s/%s/revision/%s?blobs=true", c.opt.Endpoint, r.Type, r.ID, url.PathEscape(r.Revision))
}

// fileURL is the address of a file at a commit.
func (c *Client) fileURL(r Repo, commit, name string) string {
	parts := strings.Split(name, "/")
	for i, p := range parts {
		parts[i] = url.PathEscape(p)
	}
	return fmt.Sprintf("%s/%s%s/resolve/%s/%s", c.opt.Endpoint, r.prefix(), r.ID, commit, strings.Join(parts, "/"))
}

// dir joins path elements under the repository's folder in the cache.
func (c *Client) dir(r Repo, elements ...string) string {
	return filepath.Join(append([]string{c.opt.CacheDir, r.folder()}, elements...)...)
}

func isCommit(s string) bool { return commitForm.MatchString(s) }
