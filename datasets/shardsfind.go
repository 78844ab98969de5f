package datasets

import (
	"archive/tar"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"mindgap/datasets/internal/httpfile"
	"mindgap/models/fault"
)

// wdsPrefix marks CLIP_benchmark's names of sets in WebDataset's form.
const wdsPrefix = "wds/"

// shardOrigin says where such sets are to be had.
const shardOrigin = "huggingface.co/clip-benchmark (--data-root https://huggingface.co/datasets/clip-benchmark/wds_{dataset_cleaned}/tree/main reads them from there)"

// claimShards takes addresses, patterns of tars, and names that begin with wds/.
func claimShards(ref, root string) (string, bool) {
	if isURL(ref) {
		return ref, true
	}
	if strings.ContainsRune(ref, '{') && strings.HasSuffix(ref, ".tar") {
		if first, err := expandBraces(ref); err == nil && !isFile(first[0]) && root != "" && !filepath.IsAbs(ref) {
			return joinPlace(root, ref), true
		}
		return ref, true
	}
	name, ok := strings.CutPrefix(ref, wdsPrefix)
	if !ok || name == "" || root == "" && isDir(ref) {
		return "", false
	}
	places := wdsPlaces(name, root)
	for _, at := range places {
		if isURL(at) || isDir(at) {
			return at, true
		}
	}
	return places[0], true
}

// wdsPlaces are the places where the set called name may lie under a data root. The root may be an address, and may hold {dataset} or
// {dataset_cleaned}, which stand for the name, as CLIP_benchmark has it.
func wdsPlaces(name, root string) []string {
	cleaned := strings.ReplaceAll(name, "/", "-")
	if strings.Contains(root, "{dataset") {
		return []string{strings.NewReplacer("{dataset}", name, "{dataset_cleaned}", cleaned).Replace(root)}
	}
	switch {
	case root == "":
		return []string{""}
	case isURL(root): // which folder exists cannot be seen from here; this is how CLIP_benchmark publishes them
		return []string{joinPlace(root, "wds_"+cleaned)}
	}
	var places []string
	for _, dir := range []string{name, "wds_" + cleaned, "wds/" + name, cleaned} {
		places = append(places, joinPlace(root, dir))
	}
	return places
}

// recogniseShards takes a folder of tars or of splits of tars, and a tar whose first file belongs to a sample.
func recogniseShards(at string) (string, bool) {
	if isDir(at) {
		if isFile(filepath.Join(at, "nshards.txt")) || len(shardSplits(at)) > 0 {
			return "", true
		}
		return "", len(tarsIn(at)) > 0 && !hasFolders(at)
	}
	return "", strings.HasSuffix(at, ".tar") && isFile(at) && looksSharded(at)
}

func hasFolders(dir string) bool {
	entries, _ := os.ReadDir(dir)
	return slices.ContainsFunc(entries, func(e fs.DirEntry) bool { return e.IsDir() && e.Name()[0] != '.' })
}

// looksSharded reports whether a tar holds samples rather than a tree of class folders: its first file lies at the top, or shares its
// key with a label.
func looksSharded(at string) bool {
	f, err := os.Open(at)
	if err != nil {
		return false
	}
	defer f.Close()
	t := tar.NewReader(f)
	var key string
	for {
		h, err := t.Next()
		if err != nil {
			return key != ""
		}
		name := path.Clean(h.Name)
		dir, base := path.Split(name)
		if h.Typeflag != tar.TypeReg || base == "" || base[0] == '.' {
			continue
		}
		if dir == "" {
			return true
		}
		stem, ext, _ := strings.Cut(base, ".")
		switch {
		case key == "":
			key = dir + stem
		case key != dir+stem:
			return false
		}
		if ext == "cls" || ext == "npy" || ext == "json" {
			return true
		}
	}
}

// findShards finds the shards of a split at a folder, a file, an address or a pattern.
func findShards(ctx context.Context, name, at, split string) (*shards, error) {
	s := &shards{source: at}
	if isURL(at) {
		s.web, s.source = httpfile.NewClient(), httpfile.Redact(at)
	}
	places, err := s.find(ctx, name, at, split)
	if err != nil {
		s.close()
		return nil, err
	}
	s.setList(places)
	return s, nil
}

func (s *shards) find(ctx context.Context, name, at, split string) ([]string, error) {
	if base, _, _ := strings.Cut(at, "?"); strings.HasSuffix(base, ".tar") {
		if _, err := choose(name, "split", split, nil); err != nil {
			return nil, err
		}
		places, err := expandBraces(at)
		if err != nil {
			return nil, err
		}
		dir := dirPlace(places[0])
		s.around = []string{dir, dirPlace(dir)}
		return places, nil
	}
	if s.web != nil {
		return s.findWeb(ctx, name, hubPlace(at), split)
	}
	if !isDir(at) {
		e := &fault.Error{Op: opShards, Thing: name, Found: "no folder " + at, Wanted: "the set under --data-root as NAME or wds_NAME", Next: "get it from " + shardOrigin}
		if at == "" {
			e.Kind, e.Found = fault.Usage, "no data root"
			e.Next = "name the folder that holds it with --data-root; it comes from " + shardOrigin
		}
		return nil, e
	}
	dir := at
	splits := shardSplits(at)
	if len(splits) > 0 && (split != "" || !holdsShards(at)) {
		var err error
		if s.split, err = choose(name, "split", split, splits); err != nil {
			return nil, err
		}
		dir = filepath.Join(at, s.split)
	} else if _, err := choose(name, "split", split, nil); err != nil {
		return nil, err
	}
	s.around = []string{dir, filepath.Dir(dir)}
	if b, err := readPlace(ctx, nil, filepath.Join(dir, "nshards.txt")); err == nil {
		return countShards(dir, b)
	} else if !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	if tars := tarsIn(dir); len(tars) > 0 {
		return tars, nil
	}
	return nil, &fault.Error{Op: opShards, Thing: dir, Found: "no tar", Wanted: "nshards.txt and 0.tar …, or other tars", Next: "get the set from " + shardOrigin}
}

// findWeb finds shards by nshards.txt alone: a web server need not list its folders.
func (s *shards) findWeb(ctx context.Context, name, at, split string) ([]string, error) {
	var looked []string
	subs := []string{"test", ""}
	if split != "" {
		subs = []string{split}
	}
	for _, sub := range subs {
		dir := at
		if sub != "" {
			dir = joinPlace(at, sub)
		}
		b, err := readPlace(ctx, s.web, joinPlace(dir, "nshards.txt"))
		if errors.Is(err, fs.ErrNotExist) {
			looked = append(looked, httpfile.Redact(joinPlace(dir, "nshards.txt")))
			continue
		}
		if err != nil {
			return nil, err
		}
		s.split, s.around = sub, []string{dir, dirPlace(dir)}
		return countShards(dir, b)
	}
	e := &fault.Error{Op: opShards, Thing: name, Found: "nothing at " + strings.Join(looked, " and "), Wanted: "the number of shards there",
		Next: "name the shards themselves, such as https://host/folder/{000..009}.tar"}
	if split != "" {
		e.Kind = fault.Usage
		e.Next = "choose another --split, or " + e.Next
	}
	return nil, e
}

// hubPlace turns the page of a data set on Hugging Face, which CLIP_benchmark's users name, into the place of its files.
func hubPlace(at string) string {
	rest, ok := strings.CutPrefix(at, "https://huggingface.co/datasets/")
	if !ok {
		return at
	}
	p := strings.Split(strings.TrimRight(rest, "/"), "/")
	switch {
	case len(p) == 2:
		p = append(p, "resolve", "main")
	case len(p) >= 4 && p[2] == "tree":
		p[2] = "resolve"
	}
	return "https://huggingface.co/datasets/" + strings.Join(p, "/")
}

// maxShards bounds patterns and nshards.txt: LAION-5B has 232,000.
const maxShards = 1 << 20

// countShards returns the places 0.tar … n-1.tar.
func countShards(dir string, text []byte) ([]string, error) {
	n, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil || n < 1 || n > maxShards {
		return nil, &fault.Error{Op: opShards, Thing: httpfile.Redact(joinPlace(dir, "nshards.txt")), Found: quoteShort(string(text)), Wanted: fmt.Sprintf("a number from 1 to %d", maxShards)}
	}
	places := make([]string, n)
	for i := range places {
		places[i] = joinPlace(dir, strconv.Itoa(i)+".tar")
	}
	return places, nil
}

var (
	braces = regexp.MustCompile(`\{([^{}]*)\}`)
	span   = regexp.MustCompile(`^([0-9]+)\.\.([0-9]+)$`)
)

// expandBraces writes out a pattern as a shell does: {000..009} counts, keeping the width, and {a,b} lists. The last pair of braces runs
// fastest.
func expandBraces(pattern string) ([]string, error) {
	bad := func(found string) ([]string, error) {
		return nil, &fault.Error{Kind: fault.Usage, Op: "read pattern", Thing: httpfile.Redact(pattern), Found: found, Wanted: fmt.Sprintf("{000..009} or {a,b}, at most %d in all", maxShards)}
	}
	out := []string{""}
	rest := pattern
	for {
		m := braces.FindStringSubmatchIndex(rest)
		if m == nil {
			break
		}
		before, inner := rest[:m[0]], rest[m[2]:m[3]]
		var choices []string
		if r := span.FindStringSubmatch(inner); r != nil {
			from, err1 := strconv.Atoi(r[1])
			to, err2 := strconv.Atoi(r[2])
			if err1 != nil || err2 != nil || to < from || to-from >= maxShards {
				return bad("{" + inner + "}")
			}
			width := 1
			if len(r[1]) > 1 && r[1][0] == '0' || len(r[2]) > 1 && r[2][0] == '0' {
				width = max(len(r[1]), len(r[2]))
			}
			for i := from; i <= to; i++ {
				choices = append(choices, fmt.Sprintf("%0*d", width, i))
			}
		} else if choices = strings.Split(inner, ","); len(choices) < 2 {
			return bad("{" + inner + "}")
		}
		if len(out)*len(choices) > maxShards {
			return bad(fmt.Sprintf("more than %d shards", maxShards))
		}
		next := make([]string, 0, len(out)*len(choices))
		for _, o := range out {
			for _, c := range choices {
				next = append(next, o+before+c)
			}
		}
		out, rest = next, rest[m[1]:]
	}
	if strings.ContainsAny(rest, "{}") || strings.ContainsAny(out[0], "{}") {
		return bad("a lone brace")
	}
	for i := range out {
		out[i] += rest
	}
	return out, nil
}
