package models

import (
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"

	"mindgap/models/fault"
)

// A precision is what the weights of an export are stored in, by the suffix that transformers.js gives the file.
type precision struct{ name, suffix string }

// precisions lists them in the order of messages. The first is opened unless the user says otherwise: a quantised export is another
// model, whose embeddings differ, and is never chosen silently.
var precisions = []precision{
	{"fp32", ""}, {"fp16", "_fp16"}, {"int8", "_int8"}, {"uint8", "_uint8"}, {"quantized", "_quantized"},
	{"q4", "_q4"}, {"q4f16", "_q4f16"}, {"bnb4", "_bnb4"},
}

// Precisions lists the values of Options.Precision.
func Precisions() []string {
	names := make([]string, len(precisions))
	for i, p := range precisions {
		names[i] = p.name
	}
	return names
}

// parsePrecision reads Options.Precision. "q8" is transformers.js's other word for "quantized".
func parsePrecision(s string) (string, error) {
	switch {
	case s == "q8":
		return "quantized", nil
	case s == "" || slices.Contains(Precisions(), s):
		return s, nil
	}
	return "", &fault.Error{Kind: fault.Usage, Op: "read", Thing: "--precision", Found: s, Wanted: strings.Join(Precisions(), ", "), Next: "correct the flag"}
}

// A graphFile is a file that matches a pattern of a layout.
type graphFile struct {
	name, precision, star string // star: what * stands for
}

// matches finds the files of a pattern.
func matches(fsys fs.FS, pattern string) []graphFile {
	var out []graphFile
	add := func(pattern, precision string) {
		if !strings.Contains(pattern, "*") {
			if exists(fsys, pattern) {
				out = append(out, graphFile{pattern, precision, ""})
			}
			return
		}
		names, err := fs.Glob(fsys, pattern)
		if err != nil {
			return // a pattern that is none: the test of the embedded layouts finds it
		}
		parts := strings.Split(pattern, "*")
		for i := range parts {
			parts[i] = regexp.QuoteMeta(parts[i])
		}
		stars := regexp.MustCompile("^" + strings.Join(parts, "([^/]*)") + "$")
		for _, name := range names {
			if m := stars.FindStringSubmatch(name); m != nil && exists(fsys, name) {
				out = append(out, graphFile{name, precision, m[1]})
			}
		}
	}
	switch {
	case strings.Contains(pattern, "{suffix}"):
		for _, p := range precisions {
			add(strings.ReplaceAll(pattern, "{suffix}", p.suffix), p.name)
		}
	case strings.Contains(pattern, "{precision}"):
		for _, p := range precisions {
			add(strings.ReplaceAll(pattern, "{precision}", p.name), p.name)
		}
	default:
		add(pattern, "")
	}
	return out
}

// A choice is the graphs of a model: two files, or the same twice, and the projections behind them where the layout has such.
type choice struct {
	image, text                     string
	imageProjection, textProjection string
	precision, star                 string
}

// choices lists the models of the layout that lie in fsys, at all precisions. If there is none, why says how close it came: the half that
// is there without the other, if any.
func (s *spec) choices(fsys fs.FS) (all []choice, half string) {
	for _, pattern := range s.Both {
		for _, g := range matches(fsys, pattern) {
			all = append(all, choice{image: g.name, text: g.name, precision: g.precision, star: g.star})
		}
		if len(all) > 0 {
			return all, ""
		}
	}
	for i := range s.Image {
		images, texts := matches(fsys, s.Image[i]), matches(fsys, s.Text[i])
		for _, g := range images {
			k := slices.IndexFunc(texts, func(t graphFile) bool { return t.precision == g.precision && t.star == g.star })
			if k < 0 {
				continue
			}
			c := choice{image: g.name, text: texts[k].name, precision: g.precision, star: g.star}
			if s.ImageProjection != nil {
				c.imageProjection, c.textProjection = s.ImageProjection[i], s.TextProjection[i]
				if !exists(fsys, c.imageProjection) || !exists(fsys, c.textProjection) {
					half = c.image + " without " + path.Base(c.imageProjection) + " and " + path.Base(c.textProjection)
					continue
				}
			}
			all = append(all, c)
		}
		switch {
		case len(all) > 0:
			return all, ""
		case half != "":
		case len(images) > 0 && path.Base(images[0].name) != "model.onnx": // that name says nothing
			half = images[0].name + " alone, without " + plain(s.Text[i])
		case len(texts) > 0:
			half = texts[0].name + " alone, without " + plain(s.Image[i])
		}
	}
	return nil, half
}

// plain is a pattern as a reader would write it.
func plain(pattern string) string {
	return strings.NewReplacer("{suffix}", "", "{precision}", "fp32").Replace(pattern)
}

// choose takes the precision that is wanted.
func choose(all []choice, want, where string) (choice, error) {
	bad := func(found, wanted, next string) (choice, error) {
		return choice{}, &fault.Error{Op: "open the towers of", Thing: where, Found: found, Wanted: wanted, Next: next}
	}
	var have, names []string
	var fit []choice
	for _, c := range all {
		if p := c.precision; p != "" && !slices.Contains(have, p) {
			have = append(have, p)
		}
		if c.precision == want || want == "" && c.precision == "fp32" || want == "" && c.precision == "" {
			fit, names = append(fit, c), append(names, c.image)
		}
	}
	switch {
	case len(fit) == 1:
		return fit[0], nil
	case len(fit) > 1:
		return bad("several models: "+strings.Join(names, ", "), "one", "name one by --image-model FILE --text-model FILE")
	case len(have) == 0:
		return bad("one export, whose name states no precision", "precision "+want, "leave --precision away")
	case want == "":
		return bad("towers in precision "+strings.Join(have, ", ")+" alone", "fp32", "choose one by --precision "+have[0]+": its embeddings differ from the full model's")
	}
	return bad("towers in precision "+strings.Join(have, ", "), want, "pass --precision "+have[0]+", or fetch the files of the other")
}
