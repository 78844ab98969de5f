package ort

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/gofrs/flock"

	"mindgap/models/fault"
)

// partialPrefix begins the name of everything in the cache that is not finished.
const partialPrefix = ".partial-"

// A place is one way to get an archive that holds the library.
type place struct {
	source  string
	where   string // an address or a command, for the list of attempts
	archive pin
	// get puts the archive into dir and returns its path. The archive is verified afterwards, whatever get has checked.
	get func(ctx context.Context, dir string) (path string, err error)
}

// fetch fills the cache from the first place that gives the pinned library.
func (f *finder) fetch(ctx context.Context) (Library, error) {
	p, ok := f.platform()
	if !ok {
		return Library{}, f.noBuild()
	}
	if f.Offline {
		return Library{}, f.notFound()
	}
	dir, err := f.cacheDir()
	if err != nil {
		return Library{}, err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return Library{}, unwritable(dir, err)
	}
	unlock, err := f.lock(ctx, dir)
	if err != nil {
		return Library{}, err
	}
	defer unlock()

	// Another process may have fetched it while this one waited for the lock.
	path := filepath.Join(dir, p.Library)
	if sum, err := f.verifyCached(path, p); err == nil {
		return Library{Path: path, Version: f.pins.Version, Source: SourceCache, SHA256: sum}, nil
	}
	work, err := os.MkdirTemp(dir, partialPrefix+"*")
	if err != nil {
		return Library{}, unwritable(dir, err)
	}
	defer os.RemoveAll(work)

	if !p.Tested {
		f.Logger.Info("mindgap pins ONNX Runtime for this platform but has not been run with it", "platform", f.platformName())
	}
	for _, pl := range f.places(p) {
		sum, err := f.fetchFrom(ctx, pl, work, path)
		if err == nil {
			f.Logger.Info("ONNX Runtime fetched", "version", f.pins.Version, "source", pl.source, "path", path)
			return Library{Path: path, Version: f.pins.Version, Source: pl.source, SHA256: sum}, nil
		}
		if cause := context.Cause(ctx); cause != nil {
			return Library{}, interrupted(cause)
		}
		f.Logger.Debug("ONNX Runtime not fetched", "source", pl.source, "from", pl.where, "err", err)
		f.attempts.add(pl.source, pl.where, err)
	}
	return Library{}, f.notFound()
}

// fetchFrom gets the archive of one place, verifies it, unpacks the library, verifies that too and moves it to path.
func (f *finder) fetchFrom(ctx context.Context, pl place, work, path string) (sum string, err error) {
	dir, err := os.MkdirTemp(work, "*")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(dir)
	f.Logger.Debug("fetching ONNX Runtime", "source", pl.source, "from", pl.where)
	archive, err := pl.get(ctx, dir)
	if err != nil {
		return "", err
	}
	sum, size, err := hashFile(archive)
	switch {
	case err != nil:
		return "", err
	case size != pl.archive.Size:
		return "", fmt.Errorf("found %d bytes, wanted %d", size, pl.archive.Size)
	case sum != pl.archive.SHA256:
		return "", fmt.Errorf("found an archive of SHA-256 %s, wanted %s", sum, pl.archive.SHA256)
	}
	unpacked := filepath.Join(dir, "library")
	if err := extract(ctx, archive, pl.archive, unpacked); err != nil {
		return "", err
	}
	sum, _, err = hashFile(unpacked)
	if err != nil {
		return "", err
	}
	if want := pl.archive.LibrarySHA256; want != "" && sum != want {
		return "", fmt.Errorf("found a library of SHA-256 %s, wanted %s", sum, want)
	}
	id, err := f.check(unpacked)
	if err != nil {
		return "", shorten(err)
	}
	if id.version != "" && id.version != f.pins.Version {
		return "", fmt.Errorf("found ONNX Runtime %s, wanted %s", id.version, f.pins.Version)
	}
	if err := context.Cause(ctx); err != nil {
		return "", err
	}
	return sum, store(unpacked, path, sum, pl.archive, pl.source)
}

// places returns the ways to get the library, in the order in which they are tried.
func (f *finder) places(p platform) []place {
	places := []place{f.releasePlace(p.Release), f.pipPlace(p.Wheel)}
	places = append(places, f.indexPlaces(p.Wheel)...)
	return append(places, f.npmPlace(p.NPM))
}

func (f *finder) releasePlace(p pin) place {
	return place{SourceRelease, p.URL, p, func(ctx context.Context, dir string) (string, error) {
		path := filepath.Join(dir, p.File)
		return path, f.download(ctx, p.URL, path, p)
	}}
}

// lock takes the lock of a cache folder and returns what gives it back. While another process holds it, that process is fetching the same
// library, so waiting for it is the fastest way to get it.
//
// Where the file system has no locks (some network file systems), the fetch goes on without: it is atomic, so all that is lost is the
// economy of fetching once.
func (f *finder) lock(ctx context.Context, dir string) (unlock func(), err error) {
	l := flock.New(filepath.Join(dir, ".lock"), flock.SetPermissions(0o644))
	ok, err := l.TryLock()
	if err == nil && !ok {
		f.Logger.Info("waiting for another process that fetches ONNX Runtime", "lock", l.Path())
		_, err = l.TryLockContext(ctx, 100*time.Millisecond)
	}
	if cause := context.Cause(ctx); cause != nil {
		l.Close()
		return nil, interrupted(cause)
	}
	if errors.Is(err, os.ErrPermission) {
		return nil, unwritable(dir, err)
	}
	if err != nil {
		f.Logger.Warn("the cache folder cannot be locked", "path", dir, "err", err)
		return func() { l.Close() }, nil
	}
	removePartials(dir)
	return func() { l.Close() }, nil
}

// removePartials removes what killed processes left behind. It is called under the lock, under which nobody else has anything unfinished,
// except for receipts, which are young.
func removePartials(dir string) {
	entries, _ := os.ReadDir(dir)
	for _, e := range entries {
		if info, err := e.Info(); err == nil && strings.HasPrefix(e.Name(), partialPrefix) && (e.IsDir() || time.Since(info.ModTime()) > time.Hour) {
			os.RemoveAll(filepath.Join(dir, e.Name()))
		}
	}
}

func unwritable(dir string, err error) error {
	return &fault.Error{Kind: fault.System, Op: "fetch ONNX Runtime into", Thing: dir, Err: rootCause(err),
		Next: "set " + EnvCache + " to a folder that mindgap may write to"}
}

// noBuild is the fault on a machine for which no download is pinned.
func (f *finder) noBuild() error {
	names := make([]string, 0, len(f.pins.Platforms))
	for name := range f.pins.Platforms {
		names = append(names, name)
	}
	slices.Sort(names)
	f.attempts.add("download", "", fmt.Errorf("builds are known for %s, not for %s", strings.Join(names, ", "), f.platformName()))
	return f.host.fault(f.attempts, "build or install ONNX Runtime "+f.pins.Minimum+" or newer and set "+EnvLibrary+" to its library")
}

// notFound is the fault when every place was tried.
func (f *finder) notFound() error {
	return f.host.fault(f.attempts, f.remedy())
}

// remedy returns the one line that mends it: mindgap's own installation where only the network was missing, else the commands that do by
// hand what failed here.
func (f *finder) remedy() string {
	p, ok := f.platform()
	if !ok {
		return "set " + EnvLibrary + " to the path of the library"
	}
	tried, reached, pip := 0, false, false
	for _, a := range f.attempts {
		switch a.place {
		case SourceRelease, SourcePip, SourceIndex, SourceNPM:
			tried++
			absent := errors.Is(a.err, errNoTool) || errors.Is(a.err, errNoIndex)
			reached = reached || !absent && !unreachable(a.err)
			pip = pip || a.place == SourcePip && !errors.Is(a.err, errNoTool)
		}
	}
	switch {
	case tried == 0:
		return "with network access, run: mindgap runtime install"
	case !reached:
		return "the network is out of reach; once it is there, or with HTTPS_PROXY or PIP_INDEX_URL set, run: mindgap runtime install"
	case pip:
		return "by hand: " + pipByHand(f.pins, p.Wheel, f.goos == "windows")
	}
	return "by hand: " + releaseByHand(p.Release, f.goos == "windows")
}

// pipByHand is the line that gets the wheel with pip, unpacks it with Python and names the library to mindgap.
func pipByHand(all *pins, p pin, powershell bool) string {
	download := fmt.Sprintf("-m pip download --no-deps --only-binary=:all: --python-version %s --platform %s -d onnxruntime-wheel %s==%s",
		all.Python, p.Tag, all.Project, all.Version)
	unpack := "-m zipfile -e onnxruntime-wheel/" + p.File + " onnxruntime-wheel"
	folder := "onnxruntime-wheel/" + strings.TrimSuffix(p.Member, "/"+filepath.Base(p.Member))
	if powershell {
		return fmt.Sprintf(`py %s; py %s; $env:%s="$PWD/%s"`, download, unpack, EnvLibrary, folder)
	}
	return fmt.Sprintf(`python3 %s && python3 %s && export %s="$PWD/%s"`, download, unpack, EnvLibrary, folder)
}

// releaseByHand is the line that gets the release archive, unpacks it and names the library to mindgap.
func releaseByHand(p pin, powershell bool) string {
	if powershell {
		return fmt.Sprintf(`curl.exe -fLO %s; tar -xf %s; $env:%s="$PWD/%s"`, p.URL, p.File, EnvLibrary, p.Member)
	}
	return fmt.Sprintf(`curl -fLO %s && tar -xzf %s && export %s="$PWD/%s"`, p.URL, p.File, EnvLibrary, p.Member)
}
