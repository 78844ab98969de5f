package probe

import (
	"strings"

	"mindgap/datasets"
)

// paperTable1 is Table 1 of Liang et al. 2022, by the names of CLIP_benchmark.
var paperTable1 = map[string]PaperRow{
	"cifar10":       {"accuracy", 0.9013, 0.9081, "larger"},
	"cifar100":      {"accuracy", 0.6658, 0.6737, "smaller"},
	"eurosat":       {"accuracy", 0.5410, 0.5645, "smaller"},
	"svhn":          {"accuracy", 0.5389, 0.5396, "larger"},
	"hateful_memes": {"auroc", 0.5800, 0.5811, "larger"},
}

// paperRow returns the row of an opened set, nil where the table has none.
func paperRow(info datasets.Info) *PaperRow {
	row, ok := paperTable1[strings.TrimPrefix(strings.TrimPrefix(info.Name, "wds/"), "vtab/")]
	if !ok || len(info.Targets) > 0 && info.Target != info.Targets[0] {
		return nil
	}
	return &row
}
