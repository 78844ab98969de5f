package datasets

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"mindgap/models/fault"
)

func init() {
	Register(Format{
		Name:      "archive",
		Help:      "a folder of images inside a .zip, .tar, .tar.gz or .tgz, read without unpacking",
		Layout:    "FILE.zip, FILE.tar, FILE.tar.gz or FILE.tgz, with a folder for each class, or with images alone",
		Recognise: func(path string) (string, bool) { return "", archiveKind(path) != "" && isFile(path) },
		Last:      true,
		Open:      openArchive,
	})
}

const opArchive = "open archive"

// archiveKind returns the ending that says how an archive is read, or "".
func archiveKind(file string) string {
	for _, kind := range []string{".zip", ".tar", ".tar.gz", ".tgz"} {
		if strings.HasSuffix(strings.ToLower(file), kind) {
			return kind
		}
	}
	return ""
}

// An archive is what the three kinds have in common.
type archive interface {
	// scan tells of every file in the archive's order, and gives the bytes of those that text says yes to.
	scan(ctx context.Context, text func(name string) bool, visit func(name string, text []byte) error) error
	// pictures yields the images named, in their order or, where random() is false, in the archive's.
	pictures(ctx context.Context, names []string) iter.Seq2[picture, error]
	random() bool // names can be read in any order
	Close() error
}

// A picture is an image of an archive; at is its index among the names asked for.
type picture struct {
	at    int
	bytes func() ([]byte, error)
}

// archived is the tree of images in an archive. Its texts are in memory, its pictures never.
type archived struct {
	info     Info
	a        archive
	path     string
	files    []imageFile
	members  []string // the name in the archive of each file
	captions [][]string
}

func openArchive(ctx context.Context, name, file string, o Options) (_ Dataset, err error) {
	if _, err := choose(name, "target", o.Target, nil); err != nil {
		return nil, err
	}
	stat, err := os.Stat(file)
	if err != nil {
		return nil, &fault.Error{Op: opArchive, Thing: file, Err: cause(err)}
	}
	var a archive
	switch archiveKind(file) {
	case ".zip":
		a, err = openZip(file, stat.Size())
	case ".tar":
		a, err = openTar(file, stat.Size())
	default:
		a = tarGz(file)
	}
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, a.Close())
		}
	}()
	d := &archived{a: a, path: file, info: Info{Name: name, Split: o.Split, Source: file, Templates: []string{defaultTemplate}}}
	d.info.Fingerprint = fingerprint("archive", filepath.Base(file), fmt.Sprint(stat.Size(), stat.ModTime().UnixNano()), o.Split)
	if err := d.index(ctx, o.Split); err != nil {
		return nil, err
	}
	return d, nil
}

// index lists the archive and builds the tree that the unpacked folder would have.
func (d *archived) index(ctx context.Context, split string) error {
	texts := map[string]string{}
	var images []string
	seen := map[string]bool{}
	isText := func(name string) bool { return strings.HasSuffix(name, ".txt") }
	total := 0
	err := d.a.scan(ctx, isText, func(name string, text []byte) error {
		if !safeName(name) {
			return &fault.Error{Op: opArchive, Thing: d.path, Found: "the name " + quoteShort(name), Wanted: "names inside the archive",
				Next: "do not use this archive unless you trust its source"}
		}
		name = path.Clean(name)
		if hiddenPath(name) {
			return nil
		}
		if seen[name] {
			return &fault.Error{Op: opArchive, Thing: d.path + "!" + name, Found: "the file again", Wanted: "each file once"}
		}
		if isText(name) {
			seen[name] = true
			if total += len(text); total > squeezeFloor {
				return &fault.Error{Op: opArchive, Thing: d.path, Found: "more than 64 MiB of captions", Wanted: "pictures"}
			}
			texts[name] = string(text)
		} else if slices.Contains(imageExtensions, strings.ToLower(path.Ext(name))) {
			seen[name] = true
			images = append(images, name)
		}
		return nil
	})
	if err != nil {
		return err
	}
	top := commonFolder(images)
	dir := top
	if split != "" {
		dir = path.Join(top, split)
		if images = slices.DeleteFunc(images, func(n string) bool { return !strings.HasPrefix(n, dir+"/") }); len(images) == 0 {
			return &fault.Error{Kind: fault.Usage, Op: opArchive, Thing: d.path, Found: "no folder " + dir, Wanted: "a folder named as the split", Next: "leave --split out, or name a folder of it"}
		}
	}
	if err := d.build(dir, images, texts); err != nil {
		return err
	}
	return d.override(texts, dir, top)
}

// build sorts the images into classes, and by class and path where the archive can be read in any order.
func (d *archived) build(dir string, images []string, texts map[string]string) error {
	rel := func(name string) string { return strings.TrimPrefix(name, strings.TrimSuffix(dir, "/")+"/") }
	if dir == "" {
		rel = func(name string) string { return name }
	}
	t := &tree{}
	for _, name := range images {
		if class, _, nested := strings.Cut(rel(name), "/"); nested {
			t.classes = append(t.classes, class)
		} else {
			t.loose++
		}
	}
	slices.Sort(t.classes)
	t.classes = slices.Compact(t.classes)
	sortClasses(t.classes)
	labels := labelsOf(t.classes)
	member := map[string]string{}
	for _, name := range images {
		f := imageFile{rel: rel(name), class: NoLabel}
		if class, _, nested := strings.Cut(f.rel, "/"); nested {
			f.class = labels[class]
		}
		member[f.rel] = name
		t.files = append(t.files, f)
	}
	if d.a.random() {
		slices.SortFunc(t.files, func(a, b imageFile) int { return cmp.Or(a.class-b.class, cmp.Compare(a.rel, b.rel)) })
	}
	if err := t.check(d.path); err != nil {
		return err
	}
	d.files, d.info.Classes, d.info.Len = t.files, t.classes, len(t.files)
	if len(t.classes) == 0 {
		d.info.Templates = nil
	}
	for _, f := range t.files {
		name := member[f.rel]
		d.members = append(d.members, name)
		beside := strings.TrimSuffix(name, path.Ext(name)) + ".txt"
		var captions []string
		if text, ok := texts[beside]; ok {
			text, err := decodeText("read captions", d.path+"!"+beside, []byte(text))
			if err != nil {
				return err
			}
			captions = captionLines(text)
		}
		d.captions = append(d.captions, captions)
	}
	return nil
}

// override takes class names and templates from the archive, from the split's folder or from the one around it.
func (d *archived) override(texts map[string]string, dirs ...string) error {
	find := func(file string) (where, text string, ok bool) {
		for _, dir := range dirs {
			if text, ok := texts[path.Join(dir, file)]; ok {
				return d.path + "!" + path.Join(dir, file), strings.TrimPrefix(text, "\ufeff"), true
			}
		}
		return "", "", false
	}
	if where, text, ok := find("classnames.txt"); ok {
		names, err := parseClassnames(where, "", text)
		if err == nil {
			err = checkClassnames(where, names, len(d.info.Classes))
		}
		if err != nil {
			return err
		}
		d.info.Classes = names
	}
	if where, text, ok := find("templates.txt"); ok {
		list, err := parseTemplates(where, "", text)
		if err != nil {
			return err
		}
		d.info.Templates = list
	}
	return nil
}

// captionLines returns the lines of a caption file that say something.
func captionLines(text string) (captions []string) {
	for _, line := range splitLines(text) {
		if line = strings.TrimSpace(line); line != "" {
			captions = append(captions, line)
		}
	}
	return captions
}

// hiddenPath reports whether a part of a path begins with a dot, or is what macOS adds to its archives.
func hiddenPath(name string) bool {
	for part := range strings.SplitSeq(name, "/") {
		if part == "__MACOSX" || part != "." && strings.HasPrefix(part, ".") {
			return true
		}
	}
	return false
}

// commonFolder returns the folder that all names lie in, as deep as it goes: archives are often made of a folder rather than in it.
func commonFolder(names []string) string {
	if len(names) == 0 {
		return ""
	}
	common := path.Dir(names[0])
	for _, n := range names {
		for common != "." && !strings.HasPrefix(n, common+"/") {
			common = path.Dir(common)
		}
	}
	if common == "." {
		return ""
	}
	return common
}

func (d *archived) Info() Info   { return d.info }
func (d *archived) Close() error { return d.a.Close() }

func (d *archived) Items(ctx context.Context) iter.Seq2[Item, error] {
	return func(yield func(Item, error) bool) {
		n := 0
		for p, err := range d.a.pictures(ctx, d.members) {
			if err != nil {
				yield(Item{}, err)
				return
			}
			f := d.files[p.at]
			n++
			if !yield(Item{ID: f.rel, Label: f.class, Captions: slices.Clone(d.captions[p.at]), Image: Image{Name: d.path + "!" + d.members[p.at], Read: func(*[]byte) ([]byte, error) { return p.bytes() }}}, nil) {
				return
			}
		}
		if n != len(d.files) {
			yield(Item{}, &fault.Error{Op: "read archive", Thing: d.path, Found: fmt.Sprintf("%d images", n), Wanted: fmt.Sprintf("%d, as at opening", len(d.files)),
				Next: "leave the file alone while it is read"})
		}
	}
}
