package hub

import (
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"mindgap/models/fault"
)

// Options say where the hub and its cache are.
type Options struct {
	Endpoint  string            // e.g. "https://huggingface.co", without a slash at the end
	CacheDir  string            // the folder that holds models--org--name
	Token     string            // sent to the endpoint and to nothing else; "": none
	TokenFrom string            // where the token came from, for messages; the token itself is never shown
	Offline   bool              // the cache alone
	Timeout   time.Duration     // a server that sends nothing for as long is given up; 0: 30 s
	Transport http.RoundTripper // nil: net/http's default, with the proxies of the environment
}

const (
	defaultEndpoint = "https://huggingface.co"
	defaultTimeout  = 30 * time.Second
)

// FromEnvironment returns the options that huggingface_hub would find in the environment.
func FromEnvironment() (Options, error) {
	o := Options{Endpoint: strings.TrimRight(os.Getenv("HF_ENDPOINT"), "/"), Offline: isTrue("HF_HUB_OFFLINE") || isTrue("TRANSFORMERS_OFFLINE")}
	if o.Endpoint == "" {
		o.Endpoint = defaultEndpoint
	}
	if u, err := url.Parse(o.Endpoint); err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return o, &fault.Error{Kind: fault.Usage, Op: "read", Thing: "HF_ENDPOINT", Found: strconv.Quote(o.Endpoint), Wanted: "an address such as " + defaultEndpoint,
			Next: "correct the variable, or unset it"}
	}
	home, err := home()
	if err != nil {
		return o, err
	}
	if o.CacheDir = firstPath("HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE"); o.CacheDir == "" {
		o.CacheDir = filepath.Join(home, "hub")
	}
	if o.CacheDir, err = filepath.Abs(o.CacheDir); err != nil {
		return o, &fault.Error{Kind: fault.System, Op: "find", Thing: "the hub's cache", Err: err, Next: "set HF_HUB_CACHE to an absolute path"}
	}
	if s := os.Getenv("HF_HUB_DOWNLOAD_TIMEOUT"); s != "" {
		n, err := strconv.Atoi(s)
		if err != nil || n <= 0 {
			return o, &fault.Error{Kind: fault.Usage, Op: "read", Thing: "HF_HUB_DOWNLOAD_TIMEOUT", Found: strconv.Quote(s), Wanted: "seconds, 1 or more",
				Next: "correct the variable, or unset it"}
		}
		o.Timeout = time.Duration(n) * time.Second
	}
	if !isTrue("HF_HUB_DISABLE_IMPLICIT_TOKEN") {
		o.Token, o.TokenFrom = token(home)
	}
	return o, nil
}

// home is the folder that HF_HOME names: the cache and the token lie in it.
func home() (string, error) {
	if dir := firstPath("HF_HOME"); dir != "" {
		return dir, nil
	}
	if dir := firstPath("XDG_CACHE_HOME"); dir != "" {
		return filepath.Join(dir, "huggingface"), nil
	}
	dir, err := os.UserHomeDir()
	if err != nil {
		return "", &fault.Error{Kind: fault.System, Op: "find", Thing: "the hub's cache", Err: err, Next: "set HF_HOME to a folder that mindgap may write to"}
	}
	return filepath.Join(dir, ".cache", "huggingface"), nil
}

// token returns the token that the user is logged in with, and where it stood.
func token(home string) (token, from string) {
	for _, name := range []string{"HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"} {
		if t := strings.TrimSpace(os.Getenv(name)); t != "" {
			return t, name
		}
	}
	path := firstPath("HF_TOKEN_PATH")
	if path == "" {
		path = filepath.Join(home, "token")
	}
	b, err := os.ReadFile(path)
	if t := strings.TrimSpace(string(b)); err == nil && t != "" {
		return t, path
	}
	return "", ""
}

// firstPath returns the first of the variables that is set, with ~ and $NAME expanded as Python's os.path does.
func firstPath(names ...string) string {
	for _, name := range names {
		p := os.Getenv(name)
		if p == "" {
			continue
		}
		if rest, ok := strings.CutPrefix(p, "~"); ok && (rest == "" || os.IsPathSeparator(rest[0])) {
			if dir, err := os.UserHomeDir(); err == nil {
				p = dir + rest
			}
		}
		return os.Expand(p, func(n string) string {
			if v, ok := os.LookupEnv(n); ok {
				return v
			}
			return "$" + n
		})
	}
	return ""
}

// isTrue reads a switch as huggingface_hub does.
func isTrue(name string) bool {
	switch strings.ToUpper(os.Getenv(name)) {
	case "1", "ON", "YES", "TRUE":
		return true
	}
	return false
}

// tokenNote says which token a refused request carried.
func (o *Options) tokenNote() string {
	if o.Token == "" {
		return "no token was sent"
	}
	if o.TokenFrom == "" {
		return "a token was sent"
	}
	return fmt.Sprintf("the token of %s was sent", o.TokenFrom)
}
