package datasets

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"mindgap/models/fault"
)

// A splitList is a set whose images lie in one tree and whose splits are lists of names in text files: Food-101, DTD, Oxford-IIIT Pet.
type splitList struct {
	help, layout, origin string
	dirs                 []string          // where the set may lie under the data root
	images               string            // folder of the images
	lists                map[string]string // the file of each split
	splits               []string          // the default first
	// line reads a line of a list: the image's path below images, and its class's name, or its number from 0.
	line func(line string) (path, class string, number int, ok bool)
}

// classThenFile reads "class/name", with ext appended.
func classThenFile(ext string) func(string) (string, string, int, bool) {
	return func(line string) (string, string, int, bool) {
		class, name, ok := strings.Cut(line, "/")
		return line + ext, class, 0, ok && class != "" && name != ""
	}
}

var splitLists = map[string]splitList{
	"food101": {
		help: "Food-101, photographs of dishes in 101 classes", layout: "food-101/{images/<class>/*.jpg,meta/{test,train}.txt}", origin: "data.vision.ee.ethz.ch/cvl/datasets_extra/food-101",
		dirs: []string{"food-101", "food101/food-101", "food101", ""}, images: "images",
		lists: map[string]string{"test": "meta/test.txt", "train": "meta/train.txt"}, splits: []string{"test", "train"},
		line: classThenFile(".jpg"),
	},
	"dtd": {
		help: "Describable Textures Dataset, 47 classes, first partition", layout: "dtd/{images/<class>/*.jpg,labels/{test1,train1,val1}.txt}", origin: "robots.ox.ac.uk/~vgg/data/dtd",
		dirs: []string{"dtd", "dtd/dtd", ""}, images: "images",
		lists: map[string]string{"test": "labels/test1.txt", "train": "labels/train1.txt", "val": "labels/val1.txt"}, splits: []string{"test", "train", "val"},
		line: classThenFile(""),
	},
	"pets": {
		help: "Oxford-IIIT Pet, photographs of 37 breeds", layout: "oxford-iiit-pet/{images/*.jpg,annotations/{test,trainval}.txt}", origin: "robots.ox.ac.uk/~vgg/data/pets",
		dirs: []string{"oxford-iiit-pet", "pets/oxford-iiit-pet", "pets", ""}, images: "images",
		lists: map[string]string{"test": "annotations/test.txt", "trainval": "annotations/trainval.txt"}, splits: []string{"test", "trainval"},
		line: func(line string) (string, string, int, bool) { // "Abyssinian_201 1 1 1": name, class, species, breed
			f := strings.Fields(line)
			if len(f) != 4 {
				return "", "", 0, false
			}
			n, err := strconv.Atoi(f[1])
			return f[0] + ".jpg", "", n - 1, err == nil
		},
	},
}

func init() {
	for name, set := range splitLists {
		Register(Format{
			Name: name, Help: set.help, Names: []string{name}, Layout: set.layout, Origin: set.origin,
			Find:      func(_, root string) (string, bool) { return firstDir(root, set.at, set.dirs...) },
			Recognise: func(path string) (string, bool) { return name, set.at(path) },
			Open:      openSplitList,
		})
	}
}

func (s splitList) at(dir string) bool {
	return isDir(filepath.Join(dir, s.images)) && slices.ContainsFunc(s.splits, func(split string) bool { return isFile(filepath.Join(dir, s.lists[split])) })
}

// openSplitList reads the list of a split. Without known class names these are the folders that the lists of all splits name, sorted.
func openSplitList(ctx context.Context, name, path string, o Options) (Dataset, error) {
	set := splitLists[name]
	split, err := choose(name, "split", o.Split, set.splits)
	if err != nil {
		return nil, err
	}
	if _, err := choose(name, "target", o.Target, nil); err != nil {
		return nil, err
	}
	classes, templates, _ := LookupPrompts(name)
	var images []listedImage
	var folders, all []string
	for _, sp := range set.splits {
		file := filepath.Join(path, set.lists[sp])
		if sp != split && !isFile(file) {
			continue
		}
		lines, err := readLines("read list of images", file)
		if err != nil {
			return nil, err
		}
		for i, line := range lines {
			line = strings.TrimSpace(line)
			if line == "" || strings.HasPrefix(line, "#") {
				continue
			}
			m := listedImage{where: fmt.Sprintf("%s line %d", file, i+1)}
			rel, class, number, ok := set.line(line)
			if !ok || class == "" && (number < 0 || number >= len(classes)) {
				return nil, &fault.Error{Op: "read list of images", Thing: m.where, Found: quoteShort(line), Wanted: "a line as the set's lists have them", Next: "fetch the file again"}
			}
			if !localPath(rel) {
				return nil, notLocal("read list of images", m.where, rel)
			}
			if class != "" {
				all = append(all, class)
			}
			if sp == split {
				m.id, m.path, m.label = rel, rel, number
				images, folders = append(images, m), append(folders, class)
			}
		}
	}
	if len(all) > 0 {
		names := slices.Compact(slices.Sorted(slices.Values(all)))
		labels := labelsOf(names)
		for i := range images {
			images[i].label = labels[folders[i]]
		}
		if len(classes) != len(names) {
			classes = nil
			for _, n := range names {
				classes = append(classes, readable(n))
			}
		}
	}
	return newListed(ctx, Info{Name: name, Split: split, Classes: classes, Templates: templates, Source: path}, filepath.Join(path, set.images), images)
}
