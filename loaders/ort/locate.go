package ort

import (
	"cmp"
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"mindgap/models/fault"
)

// fromEnvironment returns the library that MINDGAP_ONNXRUNTIME names. A value that is set and unusable is a fault: who sets it wants that
// library and no other.
func (f *finder) fromEnvironment(context.Context) (Library, error) {
	value := os.Getenv(EnvLibrary)
	if value == "" {
		f.attempts.add(EnvLibrary, "", errors.New("not set"))
		return Library{}, errNotHere
	}
	const next = "correct " + EnvLibrary + ", or unset it to let mindgap find the library"
	path, err := filepath.Abs(value)
	if err != nil {
		return Library{}, &fault.Error{Kind: fault.System, Op: "follow " + EnvLibrary, Thing: value, Next: next, Err: err}
	}
	info, err := os.Stat(path)
	if err != nil {
		return Library{}, &fault.Error{Kind: fault.System, Op: "follow " + EnvLibrary, Thing: value,
			Wanted: "the path of ONNX Runtime's library or a folder that holds it", Next: next, Err: rootCause(err)}
	}
	candidates := []string{path}
	if info.IsDir() {
		// A folder is that of the library itself or the root of an unpacked release archive.
		candidates = append(f.candidates(path), f.candidates(filepath.Join(path, "lib"))...)
		if len(candidates) == 0 {
			return Library{}, &fault.Error{Kind: fault.System, Op: "follow " + EnvLibrary, Thing: value,
				Found: "a folder without " + f.libraryPattern(), Wanted: "the path of ONNX Runtime's library or a folder that holds it", Next: next}
		}
	}
	var first error
	for _, c := range candidates {
		id, err := f.check(c)
		if err == nil {
			return Library{Path: c, Version: id.version, Source: SourceEnvironment}, nil
		}
		if first == nil {
			first = err
		}
	}
	var bad *fault.Error
	if errors.As(first, &bad) {
		bad.Op, bad.Next = "follow "+EnvLibrary, next
		bad.Err = rootCause(bad.Err)
	}
	return Library{}, first
}

// fromSystem returns the first fitting library in the folders that the dynamic linker searches. Folders of Python packages are not
// searched: what lies there belongs to an environment that may be gone tomorrow.
func (f *finder) fromSystem(context.Context) (Library, error) {
	seen := map[string]bool{}
	found := false
	dirs := f.searchDirs()
	for _, dir := range dirs {
		for _, c := range f.candidates(dir) {
			real, err := filepath.EvalSymlinks(c)
			if err != nil {
				real = c
			}
			if seen[real] {
				continue
			}
			seen[real], found = true, true
			id, err := f.check(c)
			if err == nil && id.version == "" {
				err = errors.New("its version cannot be told; set " + EnvLibrary + " to it to use it nevertheless")
			}
			if err != nil {
				f.attempts.add(SourceSystem+" library", c, shorten(err))
				continue
			}
			return Library{Path: c, Version: id.version, Source: SourceSystem}, nil
		}
	}
	if !found {
		f.attempts.add(SourceSystem+" library", "", errors.New("no "+f.libraryPattern()+" in "+cmp.Or(strings.Join(dirs, ", "), "any folder")))
	}
	return Library{}, errNotHere
}

// libraryPattern is the glob of the library's file name.
func (h *host) libraryPattern() string {
	switch h.goos {
	case "windows":
		return "onnxruntime.dll"
	case "darwin":
		return "libonnxruntime*.dylib"
	default:
		return "libonnxruntime.so*"
	}
}

// candidates returns the files in dir that are named like the library, the highest version first.
func (h *host) candidates(dir string) []string {
	folder, err := os.Open(dir)
	if err != nil {
		return nil
	}
	// A system's folder has thousands of files, and this is on the way of every start: bare names, unsorted, are the cheapest listing.
	names, _ := folder.Readdirnames(-1)
	folder.Close()
	prefix, _, _ := strings.Cut(h.libraryPattern(), "*")
	var paths []string
	for _, name := range names {
		if !strings.HasPrefix(name, prefix) {
			continue
		}
		// The provider libraries (libonnxruntime_providers_shared.so) are plug-ins of the library, not the library.
		if ok, _ := filepath.Match(h.libraryPattern(), name); ok && !strings.Contains(name, "_providers") {
			paths = append(paths, filepath.Join(dir, name))
		}
	}
	slices.Sort(paths)
	number := func(path string) version {
		v, _ := parseVersion(versionInName(path))
		return v
	}
	slices.SortStableFunc(paths, func(a, b string) int {
		switch va, vb := number(a), number(b); {
		case vb.less(va):
			return -1
		case va.less(vb):
			return 1
		}
		return 0
	})
	return paths
}

// searchDirs returns the folders to search, those of the environment first, each once.
func (h *host) searchDirs() []string {
	var dirs []string
	seen := map[string]bool{}
	add := func(list ...string) {
		for _, d := range list {
			// An empty entry means the working folder, from which no library is ever loaded by accident.
			if !filepath.IsAbs(d) {
				continue
			}
			// Many a system has /lib as a link to /usr/lib; one look is enough.
			real, err := filepath.EvalSymlinks(d)
			if err != nil || seen[real] {
				continue
			}
			seen[real] = true
			dirs = append(dirs, filepath.Clean(d))
		}
	}
	switch h.goos {
	case "windows":
		add(filepath.SplitList(os.Getenv("PATH"))...)
	case "darwin":
		add(filepath.SplitList(os.Getenv("DYLD_LIBRARY_PATH"))...)
		add(filepath.SplitList(os.Getenv("DYLD_FALLBACK_LIBRARY_PATH"))...)
	default:
		add(filepath.SplitList(os.Getenv("LD_LIBRARY_PATH"))...)
	}
	add(h.systemDirs...)
	return dirs
}

// systemDirs returns where a system keeps shared libraries.
func systemDirs(goos, goarch string) []string {
	switch goos {
	case "windows":
		return nil // PATH says it all
	case "darwin":
		return []string{"/opt/homebrew/lib", "/usr/local/lib"}
	}
	dirs := ldConfigDirs("/etc/ld.so.conf", 4)
	dirs = append(dirs, "/usr/local/lib")
	if triple := map[string]string{"amd64": "x86_64-linux-gnu", "arm64": "aarch64-linux-gnu"}[goarch]; triple != "" {
		dirs = append(dirs, "/usr/lib/"+triple, "/lib/"+triple)
	}
	return append(dirs, "/usr/lib64", "/usr/lib", "/lib64", "/lib")
}

// ldConfigDirs reads the folders that an ld.so.conf lists, following its include lines to the given depth.
func ldConfigDirs(path string, depth int) []string {
	text, err := os.ReadFile(path)
	if err != nil || depth == 0 {
		return nil
	}
	var dirs []string
	for line := range strings.Lines(string(text)) {
		line, _, _ = strings.Cut(line, "#")
		fields := strings.Fields(line)
		switch {
		case len(fields) == 0:
		case fields[0] == "include":
			for _, pattern := range fields[1:] {
				if !filepath.IsAbs(pattern) {
					pattern = filepath.Join(filepath.Dir(path), pattern)
				}
				files, _ := filepath.Glob(pattern)
				for _, file := range files {
					dirs = append(dirs, ldConfigDirs(file, depth-1)...)
				}
			}
		default:
			dirs = append(dirs, fields...)
		}
	}
	return dirs
}
