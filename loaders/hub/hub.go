// Package hub reads repositories of the Hugging Face Hub, and of every server that speaks its protocol, as file systems: names and sizes
// come from the repository's listing, a file is fetched when it is opened.
//
// What it fetches lies where the Hub's own Python library, huggingface_hub, keeps it, so each finds what the other fetched:
//
//	models--org--name/refs/main                                    the commit that a branch or tag stood at
//	models--org--name/blobs/<hash>                                 a file's content, by its SHA-256 (large files) or git blob id (others)
//	models--org--name/blobs/<hash>.incomplete                      the part that has come so far
//	models--org--name/snapshots/<commit>/onnx/vision_model.onnx    a link to the content
//	models--org--name/trees/<commit>.json                          the listing, so that a pinned commit needs no network at all
//	.locks/models--org--name/<hash>.lock                           held while a file is fetched
//
// Every file is compared with the size and the hash that the listing names before it appears under its name. A download that breaks off
// goes on where it stopped, in the same run or in a later one; two processes that want one file fetch it once.
//
// The environment is huggingface_hub's: HF_HOME, HF_HUB_CACHE, HF_TOKEN, HF_TOKEN_PATH, HF_ENDPOINT, HF_HUB_OFFLINE,
// HF_HUB_DISABLE_IMPLICIT_TOKEN, HF_HUB_DOWNLOAD_TIMEOUT, and their older names; proxies are net/http's (HTTPS_PROXY, NO_PROXY).
//
// The listing's form, the kinds of repository and the names of headers are those of github.com/gomlx/go-huggingface/hub. Its downloads
// are not used: they take an LFS file's name in the cache from the server that the Hub redirects to, write no refs, need the network for
// files that are there, start anew after a break and compare nothing.
//
// Importing the package registers the model references hf:org/name[@revision].
package hub

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	hfhub "github.com/gomlx/go-huggingface/hub"
)

// The kinds of repository.
const (
	Model   = hfhub.RepoTypeModel
	Dataset = hfhub.RepoTypeDataset
	Space   = hfhub.RepoTypeSpace
)

// A Client talks to one endpoint and keeps one cache. It is safe for use by several goroutines, and several processes may share its cache.
type Client struct {
	opt   Options
	http  *http.Client
	pause func(ctx context.Context, d time.Duration) error // between attempts; replaced in tests
}

// New returns a client. The options are usually [FromEnvironment]'s.
func New(o Options) *Client {
	if o.Timeout <= 0 {
		o.Timeout = defaultTimeout
	}
	transport := o.Transport
	if transport == nil {
		transport = http.DefaultTransport // its proxy is the environment's
	}
	return &Client{
		opt: o,
		// Redirects are followed by hand: the headers that name a file's hash stand on the redirect, and the token must not go with it.
		http:  &http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }},
		pause: pause,
	}
}

// A Trace is told what happens on the way. Its zero value is silent.
type Trace struct {
	// Progress is told which file is being fetched, how many of its bytes are there and how many there will be. It is called from the
	// goroutine that opens or fetches.
	Progress func(file string, done, total int64)
	// Logger is told about waits, repeats and about answers from the cache that should have come from the network.
	Logger *slog.Logger
}

type traceKey struct{}

// WithTrace returns a context under which everything that this package does is told to t.
func WithTrace(ctx context.Context, t Trace) context.Context {
	return context.WithValue(ctx, traceKey{}, t)
}

func traceOf(ctx context.Context) Trace {
	t, _ := ctx.Value(traceKey{}).(Trace)
	if t.Progress == nil {
		t.Progress = func(string, int64, int64) {}
	}
	if t.Logger == nil {
		t.Logger = slog.New(slog.DiscardHandler)
	}
	return t
}
