package explore_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"mindgap/loaders/embfile"
	"mindgap/probe"
	"mindgap/probe/explore"
)

const port = 4321

const thePage = "<!DOCTYPE html><title>the page</title>"

// exploration is one of five pairs of ready-made embeddings.
func exploration(t *testing.T) *probe.Exploration {
	t.Helper()
	file := filepath.Join(t.TempDir(), "pairs.npy")
	rows := make([]float32, 2*5*3)
	for k := range rows {
		rows[k] = float32(k*7%5) - 2.5 + 1.2*float32(k/15)
	}
	if err := embfile.WriteArray(file, []int{2, 5, 3}, rows); err != nil {
		t.Fatal(err)
	}
	c := probe.Config{Embeddings: file}
	e, err := c.Explore(t.Context(), probe.ExploreOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func newExplorer(t *testing.T) (*explore.Explorer, *probe.Exploration) {
	t.Helper()
	e := exploration(t)
	e.Scene.Thumbnails = &probe.Thumbnails{Tile: 64, Columns: 32, Count: 1, Pages: []string{"data:image/jpeg;base64," + base64.StdEncoding.EncodeToString([]byte("a page of tiles"))}}
	x, err := explore.New(e, []byte(thePage), port)
	if err != nil {
		t.Fatal(err)
	}
	return x, e
}

// do sends a request as the page itself would, with the headers of set changed.
func do(x http.Handler, method, path, body string, set map[string]string) *http.Response {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.Host = "127.0.0.1:" + strconv.Itoa(port)
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for name, value := range set {
		if name == "Host" {
			r.Host = value
		} else {
			r.Header.Set(name, value)
		}
	}
	w := httptest.NewRecorder()
	x.ServeHTTP(w, r)
	return w.Result()
}

func text(t *testing.T, r *http.Response) string {
	t.Helper()
	b, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// TestExplorer: the page, the record, the scene and its arrays, in whole and in part, each of its own type.
func TestExplorer(t *testing.T) {
	x, e := newExplorer(t)
	u := string(e.Scene.Arrays["u"].Bytes())
	for _, c := range []struct{ path, kind, want string }{
		{"/", "text/html; charset=utf-8", thePage},
		{"/scene/u", "application/octet-stream", u},
		{"/thumbnails/0", "image/jpeg", "a page of tiles"},
	} {
		r := do(x, "GET", c.path, "", nil)
		if got := text(t, r); r.StatusCode != http.StatusOK || got != c.want || r.Header.Get("Content-Type") != c.kind {
			t.Errorf("%s: %d, %s, %q, want %s, %q", c.path, r.StatusCode, r.Header.Get("Content-Type"), got, c.kind, c.want)
		}
	}
	r := do(x, "GET", "/scene/u", "", map[string]string{"Range": "bytes=4-11"})
	if got := text(t, r); r.StatusCode != http.StatusPartialContent || got != u[4:12] {
		t.Errorf("a range: %d, %d bytes, want the second and third of five numbers", r.StatusCode, len(got))
	}
	if r := do(x, "HEAD", "/scene/u", "", nil); r.StatusCode != http.StatusOK || text(t, r) != "" || r.ContentLength != int64(len(u)) {
		t.Errorf("HEAD: %d, of %d bytes", r.StatusCode, r.ContentLength)
	}
	var scene probe.Scene
	if err := json.Unmarshal([]byte(text(t, do(x, "GET", "/scene.json", "", nil))), &scene); err != nil {
		t.Fatal(err)
	}
	if scene.Images != 5 || scene.Arrays["u"].Bytes() != nil || !slices.Equal(scene.Thumbnails.Pages, []string{"/thumbnails/0"}) {
		t.Errorf("the scene's header is %+v", scene)
	}
	var record struct{ Kind string }
	if err := json.Unmarshal([]byte(text(t, do(x, "GET", "/record.json", "", nil))), &record); err != nil || record.Kind != "report" {
		t.Errorf("record of kind %q, %v", record.Kind, err)
	}
}

// TestExplorerForeign: a name that is not the local machine's, another site's page and another server of this machine are refused, whatever they
// ask; the user, the page and tools without such headers are not.
func TestExplorerForeign(t *testing.T) {
	x, _ := newExplorer(t)
	for _, c := range []struct {
		status int
		set    map[string]string
	}{
		{200, map[string]string{"Host": "localhost:4321"}},
		{200, map[string]string{"Host": "LOCALHOST:4321"}},
		{200, map[string]string{"Host": "[::1]:4321"}},
		{200, map[string]string{"Origin": "http://127.0.0.1:4321", "Sec-Fetch-Site": "same-origin"}},
		{200, map[string]string{"Sec-Fetch-Site": "none"}},
		{403, map[string]string{"Host": "evil.example:4321"}},
		{403, map[string]string{"Host": "127.0.0.1.evil.example:4321"}},
		{403, map[string]string{"Host": "127.0.0.1:4322"}},
		{403, map[string]string{"Host": "127.0.0.1"}},
		{403, map[string]string{"Host": "0.0.0.0:4321"}},
		{403, map[string]string{"Host": ""}},
		{403, map[string]string{"Origin": "http://evil.example"}},
		{403, map[string]string{"Origin": "https://127.0.0.1:4321"}},
		{403, map[string]string{"Origin": "http://127.0.0.1:4321.evil.example"}},
		{403, map[string]string{"Origin": "http://localhost:3000"}},
		{403, map[string]string{"Origin": "null"}},
		{403, map[string]string{"Sec-Fetch-Site": "cross-site"}},
		{403, map[string]string{"Sec-Fetch-Site": "same-site"}},
		{403, map[string]string{"Sec-Fetch-Site": ""}},
	} {
		for _, path := range []string{"/", "/scene.json", "/scene/u", "/record.json", "/thumbnails/0"} {
			if r := do(x, "GET", path, "", c.set); r.StatusCode != c.status {
				t.Errorf("%s with %v: %d, want %d", path, c.set, r.StatusCode, c.status)
			}
		}
		if r := do(x, "POST", "/select", "{}", c.set); r.StatusCode != c.status {
			t.Errorf("/select with %v: %d, want %d", c.set, r.StatusCode, c.status)
		}
	}
}

// TestExplorerRefusals: what is not there, what may not be done, and what is no selection; every answer carries the headers that keep a
// browser from making something else of it.
func TestExplorerRefusals(t *testing.T) {
	x, _ := newExplorer(t)
	for _, c := range []struct {
		method, path, body string
		set                map[string]string
		status             int
	}{
		{"GET", "/other", "", nil, 404},
		{"GET", "/scene/other", "", nil, 404},
		{"GET", "/scene/../record.json", "", nil, 404},
		{"GET", "/scene/%2e%2e%2frecord.json", "", nil, 404},
		{"GET", "/thumbnails/1", "", nil, 404},
		{"GET", "/thumbnails/-1", "", nil, 404},
		{"GET", "/thumbnails/00", "", nil, 404},
		{"GET", "/thumbnails/99999999999999999999", "", nil, 404},
		{"GET", "/select", "", nil, 405},
		{"PUT", "/", "x", nil, 405},
		{"DELETE", "/scene/u", "", nil, 405},
		{"OPTIONS", "/select", "", nil, 405},
		{"POST", "/scene.json", "{}", nil, 405},
		{"POST", "/select", "{}", map[string]string{"Content-Type": "text/plain"}, 415},
		{"POST", "/select", "{}", map[string]string{"Content-Type": "application/x-www-form-urlencoded"}, 415},
		{"POST", "/select", "{}", map[string]string{"Content-Type": ""}, 415},
		{"POST", "/select", `{"images":[` + strings.Repeat("0,", 3<<20) + `0]}`, nil, 413},
		{"POST", "/select", " ", nil, 400},
		{"POST", "/select", "{", nil, 400},
		{"POST", "/select", "{} {}", nil, 400},
		{"POST", "/select", "{}]", nil, 400},
		{"POST", "/select", `{"images":[5]}`, nil, 400},
		{"POST", "/select", `{"images":[-1]}`, nil, 400},
		{"POST", "/select", `{"images":[0.5]}`, nil, 400},
		{"POST", "/select", `{"images":[99999999999999999999]}`, nil, 400},
		{"POST", "/select", `{"texts":["0"]}`, nil, 400},
		{"POST", "/select", `{"lambda":1e999}`, nil, 400},
		{"POST", "/select", `{"lambda":null,"other":1}`, nil, 400},
	} {
		r := do(x, c.method, c.path, c.body, c.set)
		if r.StatusCode != c.status && (c.status != 404 || r.StatusCode != http.StatusTemporaryRedirect && r.StatusCode != http.StatusMovedPermanently) {
			t.Errorf("%s %s %.40q: %d, want %d", c.method, c.path, c.body, r.StatusCode, c.status)
		}
		for name, want := range map[string]string{"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer",
			"Cross-Origin-Resource-Policy": "same-origin", "Cache-Control": "no-store", "X-Frame-Options": "DENY"} {
			if got := r.Header.Get(name); got != want {
				t.Errorf("%s %s: %s is %q, want %q", c.method, c.path, name, got, want)
			}
		}
		if p := r.Header.Get("Content-Security-Policy"); !strings.Contains(p, "default-src 'none'") || !strings.Contains(p, "frame-ancestors 'none'") {
			t.Errorf("%s %s: the policy is %q", c.method, c.path, p)
		}
		if r.Header.Get("Access-Control-Allow-Origin") != "" {
			t.Errorf("%s %s: another origin is allowed", c.method, c.path)
		}
	}
}

// TestExplorerSelect: the answer is probe's.
func TestExplorerSelect(t *testing.T) {
	x, e := newExplorer(t)
	want, err := e.Select(t.Context(), []int{0, 2}, []int{2, 3}, 0.5)
	if err != nil {
		t.Fatal(err)
	}
	b, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	r := do(x, "POST", "/select", `{"images":[0,2],"texts":[2,3],"lambda":0.5}`, map[string]string{"Content-Type": "application/json; charset=utf-8"})
	if got := text(t, r); r.StatusCode != http.StatusOK || got != string(b) {
		t.Errorf("%d, %s, want %s", r.StatusCode, got, b)
	}
	// A large step moves rows onto nothing that a number could say: null, never an error.
	if r := do(x, "POST", "/select", `{"images":[0],"texts":[0],"lambda":1e308}`, nil); r.StatusCode != http.StatusOK {
		t.Errorf("λ = 1e308: %d, %s", r.StatusCode, text(t, r))
	}
}

// TestServe: a server on a port that was free answers until its context ends, and then ends without an error; the port is the local
// machine's alone.
func TestServe(t *testing.T) {
	l, err := explore.Listen(0)
	if err != nil {
		t.Fatal(err)
	}
	at := l.Addr().(*net.TCPAddr)
	if !at.IP.IsLoopback() {
		t.Fatalf("it listens on %v", at)
	}
	if _, err := explore.Listen(at.Port); err == nil {
		t.Error("no error for a port that is taken")
	}
	e := exploration(t)
	x, err := explore.New(e, []byte(thePage), at.Port)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- explore.Serve(ctx, l, x, slog.New(slog.DiscardHandler)) }()
	r, err := http.Get("http://" + l.Addr().String() + "/")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	if got := text(t, r); got != thePage {
		t.Errorf("the page is %q", got)
	}
	cancel()
	if err := <-done; err != nil {
		t.Errorf("ending: %v", err)
	}
	if _, err := http.Get("http://" + l.Addr().String() + "/"); err == nil {
		t.Error("it still answers")
	}
}
