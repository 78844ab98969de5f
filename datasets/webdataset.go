package datasets

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"path"
	"slices"
	"strconv"
	"strings"

	"mindgap/models/fault"
)

func init() {
	Register(Format{
		Name:      "webdataset",
		Help:      "WebDataset: tars of pictures with labels or captions, on disk or over HTTP, as CLIP_benchmark keeps them",
		Layout:    "wds/NAME under --data-root, a folder, URL or pattern such as shards/{000..009}.tar: SPLIT/nshards.txt, SPLIT/0.tar …, classnames.txt, zeroshot_classification_templates.txt, dataset_type.txt",
		Claims:    claimShards,
		Recognise: recogniseShards,
		Open:      openWebDataset,
	})
}

const opShards = "read WebDataset"

// shardImages are the endings of pictures in a shard, in the order in which CLIP_benchmark prefers them.
var shardImages = []string{"webp", "png", "jpg", "jpeg", "bmp", "gif", "ppm", "pgm", "tif", "tiff"}

// A sample is what a shard holds under one key. Its text is in memory, its picture is not.
type sample struct {
	id       string
	shard    int
	image    member
	label    int
	labels   []int
	classes  int // length of the vector that the labels come from, 0 if from none
	captions []string
}

// webDataset is a set of shards, indexed at opening by reading their headers, labels and captions.
type webDataset struct {
	info    Info
	shards  *shards
	samples []sample
}

func openWebDataset(ctx context.Context, name, path string, o Options) (_ Dataset, err error) {
	if _, err := choose(name, "target", o.Target, nil); err != nil {
		return nil, err
	}
	s, err := findShards(ctx, name, path, o.Split)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			s.close()
		}
	}()
	d := &webDataset{shards: s, info: Info{Name: name, Split: s.split, Source: s.source}}
	kind, err := d.prompts(ctx, name)
	if err != nil {
		return nil, err
	}
	if err := d.index(ctx, kind, o.Limit); err != nil {
		return nil, err
	}
	d.info.Len = len(d.samples)
	return d, d.number()
}

// prompts reads the files that stand around the shards, and returns the set's type.
func (d *webDataset) prompts(ctx context.Context, name string) (kind string, err error) {
	read := func(file string, use func(where, text string) error) error {
		b, where, err := d.shards.beside(ctx, file)
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil {
			return err
		}
		text, err := decodeText(opShards, where, b)
		if err != nil {
			return err
		}
		return use(where, text)
	}
	err = read("dataset_type.txt", func(where, text string) error {
		switch kind = strings.ToLower(strings.TrimSpace(text)); kind {
		case "classification", "multilabel", "retrieval":
			return nil
		}
		return &fault.Error{Op: opShards, Thing: where, Found: quoteShort(kind), Wanted: "classification, multilabel or retrieval"}
	})
	if err != nil || kind == "retrieval" {
		return kind, err
	}
	d.info.Classes, d.info.Templates, _ = LookupPrompts(name)
	err = read("classnames.txt", func(where, text string) (err error) {
		d.info.Classes, err = parseClassnames(where, "", text)
		return err
	})
	if err != nil {
		return kind, err
	}
	return kind, read("zeroshot_classification_templates.txt", func(where, text string) (err error) {
		d.info.Templates, err = parseTemplates(where, "", text)
		return err
	})
}

// index reads the headers and the small members of every shard. Where only the first limit items are wanted it stops behind one more,
// which the registry cuts off, so that a few items of a huge set open at once. The fingerprint covers what tells the shards' contents apart
// (see shard.version), and ids, labels aside, as far as they were read.
func (d *webDataset) index(ctx context.Context, kind string, limit int) error {
	h := sha256.New()
	for i := range d.shards.list {
		if limit > 0 && len(d.samples) > limit {
			break
		}
		f, err := d.shards.open(ctx, i)
		if err != nil {
			return err
		}
		before := len(d.samples)
		err = d.indexShard(ctx, i, f, kind, limit)
		if err = errors.Join(err, f.Close()); err != nil {
			return err
		}
		fmt.Fprintf(h, "%q\n", f.version)
		for _, s := range d.samples[before:] {
			fmt.Fprintf(h, "%q %d %d %q\n", s.id, s.image.off, s.image.size, s.captions)
		}
	}
	if len(d.samples) == 0 {
		return &fault.Error{Op: opShards, Thing: d.info.Source, Found: "no samples", Wanted: "members such as s0000000.jpg and s0000000.cls"}
	}
	d.info.Fingerprint = hex.EncodeToString(h.Sum(nil))
	return nil
}

// indexShard groups the members of a shard by key: those that follow each other and share their name up to the first dot of its last part.
func (d *webDataset) indexShard(ctx context.Context, shard int, f *shardFile, kind string, limit int) error {
	name := d.shards.list[shard].name
	seen := map[string]bool{}
	var g *group
	finish := func() error {
		if g == nil {
			return nil
		}
		s, err := g.sample(kind)
		if err != nil {
			return err
		}
		s.id, s.shard = d.shards.list[shard].id+"/"+g.key, shard
		d.samples = append(d.samples, s)
		return nil
	}
	err := walkTar(ctx, opShards, name, io.NewSectionReader(f, 0, f.size), func(m member, body io.Reader) (bool, error) {
		dir, base := path.Split(m.name)
		stem, ext, ok := strings.Cut(base, ".")
		if !ok || stem == "" || strings.HasPrefix(base, "__") { // hidden files, and webdataset's own such as __desc__
			return true, nil
		}
		key, ext := dir+stem, strings.ToLower(ext)
		if g == nil || g.key != key {
			if err := finish(); err != nil {
				return false, err
			}
			g = nil
			if limit > 0 && len(d.samples) > limit {
				return false, nil
			}
			if seen[key] {
				return false, &fault.Error{Op: opShards, Thing: name + "!" + m.name, Found: "the key " + quoteShort(key) + " again, after other samples",
					Wanted: "the members of a sample one after the other, under a key of its own"}
			}
			seen[key] = true
			g = &group{key: key, where: name + "!" + key, text: map[string][]byte{}, images: map[string]member{}}
		}
		return true, g.add(name, m, ext, body)
	})
	if err != nil {
		return err
	}
	if limit > 0 && len(d.samples) > limit {
		return nil
	}
	return finish()
}

// A group is the members of a sample as they are read.
type group struct {
	key, where string
	images     map[string]member
	text       map[string][]byte
}

// groupText are the endings of members that are read at opening.
var groupText = []string{"cls", "npy", "txt", "json"}

func (g *group) add(archive string, m member, ext string, body io.Reader) error {
	isText := slices.Contains(groupText, ext)
	if !isText && !slices.Contains(shardImages, ext) {
		return nil // what else a sample holds, such as a mask, is not ours
	}
	_, image := g.images[ext]
	if _, text := g.text[ext]; image || text {
		return &fault.Error{Op: opShards, Thing: archive + "!" + m.name, Found: "the member again", Wanted: "one of each kind in a sample"}
	}
	if !isText {
		if m.size > memberLimit {
			return &fault.Error{Op: opShards, Thing: archive + "!" + m.name, Found: fmt.Sprintf("%d bytes", m.size), Wanted: fmt.Sprintf("a picture of at most %d", memberLimit)}
		}
		g.images[ext] = m
		return nil
	}
	b, err := readSmall(opShards, archive, m, body)
	g.text[ext] = b
	return err
}

// sample makes a sample of its members.
func (g *group) sample(kind string) (s sample, err error) {
	s.label = NoLabel
	i := slices.IndexFunc(shardImages, func(ext string) bool { _, ok := g.images[ext]; return ok })
	if i < 0 {
		return s, &fault.Error{Op: opShards, Thing: g.where, Found: "no picture", Wanted: "a member that ends in " + strings.Join(shardImages[:4], ", ")}
	}
	s.image = g.images[shardImages[i]]
	cls, labelled := g.text["cls"]
	npy, multi := g.text["npy"]
	switch {
	case kind == "retrieval":
	case kind == "multilabel" || !labelled && multi:
		if !multi {
			return s, &fault.Error{Op: opShards, Thing: g.where, Found: "no .npy", Wanted: "the labels of a multi-label set in one"}
		}
		hot, err := npyVector(npy)
		s.labels, s.classes = indices(hot), len(hot)
		if err != nil || len(hot) == 0 {
			return s, &fault.Error{Op: opShards, Thing: g.where + ".npy", Err: err, Wanted: "a vector with a number for each class, 0 or not"}
		}
	case labelled:
		s.label, err = strconv.Atoi(strings.TrimSpace(string(cls)))
		if err != nil || s.label < 0 || s.label >= maxShardClasses {
			return s, &fault.Error{Op: opShards, Thing: g.where + ".cls", Found: quoteShort(string(cls)), Wanted: fmt.Sprintf("a class from 0 to %d", maxShardClasses-1)}
		}
	case kind == "classification":
		return s, &fault.Error{Op: opShards, Thing: g.where, Found: "no .cls", Wanted: "the label of a classification set in one"}
	}
	if err := g.readCaptions(&s); err != nil {
		return s, err
	}
	if kind == "retrieval" && len(s.captions) == 0 {
		return s, &fault.Error{Op: opShards, Thing: g.where, Found: "no caption", Wanted: "a caption a line in its .txt"}
	}
	return s, nil
}

// readCaptions takes the lines of the .txt, or else the caption of the .json, as img2dataset writes it.
func (g *group) readCaptions(s *sample) error {
	if b, ok := g.text["txt"]; ok {
		text, err := decodeText(opShards, g.where+".txt", b)
		for _, line := range splitLines(text) {
			if strings.TrimSpace(line) != "" {
				s.captions = append(s.captions, line)
			}
		}
		return err
	}
	b, ok := g.text["json"]
	if !ok {
		return nil
	}
	var about struct {
		Caption *string `json:"caption"`
	}
	if err := json.Unmarshal(b, &about); err != nil {
		return &fault.Error{Op: opShards, Thing: g.where + ".json", Err: err, Wanted: "a JSON object"}
	}
	if about.Caption != nil && strings.TrimSpace(*about.Caption) != "" {
		s.captions = []string{*about.Caption}
	}
	return nil
}

// maxShardClasses bounds labels: the widest published set, ImageNet-21k, has 21,843.
const maxShardClasses = 1 << 20

// number checks labels against the class names. A set that brings labels and no names gets the numbers as names, to be replaced by
// --classnames.
func (d *webDataset) number() error {
	most, labelled := -1, false
	for i := range d.samples {
		s := &d.samples[i]
		top := s.label
		if s.classes > 0 {
			top = s.classes - 1
			if n := len(d.info.Classes); n > 0 && n != s.classes {
				return &fault.Error{Op: opShards, Thing: d.nameOf(s), Found: fmt.Sprintf("labels for %d classes", s.classes), Wanted: fmt.Sprint(n), Next: "mend classnames.txt"}
			}
		}
		most = max(most, top)
		if n := len(d.info.Classes); n > 0 && top >= n {
			return &fault.Error{Op: opShards, Thing: d.nameOf(s), Found: fmt.Sprintf("label %d", top), Wanted: fmt.Sprintf("0 to %d, for the %d class names", n-1, n),
				Next: "mend classnames.txt"}
		}
		labelled = labelled || top >= 0
	}
	switch {
	case !labelled:
		d.info.Classes, d.info.Templates = nil, nil
	case len(d.info.Classes) == 0:
		for i := range most + 1 {
			d.info.Classes = append(d.info.Classes, strconv.Itoa(i))
		}
	}
	if labelled && len(d.info.Templates) == 0 {
		d.info.Templates = []string{defaultTemplate}
	}
	return nil
}

// indices turns a multi-hot vector into the classes that it marks.
func indices(hot []int) []int {
	var on []int
	for i, v := range hot {
		if v != 0 {
			on = append(on, i)
		}
	}
	return on
}

func (d *webDataset) nameOf(s *sample) string {
	return d.shards.list[s.shard].name + "!" + s.image.name
}

func (d *webDataset) Info() Info { return d.info }

func (d *webDataset) Close() error {
	d.shards.close()
	return nil
}

// Items yields the samples in the order of the shards. Pictures are read when they are asked for: from their place in the file, or over
// HTTP from the one stream that runs through the shards, which asks for nothing more once ctx is done.
func (d *webDataset) Items(ctx context.Context) iter.Seq2[Item, error] {
	return func(yield func(Item, error) bool) {
		for i := range d.samples {
			if err := ctx.Err(); err != nil {
				yield(Item{}, err)
				return
			}
			s := &d.samples[i]
			it := Item{ID: s.id, Label: s.label, Labels: slices.Clone(s.labels), Captions: slices.Clone(s.captions), Image: Image{
				Name: d.nameOf(s),
				Read: func(buf *[]byte) ([]byte, error) { return d.picture(ctx, s, buf) },
			}}
			if !yield(it, nil) {
				return
			}
		}
	}
}

func (d *webDataset) picture(ctx context.Context, s *sample, buf *[]byte) (_ []byte, err error) {
	f, err := d.shards.open(ctx, s.shard)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	b := slices.Grow((*buf)[:0], int(s.image.size))[:s.image.size]
	*buf = b
	if _, err := f.ReadAt(b, s.image.off); err != nil {
		return nil, tarFault(ctx, opShards, d.nameOf(s), err)
	}
	return b, nil
}
