package hub

import (
	"bytes"
	"fmt"
	"io/fs"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mindgap/models/fault"
)

// What the server says of a file when it sends it must fit the listing.
func TestContradictions(t *testing.T) {
	for _, header := range []string{"X-Repo-Commit", "ETag"} {
		b := newBench(t)
		s := b.open(t, b.client, "main")
		b.Refuse = func(w http.ResponseWriter, _ *http.Request, _ int) bool {
			w.Header().Set(header, strings.Repeat("0", 40))
			fmt.Fprint(w, "else")
			return true
		}
		check(t, s.Fetch(t.Context(), "config.json"), fault.System, strings.Repeat("0", 40))
	}
}

func TestRefusals(t *testing.T) {
	const secret = "hf_secretsecret"
	tests := []struct {
		name   string
		repo   Repo
		token  string
		change func(*bench)
		kind   fault.Kind
		words  []string
	}{
		{"no such repository", Repo{Model, "org/none", "main"}, "", nil, fault.Input, []string{"no such repository, or a private one", "no token was sent", "HF_TOKEN"}},
		{"no such repository, logged in", Repo{Model, "org/none", "main"}, secret, nil, fault.Input, []string{"no such repository, or a private one", "the token of HF_TOKEN was sent"}},
		{"no such revision", Repo{Model, "org/tiny", "v9"}, "", nil, fault.Input, []string{`no revision "v9"`, "/org/tiny"}},
		{"private", Repo{Model, "org/tiny", "main"}, "", func(b *bench) { b.repo.Token = "other" }, fault.Input, []string{"private"}},
		{"gated", Repo{Model, "org/tiny", "main"}, "", func(b *bench) { b.repo.Token, b.repo.Gated = "other", true }, fault.Input,
			[]string{"gated", "no token was sent", "accept its conditions at", "/org/tiny"}},
		{"gated, logged in", Repo{Model, "org/tiny", "main"}, secret, func(b *bench) { b.repo.Token, b.repo.Gated = "other", true }, fault.Input,
			[]string{"gated", "the token of HF_TOKEN was sent", "accept its conditions"}},
		{"invalid token", Repo{Model, "org/tiny", "main"}, secret, func(b *bench) {
			b.Refuse = func(w http.ResponseWriter, _ *http.Request, _ int) bool { w.WriteHeader(401); return true }
		}, fault.Input, []string{"401", "the token of HF_TOKEN was sent", "valid token"}},
		{"forbidden", Repo{Model, "org/tiny", "main"}, secret, func(b *bench) {
			b.Refuse = func(w http.ResponseWriter, _ *http.Request, _ int) bool {
				w.WriteHeader(403)
				fmt.Fprint(w, `{"error": "Forbidden:  fine-grained token"}`)
				return true
			}
		}, fault.Input, []string{"Forbidden: fine-grained token", "may read"}},
		{"broken server", Repo{Model, "org/tiny", "main"}, "", func(b *bench) {
			b.Refuse = func(w http.ResponseWriter, _ *http.Request, _ int) bool { w.WriteHeader(502); return true }
		}, fault.System, []string{"502 Bad Gateway", "try again later"}},
		{"limit that is too long to wait for", Repo{Model, "org/tiny", "main"}, "", func(b *bench) {
			b.Refuse = func(w http.ResponseWriter, _ *http.Request, _ int) bool {
				w.Header().Set("Retry-After", "900")
				w.WriteHeader(429)
				return true
			}
		}, fault.System, []string{"429", "wait 15m0s"}},
		{"no hub", Repo{Model, "org/tiny", "main"}, "", func(b *bench) {
			b.Refuse = func(w http.ResponseWriter, _ *http.Request, _ int) bool { fmt.Fprint(w, "<html>Log in"); return true }
		}, fault.System, []string{"no listing of a repository", "HF_ENDPOINT"}},
		{"no commit", Repo{Model, "org/tiny", "main"}, "", func(b *bench) {
			b.Refuse = func(w http.ResponseWriter, _ *http.Request, _ int) bool { fmt.Fprint(w, "{}"); return true }
		}, fault.System, []string{"names no commit"}},
		{"name that leads out", Repo{Model, "org/tiny", "main"}, "", func(b *bench) { b.repo.Files["../../evil"] = nil }, fault.System, []string{`"../../evil"`}},
		{"redirects in a circle", Repo{Model, "org/tiny", "main"}, "", func(b *bench) {
			b.Refuse = func(w http.ResponseWriter, r *http.Request, _ int) bool {
				http.Redirect(w, r, r.URL.Path, http.StatusFound)
				return true
			}
		}, fault.System, []string{"redirects more than 10 times"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := newBench(t)
			if tt.change != nil {
				tt.change(b)
			}
			s, err := b.with(Options{Token: tt.token, TokenFrom: "HF_TOKEN"}).Open(t.Context(), tt.repo)
			if err == nil { // a gated repository shows its listing
				err = s.Fetch(t.Context(), "config.json")
			}
			check(t, err, tt.kind, append(tt.words, tt.repo.ID)...)
			if strings.Contains(fmt.Sprint(err), secret) {
				t.Errorf("the token is shown: %v", err)
			}
		})
	}
}

// A passing refusal is waited out, as long as the server asks.
func TestWaitsAsAsked(t *testing.T) {
	b := newBench(t)
	b.Refuse = func(w http.ResponseWriter, _ *http.Request, n int) bool {
		switch n {
		case 1:
			w.WriteHeader(503)
		case 2:
			w.Header().Set("Retry-After", "7")
			w.WriteHeader(429)
		}
		return n <= 2
	}
	if err := b.open(t, b.client, "main").Fetch(t.Context(), "config.json"); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]time.Duration{7 * time.Second, time.Second, 7 * time.Second}, b.waits); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// The token goes to the hub and to nobody else, even on the same machine.
func TestTokenStaysHome(t *testing.T) {
	b := newBench(t)
	b.repo.Token = "hf_right"
	if err := b.open(t, b.with(Options{Token: "hf_right"}), "main").Fetch(t.Context(), big, "config.json"); err != nil {
		t.Fatal(err)
	}
	seen := map[string]int{}
	for _, r := range b.Requests() {
		seen[r.Server]++
		if want := map[string]string{"hub": "Bearer hf_right"}[r.Server]; r.Authorization != want {
			t.Errorf("%s %s carried %q", r.Server, r.Path, r.Authorization)
		}
	}
	if seen["hub"] != 3 || seen["cdn"] != 1 {
		t.Errorf("requests: %v", seen)
	}
}

func TestRenamedRepository(t *testing.T) {
	b := newBench(t)
	b.Refuse = func(w http.ResponseWriter, r *http.Request, _ int) bool {
		if strings.Contains(r.URL.Path, "org/old") {
			http.Redirect(w, r, strings.Replace(r.URL.RequestURI(), "org/old", "org/tiny", 1), http.StatusTemporaryRedirect)
			return true
		}
		return false
	}
	s, err := b.client.Open(t.Context(), Repo{Model, "org/old", "main"})
	if err != nil {
		t.Fatal(err)
	}
	if got, err := fs.ReadFile(s, big); err != nil || !bytes.Equal(got, b.repo.Files[big]) {
		t.Errorf("%d bytes, %v", len(got), err)
	}
}
