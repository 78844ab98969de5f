package datasets

import (
	"cmp"
	"context"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"mindgap/models/fault"
)

// A Format is one way in which a data set lies on disk (or in the binary). Each file of this package that reads one registers it.
type Format struct {
	Name string // of the format, unique, e.g. "cifar10-binary"
	Help string // one line: what it is

	// Names are the references that open it, in CLIP_benchmark's words; empty for a format that is opened by its path alone. Several
	// formats may share a name, such as the binary and the pickled CIFAR-10: the first that finds its files opens.
	Names []string
	// Find returns where the files of name lie under root, a folder. A nil Find needs no files.
	Find func(name, root string) (path string, ok bool)
	// Layout says which files Find looks for, and Origin where the set is to be had; both go into messages.
	Layout, Origin string

	// Claims reports whether a reference that is no known name is this format's by its form alone, such as a URL or a prefix, and what
	// Open is to be given as the path. Nil means never.
	Claims func(ref, root string) (path string, ok bool)
	// Recognise reports whether path, which exists, holds this format, and under which name. It is asked when a reference is no known
	// name, so it looks at marker files only. Nil means never.
	Recognise func(path string) (name string, ok bool)
	// Last makes Recognise be asked after every other format's: for a format that takes any folder.
	Last bool

	// Tabular says that the format takes Options.Columns.
	Tabular bool

	// Open opens the set called name at path (what Find or Recognise was satisfied with; "" where Find is nil). Options.Root and
	// Options.Limit are the registry's business, which applies them to every format alike.
	Open func(ctx context.Context, name, path string, o Options) (Dataset, error)
}

var formats []Format

// Register adds a format; it is called from init. It panics if the format has no Name or Open, or if the name is taken.
func Register(f Format) {
	if f.Name == "" || f.Open == nil {
		panic("datasets: a format needs a name and a way to open it")
	}
	i, taken := slices.BinarySearchFunc(formats, f.Name, func(g Format, name string) int { return cmp.Compare(g.Name, name) })
	if taken {
		panic("datasets: format " + f.Name + " is registered twice")
	}
	formats = slices.Insert(formats, i, f)
}

// Formats returns every registered format, sorted by name.
func Formats() []Format { return slices.Clone(formats) }

// Names returns every reference that is a name, sorted.
func Names() []string {
	var names []string
	for _, f := range formats {
		names = append(names, f.Names...)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// Open opens the data set that ref names: a known name, whose files are looked for under o.Root, or else what a
// format claims by its form (a URL, a pattern of shards), or else the path of a folder or file, as it stands or under o.Root. It returns a fault that lists what is known and what was looked for if there is no such set.
func Open(ctx context.Context, ref string, o Options) (Dataset, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if err := checkLimit(ref, o.Limit); err != nil {
		return nil, err
	}
	if _, err := choose(ref, "caption", o.Caption, captionChoices); err != nil {
		return nil, err
	}
	f, name, path, err := resolve(ref, o.Root)
	if err != nil {
		return nil, err
	}
	if len(o.Columns) > 0 && !f.Tabular {
		return nil, &fault.Error{Kind: fault.Usage, Op: "open data set", Thing: ref, Found: "names of columns", Wanted: "none, since " + f.Name + " is no table",
			Next: "leave --image-column, --label-column and --caption-column out"}
	}
	d, err := f.Open(ctx, name, path, o)
	if err != nil {
		return nil, err
	}
	if d, err = WithCaption(d, o.Caption); err != nil {
		return nil, err
	}
	d = First(d, o.Limit)
	if o.Shards == 0 {
		return d, nil
	}
	return Part(d, o.Shard, o.Shards), nil
}

// resolve finds the format that opens ref, and the name and path to open it with.
func resolve(ref, root string) (f Format, name, path string, err error) {
	var layouts, origins []string
	for _, f := range formats {
		if !slices.Contains(f.Names, ref) {
			continue
		}
		if f.Find == nil {
			return f, ref, "", nil
		}
		if root != "" {
			if path, ok := f.Find(ref, root); ok {
				return f, ref, path, nil
			}
		}
		layouts, origins = append(layouts, f.Layout), append(origins, f.Origin)
	}
	if layouts != nil {
		e := &fault.Error{Op: "open data set", Thing: ref, Wanted: strings.Join(layouts, " or "), Next: "get it from " + originsOf(origins)}
		switch info, err := os.Stat(root); {
		case root == "":
			e.Kind, e.Found = fault.Usage, "no data root"
			e.Next = "name the folder that holds it with --data-root (the set comes from " + originsOf(origins) + ")"
		case err != nil:
			e.Found, e.Err = "no data root "+root, cause(err)
		case !info.IsDir():
			e.Found = "the data root " + root + " is a file"
		default:
			e.Found = "no such files under " + root
		}
		return f, "", "", e
	}

	for _, f := range formats {
		if f.Claims == nil {
			continue
		}
		if path, ok := f.Claims(ref, root); ok {
			return f, ref, path, nil
		}
	}

	places := []string{ref}
	if root != "" && !filepath.IsAbs(ref) {
		places = append(places, filepath.Join(root, ref))
	}
	for _, path := range places {
		if _, err := os.Stat(path); ref == "" || err != nil {
			continue
		}
		for _, last := range []bool{false, true} {
			for _, f := range formats {
				if f.Last != last || f.Recognise == nil {
					continue
				}
				if name, ok := f.Recognise(path); ok {
					return f, cmp.Or(name, ref), path, nil
				}
			}
		}
		return f, "", "", &fault.Error{Op: "open data set", Thing: path, Found: "nothing that a known format recognises",
			Wanted: "a folder with one sub-folder of images for each class, an archive of one, a table (.csv, .tsv, .jsonl) or WebDataset's tars"}
	}
	return f, "", "", &fault.Error{Op: "open data set", Thing: strconv.Quote(ref), Found: "neither a known name nor a folder or file",
		Wanted: "one of " + strings.Join(Names(), ", ") + ", wds/NAME, a folder with one sub-folder of images for each class or of images alone, an archive of such a folder, a table of images (.csv, .tsv, .jsonl), or the tars of a WebDataset, here or at an address",
		Next:   "check the spelling of --dataset"}
}

func originsOf(origins []string) string {
	slices.Sort(origins)
	origins = slices.DeleteFunc(slices.Compact(origins), func(s string) bool { return s == "" })
	return strings.Join(origins, " or ")
}
