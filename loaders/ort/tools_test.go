package ort

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// fakePip puts a python3 on the PATH whose pip leaves the test's wheel, and returns the file in which it notes its calls.
func (w *world) fakePip(t *testing.T) (calls string) {
	t.Helper()
	dir := t.TempDir()
	calls = filepath.Join(dir, "calls")
	wheel := write(t, filepath.Join(dir, "wheel"), w.wheel)
	w.tool(t, "python3", fmt.Sprintf(`case "$*" in *--version) exit 0;; esac
echo "$PIP_REQUIRE_VIRTUALENV $*" >> %s
exec /bin/cp %s ./%s
`, calls, wheel, testWheel))
	return calls
}

func TestPip(t *testing.T) {
	w := newWorld(t, nil)
	calls := w.fakePip(t)
	lib, err := Ensure(t.Context(), w.Options)
	w.wantFetched(t, lib, err, SourcePip)
	got, err := os.ReadFile(calls)
	if err != nil {
		t.Fatal(err)
	}
	want := "0 -m pip download --no-deps --only-binary=:all: --python-version 3.11 --platform test_tag " +
		"--retries 1 --timeout 15 --progress-bar off -d . onnxruntime==1.30.0\n"
	if d := cmp.Diff(want, string(got)); d != "" {
		t.Errorf("pip was called otherwise (-want +got):\n%s", d)
	}
}

// TestPipElsewhere holds that a Python without pip is passed over for the next candidate.
func TestPipElsewhere(t *testing.T) {
	w := newWorld(t, nil)
	w.fakePip(t)
	if err := os.Rename(filepath.Join(w.bin, "python3"), filepath.Join(w.bin, "pip")); err != nil {
		t.Fatal(err)
	}
	w.tool(t, "python3", `echo "No module named pip" >&2; exit 1`)
	lib, err := Ensure(t.Context(), w.Options)
	w.wantFetched(t, lib, err, SourcePip)
}

func TestPipMisbehaves(t *testing.T) {
	for name, c := range map[string]struct{ script, says string }{
		"wrong file":  {`echo hello > other.whl`, "it wrote other.whl, wanted " + testWheel},
		"no file":     {`exit 0`, "it wrote nothing"},
		"wrong bytes": {`echo hello > ` + testWheel, "found 6 bytes, wanted"},
		"silent":      {`exit 7`, "exit status 7"},
		"hangs":       {`exec /bin/sleep 60`, "not done after 300ms"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, nil)
			if name == "hangs" {
				w.host.toolLimit = 300 * time.Millisecond
			}
			w.tool(t, "pip", `case "$*" in *--version) exit 0;; esac; `+c.script)
			begin := time.Now()
			_, err := Ensure(t.Context(), w.Options)
			wantFault(t, err, "pip download", c.says)
			if d := time.Since(begin); d > 5*time.Second {
				t.Errorf("it took %v", d)
			}
			w.wantFiles(t, ".lock")
		})
	}
}

func TestPipCancel(t *testing.T) {
	w := newWorld(t, nil)
	flag := filepath.Join(t.TempDir(), "running")
	w.tool(t, "pip", `case "$*" in *--version) exit 0;; esac; echo > `+flag+`; exec /bin/sleep 60`)
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		for ctx.Err() == nil {
			if _, err := os.Stat(flag); err == nil {
				cancel()
			}
			time.Sleep(10 * time.Millisecond)
		}
	}()
	begin := time.Now()
	if _, err := Ensure(ctx, w.Options); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want context.Canceled", err)
	}
	if d := time.Since(begin); d > 5*time.Second {
		t.Errorf("it took %v", d)
	}
}

func TestNPM(t *testing.T) {
	w := newWorld(t, nil)
	tgz := write(t, filepath.Join(t.TempDir(), "tgz"), w.tgz)
	w.tool(t, "npm", `case "$*" in "pack "*" onnxruntime-node@1.30.0") exec /bin/cp `+tgz+` ./`+testNPM+`;; esac; exit 1`)
	lib, err := Ensure(t.Context(), w.Options)
	w.wantFetched(t, lib, err, SourceNPM)
}

// An indexServer is a package index that demands a password for pages and files, and redirects to the page with a slash.
func indexServer(t *testing.T, w func() *world, page func(host string) (contentType, body string)) string {
	t.Helper()
	var s *httptest.Server
	s = httptest.NewServer(http.HandlerFunc(func(out http.ResponseWriter, r *http.Request) {
		if user, password, _ := r.BasicAuth(); user != "me" || password != "secret" {
			http.Error(out, "who are you?", http.StatusUnauthorized)
			return
		}
		switch r.URL.Path {
		case "/index/simple/onnxruntime/":
			if !strings.Contains(r.Header.Get("Accept"), "text/html") {
				t.Errorf("Accept is %q", r.Header.Get("Accept"))
			}
			kind, body := page(s.URL)
			out.Header().Set("Content-Type", kind)
			fmt.Fprint(out, body)
		case "/index/files/" + testWheel:
			out.Write(w().wheel)
		default:
			http.NotFound(out, r)
		}
	}))
	t.Cleanup(s.Close)
	return strings.Replace(s.URL, "://", "://me:secret@", 1) + "/index/simple"
}

func TestIndex(t *testing.T) {
	var w *world
	jsonPage := func(url, hash string) string {
		text, err := json.Marshal(map[string]any{"files": []map[string]any{
			{"filename": "onnxruntime-1.29.0.whl", "url": "../../files/other.whl", "hashes": map[string]string{}},
			{"filename": testWheel, "url": url, "hashes": map[string]string{"sha256": hash}}}})
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	const jsonType = "application/vnd.pypi.simple.v1+json"
	wrong := strings.Repeat("ab", 32)
	for _, c := range []struct {
		name string
		page func(host string) (string, string)
		says string // empty: it works
	}{
		{"relative", func(string) (string, string) {
			return "text/html", fmt.Sprintf("<!DOCTYPE html><body>\n<A data-x='>' class=a\n HREF = '../../files/other.whl'>x</a><a data-requires-python=\">=3.11\" href=\"../../files/%s#sha256=%s\">y</a>", testWheel, sum(w.wheel))
		}, ""},
		{"absolute", func(host string) (string, string) {
			return "text/html; charset=utf-8", `<a href="` + host + "/index/files/" + testWheel + `?a=1&amp;b=2">y</a>`
		}, ""},
		{"base", func(string) (string, string) {
			return "text/html", `<base href="/index/files/"><a href=` + testWheel + `>y</a>`
		}, ""},
		{"json", func(string) (string, string) { return jsonType, jsonPage("../../files/"+testWheel, sum(w.wheel)) }, ""},
		{"json absolute", func(host string) (string, string) {
			return "application/json", jsonPage(host+"/index/files/"+testWheel, sum(w.wheel))
		}, ""},
		{"other hash", func(string) (string, string) {
			return "text/html", `<a href="../../files/` + testWheel + `#sha256=` + wrong + `">y</a>`
		}, "the index offers " + testWheel + " with SHA-256 " + wrong},
		{"json other hash", func(string) (string, string) { return jsonType, jsonPage("../../files/"+testWheel, wrong) }, "with SHA-256 " + wrong},
		{"absent", func(string) (string, string) { return "text/html", `<a href="a.whl">a</a><a href="b.whl">b</a>` }, "the index has 2 files of onnxruntime, but no " + testWheel},
		{"bad json", func(string) (string, string) { return jsonType, "{" }, "cannot be read"},
		{"local file", func(string) (string, string) { return "text/html", `<a href="file:///index/` + testWheel + `">y</a>` }, `links ` + testWheel + ` by "file"`},
		{"dead link", func(string) (string, string) { return "text/html", `<a href="gone/` + testWheel + `">y</a>` }, "404"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w = newWorld(t, nil)
			t.Setenv("PIP_INDEX_URL", indexServer(t, func() *world { return w }, c.page))
			lib, err := Ensure(t.Context(), w.Options)
			if c.says == "" {
				w.wantFetched(t, lib, err, SourceIndex)
				return
			}
			wantFault(t, err, "package index http://me:xxxxx@", c.says)
		})
	}
}

func TestIndexAddresses(t *testing.T) {
	isolate(t, "")
	home := t.TempDir()
	t.Setenv("HOME", home)
	t.Setenv("XDG_CONFIG_HOME", "")
	named := write(t, filepath.Join(home, "named.conf"), []byte("[install]\nindex-url = http://no/\n[global]\nindex-url: http://named/simple\n"))
	write(t, filepath.Join(home, ".config", "pip", "pip.conf"), []byte("; comment\n[global]\nindex_url = http://user/simple\nextra-index-url =\n    http://one/\n    http://two/\ntimeout = 3\n"))
	for _, c := range []struct {
		env, file string
		want      []string
	}{
		{"http://env/", os.DevNull, []string{"http://env/"}},
		{"", os.DevNull, []string{}},
		{"", "", []string{"http://user/simple", "http://one/", "http://two/"}},
		{"", named, []string{"http://named/simple", "http://one/", "http://two/"}},
		{"http://env/", named, []string{"http://env/", "http://one/", "http://two/"}},
	} {
		t.Setenv("PIP_INDEX_URL", c.env)
		t.Setenv("PIP_CONFIG_FILE", c.file)
		if d := cmp.Diff(c.want, indexAddresses("linux")); d != "" {
			t.Errorf("PIP_INDEX_URL=%q PIP_CONFIG_FILE=%q (-want +got):\n%s", c.env, c.file, d)
		}
	}
}

// FuzzIndex holds that no page of an index makes its reader panic, and that every link has an address.
func FuzzIndex(f *testing.F) {
	f.Add([]byte(`<base href="/a/"><a data-x=">" href='../b.whl#sha256=00'>b</a><a href=c.whl>`))
	f.Add([]byte(`{"files":[{"filename":"b.whl","url":"../b.whl","hashes":{"sha256":"00"}}]}`))
	from, err := url.Parse("http://me:secret@example.invalid/simple/onnxruntime/")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, page []byte) {
		for _, read := range []func([]byte, *url.URL) ([]link, error){linksOfHTML, linksOfJSON} {
			links, err := read(page, from)
			if err != nil && links != nil {
				t.Error("links beside an error")
			}
			for _, l := range links {
				if l.url == nil || l.url.Fragment != "" {
					t.Errorf("bad link %+v", l)
				}
			}
		}
		if from.String() != "http://me:secret@example.invalid/simple/onnxruntime/" {
			t.Errorf("the page's own address was changed to %v", from)
		}
	})
}

// FuzzPipSettings holds that no configuration file makes its reader panic or yield a value of several lines.
func FuzzPipSettings(f *testing.F) {
	f.Add("[global]\nindex-url = http://a/\n  b\n[download]\nindex_url: c\n")
	f.Fuzz(func(t *testing.T, text string) {
		for key, value := range pipSettings(text) {
			if strings.Contains(key+value, "\n") {
				t.Errorf("%q = %q", key, value)
			}
		}
	})
}
