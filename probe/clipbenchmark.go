package probe

import (
	"maps"
	"math"
)

// A CLIPBenchmark is a result file of CLIP_benchmark (github.com/LAION-AI/CLIP_benchmark), field for field, so that its command "build" makes
// one table of its own results and mindgap's.
type CLIPBenchmark struct {
	Dataset    string           `json:"dataset"`
	Model      string           `json:"model"`
	Pretrained string           `json:"pretrained"`
	Task       string           `json:"task"`
	Metrics    map[string]Float `json:"metrics"`
	Language   string           `json:"language"`
}

// CLIPBenchmark returns the results in CLIP_benchmark's shape. It always has acc5, which is null among five classes or fewer.
func (r *ZeroShotResults) CLIPBenchmark() CLIPBenchmark {
	metrics := maps.Clone(r.Metrics)
	if _, ok := metrics["acc5"]; !ok {
		metrics["acc5"] = Float(math.NaN())
	}
	return CLIPBenchmark{Dataset: r.Dataset, Model: r.Model, Pretrained: r.Pretrained, Task: r.Task, Metrics: metrics, Language: r.Language}
}
