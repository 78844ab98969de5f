package datasets

import (
	"context"
	"fmt"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"mindgap/models/fault"
)

func init() {
	Register(Format{
		Name:   "imagenet1k-flat",
		Help:   "ImageNet's validation images in one folder, as they are published, with the development kit beside them",
		Names:  []string{"imagenet1k"},
		Layout: "imagenet1k/[val/]ILSVRC2012_val_*.JPEG with ILSVRC2012_devkit_t12/data/{ILSVRC2012_validation_ground_truth.txt,meta.mat}",
		Origin: "image-net.org",
		Find: func(_, root string) (string, bool) {
			return firstDir(root, isFlatImageNet, "imagenet1k", "imagenet1k/val", "imagenet", "imagenet/val", "ILSVRC2012_img_val", "ILSVRC/Data/CLS-LOC/val", "val", "")
		},
		Recognise: func(path string) (string, bool) { return "imagenet1k", isFlatImageNet(path) },
		Open:      openFlatImageNet,
	})
}

// flatName is the name of a validation image, whose number is the line of its label.
var flatName = regexp.MustCompile(`^ILSVRC2012_val_(\d{8})\.(?i:jpe?g)$`)

func isFlatImageNet(dir string) bool { return hasEntry(dir, flatName.MatchString) }

// opFlat is the operation of this file's faults.
const opFlat = "read ImageNet's ground truth"

func openFlatImageNet(ctx context.Context, name, path string, o Options) (Dataset, error) {
	split, err := choose(name, "split", o.Split, []string{"val"})
	if err != nil {
		return nil, err
	}
	if _, err := choose(name, "target", o.Target, nil); err != nil {
		return nil, err
	}
	ids, from, err := flatTruth(path)
	if err != nil {
		return nil, err
	}
	entries, err := readDir(path)
	if err != nil {
		return nil, err
	}
	labels := imageNetLabels()
	var images []listedImage
	for _, e := range entries {
		m := flatName.FindStringSubmatch(e.Name())
		if m == nil {
			continue
		}
		n, _ := strconv.Atoi(m[1]) // eight digits
		if n < 1 || n > len(ids) {
			return nil, &fault.Error{Op: "open " + name, Thing: filepath.Join(path, e.Name()), Found: fmt.Sprintf("image %d", n),
				Wanted: fmt.Sprintf("1 to %d, as %s has labels", len(ids), from), Next: "fetch the development kit again"}
		}
		images = append(images, listedImage{id: e.Name(), path: e.Name(), where: from, label: labels[ids[n-1]]})
	}
	classes, templates, _ := LookupPrompts(name)
	return newListed(ctx, Info{Name: name, Split: split, Classes: classes, Templates: templates, Source: path}, path, images)
}

// flatTruth returns the WordNet id of every validation image, in order, and the file that told it. The development kit numbers the classes by
// ids of its own, 1 to 1000, which are not in the order of WordNet ids: taking one for the other mislabels nearly everything without a word.
func flatTruth(dir string) (ids []string, from string, err error) {
	near := func(names ...string) string {
		for _, base := range []string{dir, filepath.Dir(dir), filepath.Join(dir, "../../..")} {
			for _, sub := range []string{"", "ILSVRC2012_devkit_t12/data", "devkit/data", "devkit"} {
				for _, name := range names {
					if file := filepath.Join(base, sub, name); isFile(file) {
						return file
					}
				}
			}
		}
		return ""
	}
	if from = near("imagenet_2012_validation_synset_labels.txt"); from != "" { // a WordNet id a line
		lines, err := readLines(opFlat, from)
		if err != nil {
			return nil, "", err
		}
		return lines, from, checkIDs(from, lines)
	}
	const truth = "ILSVRC2012_validation_ground_truth.txt"
	if from = near(truth); from == "" {
		return nil, "", &fault.Error{Op: opFlat, Thing: dir, Found: "no " + truth + " near it", Wanted: "it in the folder, or in ILSVRC2012_devkit_t12/data beside it",
			Next: "unpack the development kit (tasks 1 and 2) there"}
	}
	lines, err := readLines(opFlat, from)
	if err != nil {
		return nil, "", err
	}
	table := near("map_clsloc.txt", "meta.mat")
	if table == "" {
		return nil, "", &fault.Error{Op: opFlat, Thing: from, Found: "no meta.mat near it", Wanted: "it or map_clsloc.txt, which say what the numbers 1 to 1000 mean",
			Next: "unpack the development kit (tasks 1 and 2) there"}
	}
	byNumber, err := flatClasses(table)
	if err != nil {
		return nil, "", err
	}
	for i, line := range lines {
		n, err := strconv.Atoi(strings.TrimSpace(line))
		id, ok := byNumber[n]
		if err != nil || !ok {
			return nil, "", &fault.Error{Op: opFlat, Thing: fmt.Sprintf("%s line %d", from, i+1), Found: quoteShort(line), Wanted: "a number from 1 to 1000", Next: "fetch the development kit again"}
		}
		ids = append(ids, id)
	}
	return ids, from, nil
}

func checkIDs(file string, ids []string) error {
	labels := imageNetLabels()
	for i, id := range ids {
		if _, ok := labels[id]; !ok {
			return &fault.Error{Op: opFlat, Thing: fmt.Sprintf("%s line %d", file, i+1), Found: quoteShort(id), Wanted: "the WordNet id of one of ImageNet's classes"}
		}
	}
	return nil
}

// flatClasses reads the development kit's own numbers of the 1,000 classes: from meta.mat, or from the lines "n02119789 1 kit_fox" of
// map_clsloc.txt. Numbers above 1000 in meta.mat are inner nodes of WordNet.
func flatClasses(file string) (map[int]string, error) {
	byNumber := map[int]string{}
	add := func(where string, number int, id string) error {
		if _, known := imageNetLabels()[id]; !known || byNumber[number] != "" {
			return &fault.Error{Op: opFlat, Thing: where, Found: fmt.Sprintf("%s for class %d", quoteShort(id), number),
				Wanted: "one of ImageNet's WordNet ids, once for each class", Next: "fetch the development kit again"}
		}
		byNumber[number] = id
		return nil
	}
	var err error
	if strings.HasSuffix(file, ".mat") {
		err = readMetaMAT(file, add)
	} else {
		var lines []string
		lines, err = readLines(opFlat, file)
		for i, line := range lines {
			f := strings.Fields(line)
			if len(f) == 0 {
				continue
			}
			where := fmt.Sprintf("%s line %d", file, i+1)
			n := 0
			if len(f) > 1 {
				n, _ = strconv.Atoi(f[1])
			}
			if n < 1 || n > 1000 {
				return nil, &fault.Error{Op: opFlat, Thing: where, Found: quoteShort(line), Wanted: "a WordNet id and a number from 1 to 1000"}
			}
			if err := add(where, n, f[0]); err != nil {
				return nil, err
			}
		}
	}
	if err != nil {
		return nil, err
	}
	if len(byNumber) != 1000 {
		return nil, &fault.Error{Op: opFlat, Thing: file, Found: fmt.Sprintf("%d classes", len(byNumber)), Wanted: "1000", Next: "fetch the development kit again"}
	}
	return byNumber, nil
}

// readMetaMAT reads the structure "synsets" of the development kit, of which ILSVRC2012_ID and WNID are wanted.
func readMetaMAT(file string, add func(where string, number int, id string) error) error {
	m, err := openMAT(file)
	if err != nil {
		return &fault.Error{Op: opFlat, Thing: file, Err: err, Next: "fetch the development kit again"}
	}
	defer m.Close()
	synsets, err := m.find("synsets")
	if err == nil {
		var number int
		var id string
		at := -1
		flush := func() error {
			if at < 0 || number > 1000 {
				return nil
			}
			return add(fmt.Sprintf("%s synset %d", file, at+1), number, id)
		}
		err = synsets.fields(func(element int, field string, v *matArray) error {
			if element != at {
				if err := flush(); err != nil {
					return err
				}
				at, number, id = element, 0, ""
			}
			var err error
			switch field {
			case "ILSVRC2012_ID":
				var list []int
				if list, err = v.numbers(1); err == nil && len(list) == 1 {
					number = list[0]
				}
			case "WNID":
				id, err = v.text()
			}
			return err
		})
		if err == nil {
			err = flush()
		}
	}
	if _, ok := fault.KindOf(err); err != nil && !ok {
		err = &fault.Error{Op: opFlat, Thing: file, Err: err, Next: "fetch the development kit again"}
	}
	return err
}
