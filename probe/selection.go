package probe

import (
	"fmt"
	"math"

	"mindgap/models/fault"
)

// A SelectionResult is what is known of some points of a scene. What nothing selected defines is NaN, null in JSON.
type SelectionResult struct {
	Lambda Float `json:"lambda"`
	Images int   `json:"images"`
	Texts  int   `json:"texts"`
	// Matched is the number of selected texts whose image is selected, too; their mean cosine with it is MatchedCosine at λ.
	Matched           int   `json:"matched"`
	MatchedCosineZero Float `json:"matched_cosine_at_zero"`
	MatchedCosine     Float `json:"matched_cosine"`
	// Separation is how far apart the selected clouds lie along the gap at λ: (mean x'·Δ − mean y'·Δ)/‖Δ‖.
	SeparationZero Float `json:"separation_at_zero"`
	Separation     Float `json:"separation"`
	// Recalls are the shares of selected queries that find their match among all items, at λ = 0; undefined where the scene has no ranks.
	ImageToTextRecall1 Float `json:"image_to_text_recall_at_1"`
	ImageToTextRecall5 Float `json:"image_to_text_recall_at_5"`
	TextToImageRecall1 Float `json:"text_to_image_recall_at_1"`
	TextToImageRecall5 Float `json:"text_to_image_recall_at_5"`
	// Accuracy is of the selected images that have a label, at λ = 0; nil where nothing is classified.
	Accuracy *Accuracy `json:"accuracy,omitempty"`
}

// Selection computes what the page says about a lasso's points, by the same formulas from the same arrays: the reference that the page is
// tested against. images and texts are indices into the scene; each counts once. The error is a fault of kind fault.Usage that names an
// index beyond the scene. It panics if the scene is a Header, which has no arrays.
func Selection(s *Scene, images, texts []int, lambda float64) (*SelectionResult, error) {
	isImage, err := chosenOf("image", images, s.Images)
	if err != nil {
		return nil, err
	}
	isText, err := chosenOf("text", texts, s.Texts)
	if err != nil {
		return nil, err
	}
	still, moved := s.moved(0), s.moved(lambda)
	r := &SelectionResult{Lambda: Float(lambda)}
	var image, text, match [2]mean // at 0 and at λ
	var imageFound, textFound [2]mean
	rank, u := s.Arrays["rank_image"], s.Arrays["u"]
	label, predicted := s.Arrays["label"], s.Arrays["predicted"]
	classified := label != nil && predicted != nil
	var right, labelled int
	for i, chosen := range isImage {
		if !chosen {
			continue
		}
		r.Images++
		image[0].add(still.image(u.At(i)))
		image[1].add(moved.image(u.At(i)))
		if rank != nil {
			imageFound[0].addIf(rank.At(i) < 1)
			imageFound[1].addIf(rank.At(i) < 5)
		}
		if classified && label.At(i) >= 0 {
			labelled++
			if label.At(i) == predicted.At(i) {
				right++
			}
		}
	}
	rank = s.Arrays["rank_text"]
	v, matched := s.Arrays["v"], s.Arrays["matched"]
	for j, chosen := range isText {
		if !chosen {
			continue
		}
		r.Texts++
		text[0].add(still.text(v.At(j)))
		text[1].add(moved.text(v.At(j)))
		if rank != nil {
			textFound[0].addIf(rank.At(j) < 1)
			textFound[1].addIf(rank.At(j) < 5)
		}
		if i := s.imageOf(j); isImage[i] {
			r.Matched++
			match[0].add(still.cosine(matched.At(j), u.At(i), v.At(j)))
			match[1].add(moved.cosine(matched.At(j), u.At(i), v.At(j)))
		}
	}
	norm := float64(s.Shift.GapNorm)
	r.MatchedCosineZero, r.MatchedCosine = match[0].value(), match[1].value()
	r.SeparationZero, r.Separation = (image[0].value()-text[0].value())/Float(norm), (image[1].value()-text[1].value())/Float(norm)
	r.ImageToTextRecall1, r.ImageToTextRecall5 = imageFound[0].value(), imageFound[1].value()
	r.TextToImageRecall1, r.TextToImageRecall5 = textFound[0].value(), textFound[1].value()
	if classified {
		r.Accuracy = ptr(accuracy(right, labelled))
	}
	return r, nil
}

// imageOf is the image of a text.
func (s *Scene) imageOf(j int) int {
	if a := s.Arrays["image_of"]; a != nil {
		return int(a.At(j))
	}
	return j
}

// chosenOf marks indices below n.
func chosenOf(what string, index []int, n int) ([]bool, error) {
	chosen := make([]bool, n)
	for _, i := range index {
		if i < 0 || i >= n {
			return nil, &fault.Error{Kind: fault.Usage, Op: "select", Thing: fmt.Sprintf("%s %d", what, i), Found: fmt.Sprintf("%d of them", n),
				Wanted: fmt.Sprintf("an index from 0 to %d", n-1), Next: "count points as the scene does"}
		}
		chosen[i] = true
	}
	return chosen, nil
}

// A sceneMove is one λ of a scene: images are moved by −aΔ and texts by +bΔ.
type sceneMove struct{ a, b, squared float64 }

func (s *Scene) moved(lambda float64) sceneMove {
	norm := float64(s.Shift.GapNorm)
	step := lambda
	if s.Shift.Unit == "distance" {
		step /= norm
	}
	m := sceneMove{a: step / 2, b: step / 2, squared: norm * norm}
	switch s.Shift.Side {
	case "image":
		m.a, m.b = step, 0
	case "text":
		m.a, m.b = 0, step
	}
	return m
}

// imageNorm is p, the length of a moved image before it is made 1 again; textNorm is q.
func (m sceneMove) imageNorm(u float64) float64 { return math.Sqrt(1 - 2*m.a*u + m.a*m.a*m.squared) }
func (m sceneMove) textNorm(v float64) float64  { return math.Sqrt(1 + 2*m.b*v + m.b*m.b*m.squared) }

// image is x'·Δ from u = x·Δ; text is y'·Δ from v = y·Δ.
func (m sceneMove) image(u float64) float64 { return (u - m.a*m.squared) / m.imageNorm(u) }
func (m sceneMove) text(v float64) float64  { return (v + m.b*m.squared) / m.textNorm(v) }

// cosine is x'·y' from x·y.
func (m sceneMove) cosine(similarity, u, v float64) float64 {
	return (similarity + m.b*u - m.a*v - m.a*m.b*m.squared) / (m.imageNorm(u) * m.textNorm(v))
}

// A mean is a sum and what it is over.
type mean struct {
	sum float64
	n   int
}

func (m *mean) add(v float64) { m.sum, m.n = m.sum+v, m.n+1 }

func (m *mean) addIf(hit bool) {
	m.n++
	if hit {
		m.sum++
	}
}

// value is NaN of nothing.
func (m *mean) value() Float { return Float(m.sum / float64(m.n)) }
