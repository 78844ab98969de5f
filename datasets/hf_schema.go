package datasets

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"github.com/parquet-go/parquet-go"

	"mindgap/models/fault"
)

// hfFeatures are what the library "datasets" writes about each column into the file's metadata, under the key "huggingface": type, and of
// labels the class names.
type hfFeatures map[string]struct {
	Type  string   `json:"_type"`
	Names []string `json:"names"`
}

func readFeatures(t *parquetFile) hfFeatures {
	var meta struct {
		Info struct {
			Features map[string]json.RawMessage `json:"features"`
		} `json:"info"`
	}
	text, ok := t.Lookup("huggingface")
	if !ok || json.Unmarshal([]byte(text), &meta) != nil {
		return nil // a file that another program wrote
	}
	features := hfFeatures{}
	for name, raw := range meta.Info.Features {
		f := features[name]
		if json.Unmarshal(raw, &f) == nil { // nested features are lists or objects of another kind
			features[name] = f
		}
	}
	return features
}

// A hfLayout says which columns of a table hold what.
type hfLayout struct {
	image   string   // name of the image's column: {bytes, path}, or bytes alone
	label   string   // name of the label's column under the target, or ""
	names   []string // class names of that column, where the table tells them
	caption string   // name of the captions' column, or ""
	targets []string // names of the targets, the default first; empty where there are not several
	target  string
}

// labelTarget is the name of a label column as a target: "fine_label" is "fine".
func labelTarget(column string) string { return strings.TrimSuffix(column, "_label") }

// layoutOf finds the columns of a table. Columns that the user names must be there; others are found by the features, then by kind and name.
func layoutOf(t *parquetFile, file string, o Options) (hfLayout, error) {
	root, features := t.Root(), readFeatures(t)
	var l hfLayout
	var all []string
	for _, c := range root.Columns() {
		all = append(all, c.Name())
	}
	for what, name := range o.Columns {
		if c := root.Column(name); c == nil {
			return l, &fault.Error{Kind: fault.Usage, Op: "open parquet file", Thing: file, Found: "no column " + strconv.Quote(name), Wanted: "for the " + what + " one of " + strings.Join(all, ", "),
				Next: "correct --" + what + "-column"}
		}
	}
	var labels []string
	for _, c := range root.Columns() {
		name, f := c.Name(), features[c.Name()]
		switch {
		case l.image == "" && (f.Type == "Image" || isBytes(leafAt(c, "bytes")) && leafAt(c, "path") != nil):
			l.image = name
		case f.Type == "ClassLabel" && isNumber(onlyLeaf(c)):
			labels = append(labels, name)
		}
	}
	if l.image == "" {
		l.image = firstColumn(root, isBytes, "image", "img", "jpg", "png", "webp")
	}
	if len(labels) == 0 {
		if name := firstColumn(root, func(c *parquet.Column) bool { return isNumber(c) || isBytes(c) }, "label", "labels", "class", "target", "cls"); name != "" {
			labels = []string{name}
		}
	}
	l.caption = firstColumn(root, isBytes, "caption", "captions", "sentences", "sentence", "raw")
	if l.caption == "" && len(labels) == 0 {
		l.caption = firstColumn(root, isBytes, "text", "texts", "txt")
	}
	if name := o.Columns["image"]; name != "" {
		l.image = name
	}
	if name := o.Columns["label"]; name != "" {
		labels = []string{name}
	}
	if name := o.Columns["caption"]; name != "" {
		l.caption = name
	}
	if l.image == "" {
		return l, &fault.Error{Op: "open parquet file", Thing: file, Found: "the columns " + strings.Join(all, ", "), Wanted: "a column of encoded images", Next: "name it with --image-column"}
	}
	if len(labels) > 1 {
		for _, name := range labels {
			l.targets = append(l.targets, labelTarget(name))
		}
	}
	target, err := choose(file, "target", o.Target, l.targets)
	if err != nil {
		return l, err
	}
	l.target = target
	if len(labels) > 0 {
		l.label = labels[max(0, slices.Index(l.targets, target))]
		l.names = features[l.label].Names
	}
	return l, nil
}

// firstColumn returns the first of the names that is a column of one value or a list of them, of a kind that fits.
func firstColumn(root *parquet.Column, fits func(*parquet.Column) bool, names ...string) string {
	for _, name := range names {
		if c := onlyLeaf(root.Column(name)); c != nil && fits(c) {
			return name
		}
	}
	return ""
}

// leaves returns the leaf columns of the layout in a table, which may be another file of the same split; path and label and caption may be nil.
func (l hfLayout) leaves(t *parquetFile, file string) (bytes, path, label, caption *parquet.Column, err error) {
	root := t.Root()
	wrong := func(name, wanted string) error {
		return &fault.Error{Op: "open parquet file", Thing: file, Found: "a column " + name + " of another kind, or none", Wanted: wanted, Next: "name another column, or fetch the file again"}
	}
	image := root.Column(l.image)
	switch {
	case image == nil:
	case image.Leaf():
		bytes = image
	default:
		bytes, path = leafAt(image, "bytes"), leafAt(image, "path")
	}
	if !isBytes(bytes) || bytes.MaxRepetitionLevel() > 0 || path != nil && !isBytes(path) {
		return nil, nil, nil, nil, wrong(l.image, "encoded images, as bytes or as {bytes, path}")
	}
	if l.label != "" {
		if label = onlyLeaf(root.Column(l.label)); !isNumber(label) && !isBytes(label) || label.MaxRepetitionLevel() > 0 {
			return nil, nil, nil, nil, wrong(l.label, "labels, as whole numbers or text")
		}
	}
	if l.caption != "" {
		if caption = onlyLeaf(root.Column(l.caption)); !isBytes(caption) || caption.MaxRepetitionLevel() > 1 {
			return nil, nil, nil, nil, wrong(l.caption, "captions, as text or lists of it")
		}
	}
	return bytes, path, label, caption, nil
}
