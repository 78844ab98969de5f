// Package hubtest is a Hugging Face Hub for tests: a server on this machine that speaks the Hub's protocol, with a second server that its
// large files are redirected to, and with the faults that networks have.
package hubtest

import (
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"
)

// A Server is a hub. Its fields may be changed while no request runs.
type Server struct {
	URL   string           // for HF_ENDPOINT
	Repos map[string]*Repo // by "models/org/name" or "datasets/org/name"
	Plain bool             // the listing has neither sizes nor hashes, as other servers' have

	// Break, where it is not nil, says after how many bytes of a body the connection breaks; a negative number sends all.
	Break func(name string, request int) int
	// Refuse, where it is not nil, may answer a request itself and then returns true. The count starts at 1.
	Refuse func(w http.ResponseWriter, r *http.Request, count int) bool
	// Pause is waited between pieces of 16 KiB of a body.
	Pause time.Duration
	// NoRanges serves whole files only.
	NoRanges bool

	hub, cdn *httptest.Server

	mu       sync.Mutex
	requests []Request
	sent     map[string]int // requests for each file's content
}

// A Repo is a repository with one commit.
type Repo struct {
	Commit  string
	Refs    []string // "main", tags
	Files   map[string][]byte
	Large   func(name string) bool // kept in LFS, served by the other server
	Token   string                 // "": public
	Gated   bool                   // Token alone does not do
	Corrupt map[string]bool        // files whose first byte is sent wrong
}

// A Request is one that came.
type Request struct {
	Server        string // "hub" or "cdn"
	Method, Path  string
	Authorization string
	Range         string
}

// New starts the servers; Close ends them.
func New() *Server {
	s := &Server{Repos: map[string]*Repo{}, sent: map[string]int{}}
	s.cdn = httptest.NewServer(http.HandlerFunc(s.serveCDN))
	s.hub = httptest.NewServer(http.HandlerFunc(s.serveHub))
	s.URL = s.hub.URL
	return s
}

// Close ends the servers and breaks what they still send.
func (s *Server) Close() {
	s.hub.CloseClientConnections()
	s.cdn.CloseClientConnections()
	s.hub.Close()
	s.cdn.Close()
}

// Add puts the files of a file system into a new public repository, those that end in .onnx, .onnx_data or .safetensors into LFS.
func (s *Server) Add(name string, files fs.FS) (*Repo, error) {
	r := &Repo{Refs: []string{"main"}, Files: map[string][]byte{}, Corrupt: map[string]bool{}, Large: func(n string) bool {
		return strings.HasSuffix(n, ".onnx") || strings.HasSuffix(n, ".onnx_data") || strings.HasSuffix(n, ".safetensors")
	}}
	h := sha1.New()
	err := fs.WalkDir(files, ".", func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		r.Files[p], err = fs.ReadFile(files, p)
		fmt.Fprintf(h, "%s %x\n", p, sha256.Sum256(r.Files[p]))
		return err
	})
	r.Commit = hex.EncodeToString(h.Sum(nil))
	s.Repos[name] = r
	return r, err
}

// Requests returns what came since the last call.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.requests
	s.requests = nil
	return r
}

// note records a request and returns its number for the same path.
func (s *Server) note(server string, r *http.Request) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests = append(s.requests, Request{server, r.Method, r.URL.Path, r.Header.Get("Authorization"), r.Header.Get("Range")})
	s.sent[server+r.Method+r.URL.Path]++
	return s.sent[server+r.Method+r.URL.Path]
}

func (s *Server) serveHub(w http.ResponseWriter, r *http.Request) {
	n := s.note("hub", r)
	if s.Refuse != nil && s.Refuse(w, r, n) {
		return
	}
	kind, path, isAPI := "models", strings.TrimPrefix(r.URL.EscapedPath(), "/"), false
	if rest, ok := strings.CutPrefix(path, "api/"); ok {
		kind, path, _ = strings.Cut(rest, "/")
		isAPI = true
	} else if rest, ok := strings.CutPrefix(path, "datasets/"); ok {
		kind, path = "datasets", rest
	}
	verb := "/resolve/"
	if isAPI {
		verb = "/revision/"
		if strings.Contains(path, "/tree/") {
			verb = "/tree/"
		}
	}
	id, rest, _ := strings.Cut(path, verb)
	repo := s.Repos[kind+"/"+id]
	token := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
	if repo == nil || repo.Token != "" && !repo.Gated && token != repo.Token {
		if token == "" { // the Hub does not tell strangers which private repositories there are
			fail(w, http.StatusUnauthorized, "RepoNotFound", "Invalid username or password.")
			return
		}
		fail(w, http.StatusNotFound, "RepoNotFound", "Repository not found")
		return
	}
	revision, name := rest, ""
	if verb == "/resolve/" {
		revision, name, _ = strings.Cut(rest, "/")
	}
	revision, _ = url.PathUnescape(revision)
	name, _ = url.PathUnescape(name)
	known := revision == repo.Commit
	for _, ref := range repo.Refs {
		known = known || ref == revision
	}
	switch {
	case !known:
		fail(w, http.StatusNotFound, "RevisionNotFound", "Invalid rev id: "+revision)
	case verb == "/tree/":
		s.tree(w, repo)
	case isAPI:
		s.listing(w, repo, id, r.URL.Query().Get("blobs") != "" && !s.Plain)
	case repo.Gated && token != repo.Token && token != "":
		fail(w, http.StatusForbidden, "GatedRepo", "Access to model "+id+" is restricted and you are not in the authorized list.")
	case repo.Gated && token != repo.Token:
		fail(w, http.StatusUnauthorized, "GatedRepo", "Access to model "+id+" is restricted.")
	default:
		s.resolve(w, r, repo, kind+"/"+id, name, n)
	}
}

func fail(w http.ResponseWriter, status int, code, message string) {
	w.Header().Set("X-Error-Code", code)
	w.Header().Set("X-Error-Message", message)
	w.WriteHeader(status)
}

type lfs struct {
	SHA256      string `json:"sha256,omitempty"`
	OID         string `json:"oid,omitempty"`
	Size        int    `json:"size"`
	PointerSize int    `json:"pointerSize"`
}

func (s *Server) listing(w http.ResponseWriter, repo *Repo, id string, blobs bool) {
	type sibling struct {
		Name   string `json:"rfilename"`
		Size   *int   `json:"size,omitempty"`
		BlobID string `json:"blobId,omitempty"`
		LFS    *lfs   `json:"lfs,omitempty"`
	}
	answer := struct {
		ID       string    `json:"id"`
		Commit   string    `json:"sha"`
		Private  bool      `json:"private"`
		Tags     []string  `json:"tags"`
		Siblings []sibling `json:"siblings"`
	}{ID: id, Commit: repo.Commit, Tags: []string{}}
	for name, content := range repo.Files {
		f := sibling{Name: name}
		if blobs {
			size := len(content)
			f.Size, f.BlobID = &size, gitID(repo.inGit(name))
			if repo.Large(name) {
				f.LFS = &lfs{SHA256: sha(content), Size: size, PointerSize: len(repo.inGit(name))}
			}
		}
		answer.Siblings = append(answer.Siblings, f)
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(answer)
}

// tree is the newer form of the listing, which huggingface_hub asks for.
func (s *Server) tree(w http.ResponseWriter, repo *Repo) {
	type file struct {
		Type string `json:"type"`
		OID  string `json:"oid"`
		Size int    `json:"size"`
		Path string `json:"path"`
		LFS  *lfs   `json:"lfs,omitempty"`
	}
	answer := []file{}
	for name, content := range repo.Files {
		f := file{Type: "file", OID: gitID(repo.inGit(name)), Size: len(content), Path: name}
		if repo.Large(name) {
			f.LFS = &lfs{OID: sha(content), Size: len(content), PointerSize: len(repo.inGit(name))}
		}
		answer = append(answer, f)
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(answer)
}

// inGit is what git keeps of a file: a large one is a pointer there.
func (r *Repo) inGit(name string) []byte {
	content := r.Files[name]
	if !r.Large(name) {
		return content
	}
	return fmt.Appendf(nil, "version https://git-lfs.github.com/spec/v1\noid sha256:%s\nsize %d\n", sha(content), len(content))
}

func (s *Server) resolve(w http.ResponseWriter, r *http.Request, repo *Repo, id, name string, n int) {
	content, ok := repo.Files[name]
	w.Header().Set("X-Repo-Commit", repo.Commit)
	if !ok {
		fail(w, http.StatusNotFound, "EntryNotFound", "Entry not found")
		return
	}
	if repo.Large(name) {
		w.Header().Set("X-Linked-Etag", `"`+sha(content)+`"`)
		w.Header().Set("X-Linked-Size", strconv.Itoa(len(content)))
		w.Header().Set("Etag", `"of-the-redirect"`)
		http.Redirect(w, r, s.cdn.URL+"/"+id+"/"+url.PathEscape(name)+"?signature=1", http.StatusFound)
		return
	}
	w.Header().Set("ETag", `"`+gitID(content)+`"`)
	s.send(w, r, repo, name, n)
}

func (s *Server) serveCDN(w http.ResponseWriter, r *http.Request) {
	n := s.note("cdn", r)
	parts := strings.SplitN(strings.TrimPrefix(r.URL.EscapedPath(), "/"), "/", 4)
	if len(parts) < 4 || r.URL.Query().Get("signature") == "" {
		w.WriteHeader(http.StatusForbidden)
		return
	}
	name, _ := url.PathUnescape(parts[3])
	w.Header().Set("ETag", `"of-the-other-server"`)
	s.send(w, r, s.Repos[strings.Join(parts[:3], "/")], name, n)
}

// send serves a body with its faults.
func (s *Server) send(w http.ResponseWriter, r *http.Request, repo *Repo, name string, n int) {
	body := repo.Files[name]
	if repo.Corrupt[name] {
		body = append([]byte{body[0] ^ 1}, body[1:]...)
	}
	status, total := http.StatusOK, len(body)
	if from, ok := strings.CutPrefix(r.Header.Get("Range"), "bytes="); ok && !s.NoRanges {
		at, err := strconv.Atoi(strings.TrimSuffix(from, "-"))
		if err != nil || at >= total {
			w.Header().Set("Content-Range", fmt.Sprintf("bytes */%d", total))
			w.WriteHeader(http.StatusRequestedRangeNotSatisfiable)
			return
		}
		w.Header().Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", at, total-1, total))
		body, status = body[at:], http.StatusPartialContent
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	if r.Method == http.MethodHead {
		return
	}
	whole := true
	if s.Break != nil {
		if k := s.Break(name, n); k >= 0 && k < len(body) {
			body, whole = body[:k], false
		}
	}
	for len(body) > 0 {
		k := min(len(body), 16<<10)
		if _, err := w.Write(body[:k]); err != nil {
			return
		}
		body = body[k:]
		if s.Pause > 0 {
			w.(http.Flusher).Flush()
			select {
			case <-time.After(s.Pause):
			case <-r.Context().Done():
				return
			}
		}
	}
	if !whole {
		w.(http.Flusher).Flush()
		panic(http.ErrAbortHandler) // closes the connection
	}
}

func sha(b []byte) string {
	h := sha256.Sum256(b)
	return hex.EncodeToString(h[:])
}

func gitID(b []byte) string {
	h := sha1.Sum(fmt.Appendf(nil, "blob %d\x00%s", len(b), b))
	return hex.EncodeToString(h[:])
}
