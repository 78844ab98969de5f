package datasets

import (
	"archive/zip"
	"context"
	_ "embed"
	"encoding/json"
	"io"
	"iter"
	"slices"
	"strings"
	"sync"

	"mindgap/models/fault"
)

func init() {
	Register(Format{
		Name:  "builtin",
		Help:  "1,300 emoji drawings (Noto) with captions, part of the program",
		Names: []string{"builtin"},
		Open:  openBuiltin,
	})
}

//go:embed builtin/emoji-test-1300.zip
var emojiArchive string

//go:embed builtin/classes.json
var emojiClasses []byte

// emoji is the built-in set, read once. Items hold the pictures and captions; labels of a target lie beside them.
type emoji struct {
	items       []Item
	targets     map[string]emojiTarget
	fingerprint string
}

type emojiTarget struct {
	classes, templates []string
	labels             []int
}

// emojiTargets are the targets of the built-in set, the default first.
var emojiTargets = []string{"name", "everyday", "group"}

// readEmoji indexes the archive and reads its captions; the pictures stay where they are until an item's bytes are asked for.
var readEmoji = sync.OnceValues(func() (*emoji, error) {
	z, err := zip.NewReader(strings.NewReader(emojiArchive), int64(len(emojiArchive)))
	if err != nil {
		return nil, err
	}
	members := make(map[string]*zip.File, len(z.File))
	for _, f := range z.File {
		members[f.Name] = f
	}
	table, err := readMember(members["captions.tsv"])
	if err != nil {
		return nil, err
	}
	var lists struct {
		Templates      []string
		GroupTemplates []string `json:"group_templates"`
		Groups         []struct{ Group, Class string }
		Everyday       []struct {
			Class string
			Files []string
		}
	}
	if err := json.Unmarshal(emojiClasses, &lists); err != nil {
		return nil, err
	}

	groups, everyday := emojiTarget{templates: lists.GroupTemplates}, emojiTarget{templates: lists.Templates}
	groupOf, everydayOf := map[string]int{}, map[string]int{}
	for i, g := range lists.Groups {
		groups.classes = append(groups.classes, g.Class)
		groupOf[g.Group] = i
	}
	for i, c := range lists.Everyday {
		everyday.classes = append(everyday.classes, c.Class)
		for _, f := range c.Files {
			everydayOf[f] = i
		}
	}

	e := &emoji{fingerprint: fingerprint("builtin", emojiArchive)}
	names := emojiTarget{templates: lists.Templates}
	rows := strings.Split(strings.TrimSuffix(string(table), "\n"), "\n")
	for i, row := range rows[1:] { // the first row holds the columns: file, unicode, name, group, subgroup, caption
		c := strings.Split(row, "\t")
		file, name, group, caption := c[0], c[2], c[3], c[5]
		e.items = append(e.items, Item{ID: file, Captions: []string{caption}, Label: NoLabel, Image: Image{
			Name: "builtin!" + file,
			Read: func(*[]byte) ([]byte, error) { return readMember(members[file]) },
		}})
		names.classes, names.labels = append(names.classes, name), append(names.labels, i)
		groups.labels = append(groups.labels, groupOf[group])
		label, ok := everydayOf[file]
		if !ok {
			label = NoLabel
		}
		everyday.labels = append(everyday.labels, label)
	}
	e.targets = map[string]emojiTarget{"name": names, "everyday": everyday, "group": groups}
	return e, nil
})

func readMember(f *zip.File) ([]byte, error) {
	r, err := f.Open()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	b := make([]byte, f.UncompressedSize64)
	if _, err := io.ReadFull(r, b); err != nil {
		return nil, err
	}
	return b, nil
}

func openBuiltin(_ context.Context, name, _ string, o Options) (Dataset, error) {
	target, err := choose(name, "target", o.Target, emojiTargets)
	if err != nil {
		return nil, err
	}
	split, err := choose(name, "split", o.Split, []string{"test"})
	if err != nil {
		return nil, err
	}
	e, err := readEmoji()
	if err != nil {
		return nil, &fault.Error{Kind: fault.System, Op: "read the built-in data set", Err: err, Next: "reinstall mindgap"}
	}
	t := e.targets[target]
	return &builtin{emoji: e, labels: t.labels, info: Info{
		Name: name, Split: split, Target: target, Targets: slices.Clone(emojiTargets),
		Classes: slices.Clone(t.classes), Templates: slices.Clone(t.templates),
		Len: len(e.items), Fingerprint: e.fingerprint,
		Source:  "built in: Noto Emoji drawings of emoji-datasource-google 16.0.0, names and keywords of Unicode CLDR, emojibase and emojilib",
		License: "images Apache-2.0 (Google LLC and the Noto Emoji authors; flags in the public domain or exempt); names and captions MIT and Unicode License v3",
	}}, nil
}

// builtin is the emoji set under one target.
type builtin struct {
	*emoji
	labels []int
	info   Info
}

func (b *builtin) Info() Info   { return b.info }
func (b *builtin) Close() error { return nil }

func (b *builtin) Items(ctx context.Context) iter.Seq2[Item, error] {
	return func(yield func(Item, error) bool) {
		for i, it := range b.items {
			if err := ctx.Err(); err != nil {
				yield(Item{}, err)
				return
			}
			it.Captions, it.Label = slices.Clone(it.Captions), b.labels[i]
			if !yield(it, nil) {
				return
			}
		}
	}
}
