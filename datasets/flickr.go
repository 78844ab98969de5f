package datasets

import (
	"context"
	"fmt"
	"path/filepath"
	"regexp"
	"strings"

	"mindgap/models/fault"
)

func init() {
	for _, s := range []struct{ name, dir, pixels, help, origin string }{
		{"flickr8k", "Flickr8k", "Flicker8k_Dataset", "Flickr8k, photographs with five captions each", "the University of Illinois (hockenmaier.cs.illinois.edu/8k-pictures.html), or Kaggle's adityajn105/flickr8k"},
		{"flickr30k", "Flickr30k", "flickr30k-images", "Flickr30k, photographs with five captions each", "the University of Illinois (hockenmaier.cs.illinois.edu/DenotationGraph), or Kaggle's hsankesara/flickr-image-dataset"},
	} {
		registerCaptions(captionSet{
			name:    s.name,
			folders: []string{s.name, s.dir, strings.ToLower(s.dir) + "_images", ""},
			images:  []string{"Images", "images", s.pixels, s.dir + "_Dataset", s.name + "_images", s.name + "_images/" + s.name + "_images", ""},
			origin:  s.origin,
			find:    func(dir string) []captionSplit { return findFlickr(s.name, dir) },
		}, s.name+"-captions", s.help+"; Karpathy's splits where their file is there",
			s.name+"/{dataset_"+s.name+".json,"+s.name+"_test_karpathy.txt,captions.txt,"+s.dir+".token.txt,results.csv} and the images in Images or "+s.pixels)
	}
}

// flickrAll is the split of a set that comes without a division.
const flickrAll = "all"

func findFlickr(name, dir string) []captionSplit {
	splits := findKarpathy(filepath.Join(dir, "dataset_"+name+".json"), "test", "val", "train")
	for _, split := range []string{"test", "val", "train"} { // as CLIP_benchmark fetches them
		if file := filepath.Join(dir, name+"_"+split+"_karpathy.txt"); isFile(file) {
			splits = append(splits, captionSplit{split, file, readFlickr})
		}
	}
	title := strings.ToUpper(name[:1]) + name[1:]
	files := []string{title + ".token.txt"}
	if name == "flickr30k" { // names that say which set they belong to stand first: both sets have a captions.txt
		files = []string{"results_20130124.token", "results.csv", "results_20130124.csv"}
	}
	for _, f := range append(files, "captions.txt", "captions.csv") {
		for _, sub := range []string{"", name + "_images", title + "_text"} {
			// Any folder may hold a captions.txt; the folder's name says whether it is this set's.
			ours := !strings.HasPrefix(f, "captions.") || strings.Contains(strings.ToLower(filepath.Base(dir)), name)
			if file := filepath.Join(dir, sub, f); ours && isFile(file) {
				splits = append(splits, captionSplit{flickrAll, file, readFlickr})
			}
		}
	}
	return splits
}

// readFlickr reads captions line by line, in whichever of the three forms the first line shows:
//
//	image,caption                        captions.txt, *_karpathy.txt: a header, then IMAGE,CAPTION with or without CSV's quotes
//	image_name| comment_number| comment  results.csv: a header, then IMAGE| NUMBER| CAPTION
//	IMAGE#NUMBER<TAB>CAPTION             Flickr8k.token.txt, results_20130124.token
//
// Captions hold commas without quotes in some copies, so that the first form is split behind the image's name and nowhere else.
func readFlickr(ctx context.Context, file string) ([]listedImage, error) {
	const op = "read Flickr captions"
	b, err := readAnnotations(op, file)
	if err != nil {
		return nil, err
	}
	text, err := decodeText(op, file, b)
	if err != nil {
		return nil, err
	}
	var images []listedImage
	at := map[string]int{}
	var split func(line string) (image, caption string, ok bool)
	n := 0
	for line := range strings.Lines(text) {
		n++
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		where := fmt.Sprintf("%s line %d", file, n)
		if split == nil {
			var header bool
			if split, header = flickrForm(line); header {
				continue
			}
		}
		image, caption, ok := split(line)
		if !ok || caption == "" {
			return nil, &fault.Error{Op: op, Thing: where, Found: quoteShort(line), Wanted: "an image and its caption, as in the lines before"}
		}
		if !localPath(image) {
			return nil, notLocal(op, where, image)
		}
		// Flickr8k.token.txt has five captions of an image that was never published.
		if strings.HasSuffix(image, ".jpg.1") {
			continue
		}
		i, ok := at[image]
		if !ok {
			i = len(images)
			at[image] = i
			images = append(images, listedImage{id: image, path: image, where: where, label: NoLabel})
		}
		images[i].captions = append(images[i].captions, caption)
	}
	return images, nil
}

// flickrForm returns how lines are split, judged by the first one, and whether that one is a header.
func flickrForm(first string) (split func(line string) (image, caption string, ok bool), header bool) {
	switch {
	case strings.Contains(first, "\t"):
		return splitToken, false
	case strings.Contains(first, "|"):
		return splitResults, strings.HasPrefix(first, "image_name")
	}
	return splitCaptions, flickrImage.FindString(first) == ""
}

// flickrImage is an image's name at the start of a line, with the comma behind it.
var flickrImage = regexp.MustCompile(`(?i)^"?[^,|\t]*?\.(?:jpe?g|png|webp)"?,`)

// splitCaptions splits IMAGE,CAPTION.
func splitCaptions(line string) (image, caption string, ok bool) {
	m := flickrImage.FindString(line)
	if m == "" {
		return "", "", false
	}
	return strings.Trim(m[:len(m)-1], `"`), unquoteCSV(strings.TrimSpace(line[len(m):])), true
}

// unquoteCSV removes the quotes of a CSV field if they are CSV's: around it, and doubled inside.
func unquoteCSV(s string) string {
	if len(s) < 2 || s[0] != '"' || s[len(s)-1] != '"' {
		return s
	}
	inner := s[1 : len(s)-1]
	plain := strings.ReplaceAll(inner, `""`, "")
	if strings.Contains(plain, `"`) {
		return s
	}
	return strings.TrimSpace(strings.ReplaceAll(inner, `""`, `"`))
}

// missingSeparator is the second field of the one line of Flickr30k's results.csv that lost a separator: "4   A dog runs across the grass .".
var missingSeparator = regexp.MustCompile(`^\s*[0-9]+\s+(\S.*)$`)

// splitResults splits IMAGE| NUMBER| CAPTION.
func splitResults(line string) (image, caption string, ok bool) {
	image, rest, ok := strings.Cut(line, "|")
	if !ok {
		return "", "", false
	}
	if _, caption, ok := strings.Cut(rest, "|"); ok {
		return strings.TrimSpace(image), strings.TrimSpace(caption), true
	}
	m := missingSeparator.FindStringSubmatch(rest)
	if m == nil {
		return "", "", false
	}
	return strings.TrimSpace(image), strings.TrimSpace(m[1]), true
}

// splitToken splits IMAGE#NUMBER<TAB>CAPTION.
func splitToken(line string) (image, caption string, ok bool) {
	name, caption, ok := strings.Cut(line, "\t")
	at := strings.LastIndexByte(name, '#')
	if !ok || at <= 0 {
		return "", "", false
	}
	return name[:at], strings.TrimSpace(caption), true
}
