package report

import (
	"bytes"
	"fmt"

	"mindgap/probe"
)

// summarizeTrain writes where training began and where it ended, temperature by temperature.
func summarizeTrain(b *bytes.Buffer, r *probe.TrainResults) {
	fmt.Fprintf(b, "%s, %s, %s of %s pairs by %s at learning rate %s%s\n", trainedWords(r), startWords(r.Start), countOf(r.Steps, "step"), trainBatch(r),
		methodName(r.Optimizer.Method), scaleKey(r.Optimizer.Rate), trainSeeds(r, "; mean ± std over "))
	t := tableOf(b, "temperature", "gap at first", "gap at last", "loss at first", "loss at last", "matched cosine", "i→t R@1", "t→i R@1")
	for _, c := range r.Curves {
		if len(c.Points) == 0 {
			continue
		}
		first, last := c.Points[0], c.Points[len(c.Points)-1]
		t.AppendRow([]any{temperatureLabel(float64(c.Temperature)), spread(first.Gap, 3), spread(last.Gap, 3), spread(first.Loss, 3), spread(last.Loss, 3),
			spread(last.MatchedCosine, 3), spreadPercent(last.ImageToTextRecall1), spreadPercent(last.TextToImageRecall1)})
	}
	t.Render()
}
