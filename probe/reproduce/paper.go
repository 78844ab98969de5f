package reproduce

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"math"

	"mindgap/probe"
)

//go:embed paper.json
var paperJSON []byte

// A Kind says where a number of the paper comes from, and so what it can be held to.
type Kind string

const (
	Printed Kind = "printed" // the output of one of the authors' notebooks
	Read    Kind = "figure"  // read off a picture
	Table   Kind = "table"   // a table of the paper, or a list in a notebook
	ReRun   Kind = "re-run"  // the authors' code, or their published features, computed again in NumPy
	Claim   Kind = "claim"   // words without a number
)

// A paper is paper.json, made by testdata/paper.py.
type paper struct {
	Citation string      `json:"paper"`
	Features []features  `json:"features"`
	Items    []paperItem `json:"items"`
}

// features names a file of embeddings that the authors published.
type features struct {
	Name   string `json:"name"`
	File   string `json:"file"`
	SHA256 string `json:"sha256"`
	Model  string `json:"model"`
}

type paperItem struct {
	ID      string   `json:"id"`
	Where   string   `json:"where"`
	Title   string   `json:"title"`
	Finding string   `json:"finding"`
	Rows    []number `json:"rows"`
}

// A number is one that the paper states.
type number struct {
	ID       string      `json:"id"`
	Quantity string      `json:"quantity"`
	Value    probe.Float `json:"value"`
	Kind     Kind        `json:"kind"`
	Source   string      `json:"source"`
	Digits   int         `json:"digits"` // decimals stated; 0 = all of a float64
	Std      float64     `json:"std"`    // spread of a re-run over Seeds, population
	Seeds    int         `json:"seeds"`
	Says     string      `json:"says"` // of a claim, what it says of the quantity
}

// rounding is what the number's last stated decimal may hide.
func (n *number) rounding() float64 {
	if n.Digits == 0 {
		return 0
	}
	return 0.5000001 * math.Pow(10, -float64(n.Digits))
}

var thePaper = mustRead(paperJSON)

// mustRead reads paper.json. A mistake in it is one of this package's own, which its tests find.
func mustRead(b []byte) *paper {
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	p := &paper{}
	if err := d.Decode(p); err != nil {
		panic("reproduce: paper.json: " + err.Error())
	}
	return p
}

// item returns the named item, which is there.
func (p *paper) item(id string) *paperItem {
	for i := range p.Items {
		if p.Items[i].ID == id {
			return &p.Items[i]
		}
	}
	panic("reproduce: paper.json has no item " + id)
}

// number returns the named row of the named item, which is there.
func (p *paper) number(item, id string) *number {
	rows := p.item(item).Rows
	for i := range rows {
		if rows[i].ID == id {
			return &rows[i]
		}
	}
	panic("reproduce: paper.json has no row " + id + " of " + item)
}
