package models

import (
	"context"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"mindgap/models/fault"
	"mindgap/models/onnxgraph"
)

func init() {
	layouts = append(layouts, Layout{
		Name:  "probed",
		Help:  "any folder with one graph of both towers, or one graph of each: their inputs and outputs tell which is which",
		order: 1 << 20, // last: it takes what no layout knows
		with:  probe,
		Recognise: func(ctx context.Context, fsys fs.FS, where string) (*Checkpoint, error) {
			return probe(ctx, fsys, where, Options{})
		},
	})
}

// maxProbed bounds how many graphs a folder may hold for probing to make sense.
const maxProbed = 64

// probe reads the ports of every graph of a folder and takes the one pair that can be towers. Files that would have to be fetched first
// are not looked into.
func probe(ctx context.Context, fsys fs.FS, where string, o Options) (*Checkpoint, error) {
	var names, images, texts, both []string
	_ = fs.WalkDir(fsys, ".", func(p string, d fs.DirEntry, err error) error {
		switch {
		case err != nil || d.IsDir() && strings.Count(p, "/") > 1:
			return fs.SkipDir
		case !d.IsDir() && path.Ext(p) == ".onnx" && atHand(fsys, p):
			names = append(names, p)
		}
		if len(names) > maxProbed {
			return fs.SkipAll
		}
		return nil
	})
	if len(names) == 0 || len(names) > maxProbed {
		return nil, notThis(fmt.Sprintf("%d graphs", len(names)))
	}
	for _, name := range names {
		g, err := onnxgraph.Read(ctx, fsys, name)
		if err != nil {
			if ctx.Err() != nil {
				return nil, ctx.Err()
			}
			return nil, &fault.Error{Op: "read the graph", Thing: where + name, Err: err, Next: "fetch the file again: it is damaged, or not an ONNX model"}
		}
		switch r := sortInputs(g.Inputs); {
		case r.pixels != nil && r.ids != nil:
			both = append(both, name)
		case r.pixels != nil:
			images = append(images, name)
		case r.ids != nil:
			texts = append(texts, name)
		}
	}
	var c choice
	switch {
	case len(both) == 1 && len(images)*len(texts) == 0:
		c = choice{image: both[0], text: both[0]}
	case len(images) == 1 && len(texts) == 1:
		c = choice{image: images[0], text: texts[0]}
	case len(both)+len(images)*len(texts) == 0:
		return nil, almost(fmt.Sprintf("graphs of images: %s; of texts: %s", list(images), list(texts)))
	default:
		return nil, &fault.Error{Op: "recognise the model in", Thing: where,
			Found:  fmt.Sprintf("several graphs that can be towers (images: %s; texts: %s; both: %s)", list(images), list(texts), list(both)),
			Wanted: "one of each", Next: "name two by --image-model FILE --text-model FILE"}
	}
	if o.Precision != "" {
		return nil, &fault.Error{Kind: fault.Usage, Op: "choose the precision of", Thing: where, Found: c.image + ", whose name states none", Wanted: "a layout with several",
			Next: "leave --precision away"}
	}
	return bareSpec.build(ctx, fsys, where, c, o)
}

func list(names []string) string {
	if len(names) == 0 {
		return "none"
	}
	return strings.Join(names, ", ")
}
