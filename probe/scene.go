package probe

import (
	"maps"
)

// SceneVersion is the version of a Scene's form.
const SceneVersion = 1

// A Scene is what the live page needs beyond the record: where every point lies on every map, and the few numbers a point from which the
// page computes any shift. It holds all points, or a seeded sample where they are too many; Of… say how many there are.
//
// The algebra of a shift needs only projections. With unit rows x and y, Δ = mean x − mean y, u = x·Δ, v = y·Δ, and images moved by −aΔ and
// texts by +bΔ,
//
//	x' = (x − aΔ)/p,  p² = 1 − 2a·u + a²‖Δ‖²     y' = (y + bΔ)/q,  q² = 1 + 2b·v + b²‖Δ‖²
//
// so that a linear map P takes x' to (Px − a·PΔ)/p: see SceneMap.
type Scene struct {
	Version  int               `json:"version"`
	Model    string            `json:"model"`
	Images   int               `json:"images"` // points shown
	Texts    int               `json:"texts"`
	OfImages int               `json:"of_images"` // in the data
	OfTexts  int               `json:"of_texts"`
	Shift    SceneShift        `json:"shift"`
	Maps     []SceneMap        `json:"maps"`
	Arrays   map[string]*Array `json:"arrays"`
	// IDs of images and Captions of texts, cut to a length that can be shown; for ready-made embeddings without a manifest "row" and their
	// number. Classes are empty where there are no labels.
	IDs      []string `json:"ids"`
	Captions []string `json:"captions"`
	Classes  []string `json:"classes"`
	// LambdaBest is the λ of the array "predicted_best"; nil where nothing is classified.
	LambdaBest *Float `json:"lambda_best,omitempty"`
	// Thumbnails are nil where the data has no images.
	Thumbnails *Thumbnails `json:"thumbnails,omitempty"`

	// Examples are small PNG files of the report's examples, by item id.
	Examples map[string][]byte `json:"-"`
}

// SceneShift says what λ means, in the words of ShiftResults: a step s = λ for the unit "fraction", λ/‖Δ‖ for "distance"; a = b = s/2 for
// the side "both", (a, b) = (s, 0) for "image" and (0, s) for "text".
type SceneShift struct {
	Unit    string `json:"unit"`
	Side    string `json:"side"`
	GapNorm Float  `json:"gap_norm"` // ‖Δ‖
}

// A SceneMap is one way to see both clouds in the plane. Its points are the arrays map_METHOD_images and map_METHOD_texts, raw projections Px.
//
// A Live map is linear: at λ an image lies at (Px − a·Gap)/p − Offset and a text at (Py + b·Gap)/q − Offset. The points of any other map
// stay where they are.
type SceneMap struct {
	Method    string     `json:"method"` // "pca", "umap", "svd" or "gap"
	Title     string     `json:"title"`
	Axes      [2]string  `json:"axes"`
	Explained [2]Float   `json:"explained"` // share of variance of each axis; null where there is none
	Live      bool       `json:"live"`
	Gap       [2]float64 `json:"gap"`    // PΔ
	Offset    [2]float64 `json:"offset"` // projection of the map's origin
}

// Thumbnails are small pictures of the first Count images: tiles of Tile×Tile pixels on pages of Columns tiles a row, or one file an
// image at URL.
type Thumbnails struct {
	Tile    int      `json:"tile"`
	Count   int      `json:"count"`
	Columns int      `json:"columns,omitempty"`
	Pages   []string `json:"pages,omitempty"` // data URLs of JPEG files
	URL     string   `json:"url,omitempty"`   // where each is served, "{i}" standing for the image
}

// Header is the scene without the bytes of its arrays, which are then served on their own. It shares everything else with s.
func (s *Scene) Header() *Scene {
	h := *s
	h.Arrays = maps.Clone(s.Arrays)
	for name, a := range h.Arrays {
		h.Arrays[name] = &Array{Type: a.Type, Shape: a.Shape}
	}
	return &h
}
