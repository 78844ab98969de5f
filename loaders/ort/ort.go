// Package ort makes ONNX Runtime's shared library available by itself and starts it, once per process.
//
// The binding github.com/yalue/onnxruntime_go opens a shared library that no Go module carries. This package looks for one in this order:
//
//  1. the path in the environment variable MINDGAP_ONNXRUNTIME, a library file or a folder that holds one; if it is set and unusable,
//     that is a fault, never a reason to look further;
//  2. a library of the system whose version fits;
//  3. the user's cache: MINDGAP_CACHE, else the user's cache folder, sub-folder onnxruntime/VERSION/OS-ARCH;
//  4. the network: the official release archive, the Python wheel by pip's own client, the wheel straight from the package index that
//     the user's pip settings name, and the Node package by npm's own client.
//
// Every download is pinned by size and SHA-256 in pins.json, and what is unpacked from it is identified once more before it is used.
// A fetch is locked against other processes and atomic: the library is either whole under its name or not there at all.
//
// [Locate] does 1 to 3, [Ensure] does all four, [Install] fills the cache, and [Start] loads what Ensure found.
package ort

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"mindgap/models/fault"
)

// The values of [Library.Source].
const (
	SourceEnvironment = "MINDGAP_ONNXRUNTIME" // named by the environment variable of that name
	SourceSystem      = "system"              // found in a folder that the dynamic linker searches
	SourceCache       = "cache"               // fetched by an earlier call
	SourceRelease     = "release archive"     // fetched now, from the project's release page
	SourcePip         = "pip"                 // fetched now, by pip
	SourceIndex       = "package index"       // fetched now, from the index that pip's settings name
	SourceNPM         = "npm"                 // fetched now, by npm
	SourceProcess     = "process"             // already loaded in this process by someone else
)

// EnvLibrary names the environment variable that overrides the search, EnvCache the one that moves the cache.
const (
	EnvLibrary = "MINDGAP_ONNXRUNTIME"
	EnvCache   = "MINDGAP_CACHE"
)

// A Library is one shared library of ONNX Runtime on this machine.
type Library struct {
	Path    string // absolute
	Version string // e.g. "1.30.0"; empty if the file does not say (only with SourceEnvironment, and only before Start)
	Source  string // one of the Source constants
	SHA256  string // lower-case hexadecimal; empty for a library that is not ours, see [Library.Digest]
}

// Digest returns the SHA-256 of the library: the recorded one where there is one, else that of the file, which is read for it.
func (l Library) Digest() (string, error) {
	if l.SHA256 != "" {
		return l.SHA256, nil
	}
	sum, _, err := hashFile(l.Path)
	if err != nil {
		return "", &fault.Error{Kind: fault.System, Op: "hash the library", Thing: l.Path, Err: err}
	}
	return sum, nil
}

// Options say how to look for the library. The zero value is right for a command.
type Options struct {
	// CacheDir is the root of mindgap's cache. Empty means MINDGAP_CACHE, else "mindgap" in the user's cache folder.
	CacheDir string
	// Progress, if not nil, is told what is being fetched, how many bytes have come and how many there will be. It is called from the
	// calling goroutine or one that ends before the call returns, never from two at once.
	Progress func(what string, done, total int64)
	// Logger, if not nil, is told about each place that is tried.
	Logger *slog.Logger
	// Offline forbids the network: Ensure then behaves as Locate, and Install succeeds only with a filled cache.
	Offline bool

	host *host // the machine, replaced in tests; nil means this one
}

// A finder carries what every step of one call needs.
type finder struct {
	Options
	*host
	attempts attempts
}

func newFinder(o Options) *finder {
	h := o.host
	if h == nil {
		h = thisHost()
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Progress == nil {
		o.Progress = func(string, int64, int64) {}
	}
	return &finder{Options: o, host: h}
}

// Locate returns the library that is already on this machine: the one that MINDGAP_ONNXRUNTIME names, else one of the system, else the
// cached one. It does not touch the network. Its error lists every place that was tried.
func Locate(ctx context.Context, o Options) (Library, error) {
	f := newFinder(o)
	lib, err := f.locate(ctx)
	if errors.Is(err, errNotHere) {
		return Library{}, f.notFound()
	}
	return lib, err
}

// Ensure returns the library that Locate finds, or else fetches one into the cache. If that fails too, its error lists every place that
// was tried, why each failed, and one line that mends it.
func Ensure(ctx context.Context, o Options) (Library, error) {
	f := newFinder(o)
	lib, err := f.locate(ctx)
	if !errors.Is(err, errNotHere) {
		return lib, err
	}
	return f.fetch(ctx)
}

// Install makes sure that the cache holds the pinned library, even where the system or the environment has another. It returns the cached
// library, with SourceCache if it was there already.
func Install(ctx context.Context, o Options) (Library, error) {
	f := newFinder(o)
	if lib, err := f.fromCache(ctx); !errors.Is(err, errNotHere) {
		return lib, err
	}
	return f.fetch(ctx)
}

// errNotHere says that a place has no usable library and that the next place is to be tried; why is in finder.attempts.
var errNotHere = errors.New("no usable library here")

func (f *finder) locate(ctx context.Context) (Library, error) {
	for _, step := range []func(context.Context) (Library, error){f.fromEnvironment, f.fromSystem, f.fromCache} {
		if err := context.Cause(ctx); err != nil {
			return Library{}, interrupted(err)
		}
		lib, err := step(ctx)
		if err == nil {
			f.Logger.Debug("ONNX Runtime found", "path", lib.Path, "version", lib.Version, "source", lib.Source)
			return lib, nil
		}
		if !errors.Is(err, errNotHere) {
			return Library{}, err
		}
	}
	return Library{}, errNotHere
}

// interrupted wraps the cause of a cancelled context, so that errors.Is still recognises it.
func interrupted(cause error) error {
	return fmt.Errorf("get ONNX Runtime: %w", cause)
}
