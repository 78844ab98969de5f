package ort

import (
	"fmt"
	"net"
	"net/http"
	"runtime"
	"time"

	"mindgap/models/fault"
)

// A host is the machine as this package sees it. Tests replace parts of it.
type host struct {
	goos, goarch string
	pins         *pins
	systemDirs   []string      // where the system keeps libraries, besides those that the environment names
	client       *http.Client  // for the release archive and the package index
	stall        time.Duration // how long a download may bring nothing
	toolLimit    time.Duration // how long pip or npm may take altogether
}

func thisHost() *host {
	return &host{
		goos: runtime.GOOS, goarch: runtime.GOARCH,
		pins:       embeddedPins(),
		systemDirs: systemDirs(runtime.GOOS, runtime.GOARCH),
		client:     newClient(),
		stall:      20 * time.Second,
		toolLimit:  20 * time.Minute,
	}
}

// newClient returns a client that gives up early on a server that cannot be reached, honours the proxy settings of the environment, and
// has no limit on a whole download, which watches for stalls itself.
func newClient() *http.Client {
	return &http.Client{
		Transport: &http.Transport{
			Proxy:                 http.ProxyFromEnvironment,
			DialContext:           (&net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second}).DialContext,
			TLSHandshakeTimeout:   10 * time.Second,
			ResponseHeaderTimeout: 20 * time.Second,
			ForceAttemptHTTP2:     true,
		},
		CheckRedirect: func(r *http.Request, via []*http.Request) error {
			if len(via) >= 10 {
				return fmt.Errorf("more than 10 redirects")
			}
			if via[0].URL.Scheme == "https" && r.URL.Scheme != "https" {
				return fmt.Errorf("redirect from https to %s", r.URL.Scheme)
			}
			return nil
		},
	}
}

// platformName is "linux/amd64" and the like.
func (h *host) platformName() string { return h.goos + "/" + h.goarch }

// platform returns the pins for this machine, and false if there are none.
func (h *host) platform() (platform, bool) {
	p, ok := h.pins.Platforms[h.platformName()]
	return p, ok
}

// wantedVersion says which versions will do, e.g. "1.29.0 or a newer 1.x".
func (h *host) wantedVersion() string {
	v := h.pins.minimum()
	return fmt.Sprintf("ONNX Runtime %s or a newer %d.x", v, v[0])
}

// fault is how a fault of this package looks when no single place is to blame.
func (h *host) fault(err error, next string) *fault.Error {
	return &fault.Error{Kind: fault.System, Op: "get", Thing: "ONNX Runtime", Wanted: h.wantedVersion() + " for " + h.platformName(), Err: err, Next: next}
}
