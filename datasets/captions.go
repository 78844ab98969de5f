package datasets

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"mindgap/models/fault"
)

// A captionSet is a published set of captioned images: where its files usually lie, and in which forms its captions come.
type captionSet struct {
	name    string   // in CLIP_benchmark's words
	folders []string // under --data-root
	images  []string // folders of images inside these
	origin  string
	// find lists the splits that dir holds, the default first.
	find func(dir string) []captionSplit
}

// A captionSplit is one way to read a split.
type captionSplit struct {
	name string
	file string // the annotations
	read func(ctx context.Context, file string) ([]listedImage, error)
}

// registerCaptions registers the format of a captioned set.
func registerCaptions(s captionSet, format, help, layout string) {
	at := func(dir string) bool { return len(s.find(dir)) > 0 }
	Register(Format{
		Name: format, Help: help, Names: []string{s.name}, Layout: layout, Origin: s.origin,
		Find: func(_, root string) (string, bool) {
			for _, dir := range s.folders {
				if path := filepath.Join(root, dir); at(path) {
					return path, true
				}
			}
			return "", false
		},
		Recognise: func(path string) (string, bool) { return s.name, isDir(path) && at(path) },
		Open: func(ctx context.Context, name, path string, o Options) (Dataset, error) {
			return s.open(ctx, name, path, o)
		},
	})
}

func (s captionSet) open(ctx context.Context, name, dir string, o Options) (Dataset, error) {
	splits := s.find(dir)
	var names []string
	for _, sp := range splits {
		if !slices.Contains(names, sp.name) {
			names = append(names, sp.name)
		}
	}
	if len(names) == 0 {
		return nil, &fault.Error{Op: "open " + name, Thing: dir, Found: "no annotations", Next: "leave the files alone while they are read"}
	}
	split, err := choose(name, "split", o.Split, names)
	if err != nil {
		return nil, err
	}
	if _, err := choose(name, "target", o.Target, nil); err != nil {
		return nil, err
	}
	from := splits[slices.IndexFunc(splits, func(sp captionSplit) bool { return sp.name == split })]
	images, err := from.read(ctx, from.file)
	if err != nil {
		return nil, err
	}
	root, err := s.imageRoot(name, dir, images)
	if err != nil {
		return nil, err
	}
	return newListed(ctx, Info{Name: name, Split: split, Source: from.file}, root, images)
}

// imageRoot returns the folder that holds the first image. Annotations name images without their folder, or with one of several.
func (s captionSet) imageRoot(name, dir string, images []listedImage) (string, error) {
	if len(images) == 0 {
		return dir, nil
	}
	var tried []string
	for _, sub := range s.images {
		root := filepath.Join(dir, sub)
		if isFile(filepath.Join(root, filepath.FromSlash(images[0].path))) {
			return root, nil
		}
		tried = append(tried, root)
	}
	return "", &fault.Error{Op: "open " + name, Thing: images[0].where, Found: "no image " + images[0].path + " in " + strings.Join(tried, ", "),
		Wanted: "the images in one of them", Next: "unpack the images there (the set comes from " + s.origin + ")"}
}

// annotationLimit bounds a file of annotations: those of COCO's training images take 90 MB.
const annotationLimit = 2 << 30

// readAnnotations reads a whole file of annotations.
func readAnnotations(op, file string) ([]byte, error) {
	info, err := os.Stat(file)
	if err != nil {
		return nil, &fault.Error{Op: op, Thing: file, Err: cause(err)}
	}
	if info.Size() > annotationLimit {
		return nil, &fault.Error{Op: op, Thing: file, Found: "more than 2 GiB", Wanted: "captions, not pictures"}
	}
	b, err := os.ReadFile(file)
	if err != nil {
		return nil, &fault.Error{Op: op, Thing: file, Err: cause(err)}
	}
	return b, nil
}

// localPath reports whether a name from a file of annotations stays inside the folder of the images.
func localPath(name string) bool { return filepath.IsLocal(filepath.FromSlash(name)) }

func notLocal(op, where, name string) error {
	return &fault.Error{Op: op, Thing: where, Found: "the image name " + quoteShort(name), Wanted: "a name inside the folder of the images"}
}
