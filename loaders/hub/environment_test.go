package hub

import (
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mindgap/models/fault"
)

func textLogger(w io.Writer) *slog.Logger { return slog.New(slog.NewTextHandler(w, nil)) }

func clearEnvironment(t *testing.T, home string) {
	for _, name := range []string{"HF_HOME", "HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE", "XDG_CACHE_HOME", "HF_TOKEN", "HUGGING_FACE_HUB_TOKEN", "HF_TOKEN_PATH", "HF_ENDPOINT",
		"HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE", "HF_HUB_DISABLE_IMPLICIT_TOKEN", "HF_HUB_DOWNLOAD_TIMEOUT"} {
		t.Setenv(name, "")
	}
	t.Setenv("HOME", home)
	t.Setenv("USERPROFILE", home)
}

func TestEnvironment(t *testing.T) {
	home := t.TempDir()
	std := filepath.Join(home, ".cache", "huggingface")
	hf := filepath.Join(home, "hf")
	for dir, token := range map[string]string{std: " hf_saved\n", hf: "hf_elsewhere"} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, "token"), []byte(token), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	base := Options{Endpoint: "https://huggingface.co", CacheDir: filepath.Join(std, "hub"), Token: "hf_saved", TokenFrom: filepath.Join(std, "token")}
	tests := []struct {
		name string
		env  map[string]string
		want func(*Options)
	}{
		{"nothing set", nil, func(*Options) {}},
		{"HF_HOME", map[string]string{"HF_HOME": hf}, func(o *Options) {
			o.CacheDir, o.Token, o.TokenFrom = filepath.Join(hf, "hub"), "hf_elsewhere", filepath.Join(hf, "token")
		}},
		{"HF_HOME with ~", map[string]string{"HF_HOME": "~/hf"}, func(o *Options) {
			o.CacheDir, o.Token, o.TokenFrom = filepath.Join(hf, "hub"), "hf_elsewhere", filepath.Join(hf, "token")
		}},
		{"HF_HUB_CACHE before HF_HOME", map[string]string{"HF_HOME": hf, "HF_HUB_CACHE": "$HOME/c", "HUGGINGFACE_HUB_CACHE": "/old"}, func(o *Options) {
			o.CacheDir, o.Token, o.TokenFrom = filepath.Join(home, "c"), "hf_elsewhere", filepath.Join(hf, "token")
		}},
		{"older name of the cache", map[string]string{"HUGGINGFACE_HUB_CACHE": filepath.Join(home, "old")}, func(o *Options) { o.CacheDir = filepath.Join(home, "old") }},
		{"XDG_CACHE_HOME", map[string]string{"XDG_CACHE_HOME": filepath.Join(home, "xdg")}, func(o *Options) {
			o.CacheDir, o.Token, o.TokenFrom = filepath.Join(home, "xdg", "huggingface", "hub"), "", ""
		}},
		{"HF_TOKEN", map[string]string{"HF_TOKEN": "hf_mine", "HUGGING_FACE_HUB_TOKEN": "hf_old"}, func(o *Options) { o.Token, o.TokenFrom = "hf_mine", "HF_TOKEN" }},
		{"older name of the token", map[string]string{"HUGGING_FACE_HUB_TOKEN": "hf_old"}, func(o *Options) { o.Token, o.TokenFrom = "hf_old", "HUGGING_FACE_HUB_TOKEN" }},
		{"HF_TOKEN_PATH", map[string]string{"HF_TOKEN_PATH": filepath.Join(hf, "token")}, func(o *Options) { o.Token, o.TokenFrom = "hf_elsewhere", filepath.Join(hf, "token") }},
		{"no implicit token", map[string]string{"HF_TOKEN": "hf_mine", "HF_HUB_DISABLE_IMPLICIT_TOKEN": "1"}, func(o *Options) { o.Token, o.TokenFrom = "", "" }},
		{"endpoint", map[string]string{"HF_ENDPOINT": "https://mirror.example/hub/"}, func(o *Options) { o.Endpoint = "https://mirror.example/hub" }},
		{"offline", map[string]string{"HF_HUB_OFFLINE": "true"}, func(o *Options) { o.Offline = true }},
		{"offline, as transformers says it", map[string]string{"TRANSFORMERS_OFFLINE": "YES"}, func(o *Options) { o.Offline = true }},
		{"online", map[string]string{"HF_HUB_OFFLINE": "0"}, func(*Options) {}},
		{"timeout", map[string]string{"HF_HUB_DOWNLOAD_TIMEOUT": "90"}, func(o *Options) { o.Timeout = 90 * time.Second }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			clearEnvironment(t, home)
			for k, v := range tt.env {
				t.Setenv(k, v)
			}
			want := base
			tt.want(&want)
			got, err := FromEnvironment()
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
	for name, value := range map[string]string{"HF_ENDPOINT": "huggingface.co", "HF_HUB_DOWNLOAD_TIMEOUT": "soon"} {
		t.Run("bad "+name, func(t *testing.T) {
			clearEnvironment(t, home)
			t.Setenv(name, value)
			_, err := FromEnvironment()
			check(t, err, fault.Usage, name, value)
		})
	}
}

func TestParseRepo(t *testing.T) {
	good := map[string]Repo{
		"org/name":                       {Model, "org/name", "main"},
		"//org/name":                     {Model, "org/name", "main"},
		"gpt2":                           {Model, "gpt2", "main"},
		"Xenova/clip-vit-base-patch32":   {Model, "Xenova/clip-vit-base-patch32", "main"},
		"immich-app/ViT-B-32__openai":    {Model, "immich-app/ViT-B-32__openai", "main"},
		"org/name@v1.0":                  {Model, "org/name", "v1.0"},
		"org/name@refs/pr/3":             {Model, "org/name", "refs/pr/3"},
		"o/n@" + strings.Repeat("a", 40): {Model, "o/n", strings.Repeat("a", 40)},
	}
	for s, want := range good {
		got, err := ParseRepo(Model, s)
		if err != nil || got != want {
			t.Errorf("%q: %v, %v", s, got, err)
		}
	}
	for _, s := range []string{"", "/", "org/", "/name", "a/b/c", "org/na me", "org--x/name", "../name", "org/..", "org/name.git", "org/.name", "org/name@", "org/name@../x",
		"org/name@a//b", "org/name@/etc", "org/name@-x", "org/name@a?b", strings.Repeat("x", 97)} {
		_, err := ParseRepo(Model, s)
		check(t, err, fault.Input, "hf:"+s)
	}
}

// No reference leads out of the cache.
func FuzzParseRepo(f *testing.F) {
	for _, s := range []string{"org/name@main", "a@b", "..@..", "a/b@c/../d", "a\\b"} {
		f.Add(s)
	}
	c := New(Options{CacheDir: "cache", Endpoint: "http://x"})
	f.Fuzz(func(t *testing.T, s string) {
		r, err := ParseRepo(Model, s)
		if err != nil {
			return
		}
		root := c.dir(r)
		if filepath.Dir(root) != "cache" {
			t.Errorf("%q: the repository's folder is %s", s, root)
		}
		if p, err := filepath.Rel(filepath.Join(root, "refs"), c.dir(r, "refs", filepath.FromSlash(r.Revision))); err != nil || !filepath.IsLocal(p) || p == "." {
			t.Errorf("%q: the ref's file is %s", s, p)
		}
	})
}
