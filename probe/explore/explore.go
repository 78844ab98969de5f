// Package explore serves the page of a report over data that is too large to stand in it: the page fetches its arrays piece by piece from
// this server, and asks it what a selection of points comes to.
//
// The server is for the machine that it runs on, and for its own page alone. It answers only where the request names it as the local machine,
// so that no other site's name can be made to point at it (DNS rebinding), and where no other site's page has sent the request.
package explore

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"

	"mindgap/models/fault"
	"mindgap/probe"
)

// An Explorer is an http.Handler of one exploration:
//
//	GET  /               the page
//	GET  /record.json    the record
//	GET  /scene.json     the scene without the bytes of its arrays
//	GET  /scene/NAME     the bytes of an array, or a range of them
//	GET  /thumbnails/N   page N of the thumbnails
//	POST /select         {"images", "texts", "lambda"}: a probe.ExactSelection of these points of the scene
type Explorer struct {
	data       *probe.Exploration
	page       []byte
	record     []byte
	header     []byte
	thumbnails [][]byte
	hosts      map[string]bool // what a request may call this server
	origins    map[string]bool
	busy       chan struct{} // holds one entry while a selection is computed
	mux        *http.ServeMux
}

// New returns the explorer of an exploration, whose page is report.Page with Options.Served. port is the one that the server listens on at the
// local machine: requests that name another are refused.
func New(e *probe.Exploration, page []byte, port int) (*Explorer, error) {
	x := &Explorer{data: e, page: page, hosts: map[string]bool{}, origins: map[string]bool{}, busy: make(chan struct{}, 1), mux: http.NewServeMux()}
	for _, name := range []string{"127.0.0.1", "localhost", "[::1]"} {
		host := name + ":" + strconv.Itoa(port)
		x.hosts[host], x.origins["http://"+host] = true, true
		if port == 80 { // browsers leave it out
			x.hosts[name], x.origins["http://"+name] = true, true
		}
	}
	var err error
	if x.record, err = json.MarshalIndent(e.Record, "", "  "); err != nil {
		return nil, broken("record", err)
	}
	header := e.Scene.Header()
	if t := header.Thumbnails; t != nil {
		served := *t
		served.Pages = nil
		for n, page := range t.Pages {
			jpeg, err := base64.StdEncoding.DecodeString(page[strings.IndexByte(page, ',')+1:])
			if err != nil {
				return nil, broken("thumbnails", err)
			}
			x.thumbnails, served.Pages = append(x.thumbnails, jpeg), append(served.Pages, "/thumbnails/"+strconv.Itoa(n))
		}
		header.Thumbnails = &served
	}
	if x.header, err = json.Marshal(header); err != nil {
		return nil, broken("scene", err)
	}
	x.mux.HandleFunc("GET /{$}", x.servePage)
	x.mux.HandleFunc("GET /record.json", bytesOf("application/json", func(string) []byte { return x.record }))
	x.mux.HandleFunc("GET /scene.json", bytesOf("application/json", func(string) []byte { return x.header }))
	x.mux.HandleFunc("GET /scene/{name}", bytesOf("application/octet-stream", x.array))
	x.mux.HandleFunc("GET /thumbnails/{name}", bytesOf("image/jpeg", x.thumbnail))
	x.mux.HandleFunc("POST /select", x.serveSelect)
	return x, nil
}

func broken(what string, err error) error {
	return &fault.Error{Kind: fault.System, Op: "serve", Thing: what, Err: err, Next: "report this as a bug"}
}

// ServeHTTP answers a request of the page, and refuses every other.
func (x *Explorer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'")
	if reason := x.foreign(r); reason != "" {
		refuse(w, http.StatusForbidden, reason)
		return
	}
	x.mux.ServeHTTP(w, r)
}

// foreign says why a request may not be this server's own page's or its user's; "" if it may.
func (x *Explorer) foreign(r *http.Request) string {
	if !x.hosts[strings.ToLower(r.Host)] {
		return "this server answers to the local machine's names alone"
	}
	for _, origin := range r.Header.Values("Origin") {
		if !x.origins[strings.ToLower(origin)] {
			return "this server answers its own page alone"
		}
	}
	for _, site := range r.Header.Values("Sec-Fetch-Site") { // same-site is any other server of this machine
		if site != "same-origin" && site != "none" {
			return "this server answers its own page alone"
		}
	}
	return ""
}

// servePage sends the page, whose own policy allows its script and style by their hashes. Policies add up, so that the general one may not
// stand beside it; what a page cannot say of itself is that none may frame it.
func (x *Explorer) servePage(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Security-Policy", "frame-ancestors 'none'")
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(x.page))
}

// array returns the bytes of an array of the scene, nil if there is none.
func (x *Explorer) array(name string) []byte {
	if a := x.data.Scene.Arrays[name]; a != nil {
		return a.Bytes()
	}
	return nil
}

// thumbnail returns a page of thumbnails, nil if there is none.
func (x *Explorer) thumbnail(name string) []byte {
	n, err := strconv.Atoi(name)
	if err != nil || n < 0 || n >= len(x.thumbnails) || strconv.Itoa(n) != name {
		return nil
	}
	return x.thumbnails[n]
}

// bytesOf serves what find has by the name in the path, and ranges of it.
func bytesOf(kind string, find func(name string) []byte) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		b := find(r.PathValue("name"))
		if b == nil {
			refuse(w, http.StatusNotFound, "there is nothing of this name")
			return
		}
		w.Header().Set("Content-Type", kind)
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(b))
	}
}

// refuse answers with an error in words.
func refuse(w http.ResponseWriter, status int, reason string) {
	b, err := json.Marshal(map[string]string{"error": reason})
	if err != nil {
		panic(err) // a string can be marshalled
	}
	answer(w, status, b)
}

// answer sends JSON. That the client has gone by then is no fault of the server.
func answer(w http.ResponseWriter, status int, b []byte) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(b)
}
