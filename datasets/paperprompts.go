package datasets

import (
	"strconv"
	"strings"
)

// paperTemplates are the prompts of Table 1 of Liang et al. 2022, one a data set, as the authors' notebook passes them (shift_features.ipynb,
// with "a photo of a {}." where it passes none).
var paperTemplates = map[string]string{
	"cifar10":       defaultTemplate,
	"cifar100":      defaultTemplate,
	"eurosat":       "a centered satellite photo of {}.",
	"svhn":          `a street sign of the number: "{}".`,
	"hateful_memes": defaultTemplate,
}

// PaperPrompts returns the class names and the template that Table 1 of Liang et al. 2022 has for a data set of it, and false for every other
// set, or a target or classes that the table does not have. Names are those of the loaders that the authors' code opens: CIFAR's own labels,
// underscores and all, and digits for SVHN. The files with their names for EuroSAT and Hateful Memes were not published; names is nil there, and
// the set's own stand in.
func PaperPrompts(info Info) (names, templates []string, ok bool) {
	name := strings.TrimPrefix(strings.TrimPrefix(info.Name, "wds/"), "vtab/")
	template, ok := paperTemplates[name]
	if !ok || len(info.Targets) > 0 && info.Target != info.Targets[0] {
		return nil, nil, false
	}
	switch name {
	case "cifar10", "cifar100":
		names = paperCIFAR(name)
	case "svhn":
		for digit := range 10 {
			names = append(names, strconv.Itoa(digit))
		}
	}
	if names != nil && len(names) != len(info.Classes) {
		return nil, nil, false
	}
	return names, []string{template}, true
}

// paperCIFAR are the label names as the files of CIFAR write them.
func paperCIFAR(name string) []string {
	var names []string
	for _, c := range promptTables().classes[name] {
		names = append(names, strings.ReplaceAll(c, " ", "_"))
	}
	return names
}
