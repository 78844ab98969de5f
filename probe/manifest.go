package probe

import (
	"cmp"
	"context"
	"encoding/json"
	"os"
	"slices"
	"strings"

	"mindgap/gap"
	"mindgap/loaders/embfile"
	"mindgap/loaders/output"
	"mindgap/models/fault"
)

// A Manifest stands beside embeddings on disk and says what each row is.
type Manifest struct {
	Schema     string   `json:"schema"`
	Images     string   `json:"images,omitempty"` // file of the image embeddings
	Texts      string   `json:"texts,omitempty"`  // file of the text embeddings
	Normalized bool     `json:"normalized"`
	IDs        []string `json:"ids"`               // a row of images each
	Labels     []int    `json:"labels,omitempty"`  // a row of images each, -1 = no label
	Classes    []string `json:"classes,omitempty"` // names of the labels
	Captions   []string `json:"captions"`          // a row of texts each
	Pairing    []int    `json:"pairing"`           // the image row of each row of texts; empty when the two do not belong together
	Record     *Record  `json:"record"`            // what made them
}

// EmbedOptions say how embeddings are written.
type EmbedOptions struct {
	Format    string // one of EmbedFormats
	DType     string // "float32", the default, or "float16"
	Normalize bool   // divide each row by its norm; else rows are as the tower gives them
}

// EmbedFormats lists the kinds of file that embeddings are written to, the default first.
var EmbedFormats = []string{"safetensors", "npy", "npz", "parquet"}

// CheckEmbeddings says, before the work, whether WriteEmbeddings could write into dir as o says.
func CheckEmbeddings(dir string, o EmbedOptions) error {
	if _, err := o.dtype(); err != nil {
		return err
	}
	return output.Check(dir, opEmbed, refuseForeign)
}

// dtype checks the options.
func (o EmbedOptions) dtype() (embfile.DType, error) {
	if !slices.Contains(EmbedFormats, o.Format) {
		return "", usage("--format", o.Format, strings.Join(EmbedFormats, ", "))
	}
	dtype := embfile.DType(cmp.Or(o.DType, string(embfile.Float32)))
	if dtype != embfile.Float32 && dtype != embfile.Float16 || dtype == embfile.Float16 && o.Format == "parquet" {
		return "", usage("--dtype", o.DType, "float32, or float16 in a format other than parquet")
	}
	return dtype, nil
}

// WriteEmbeddings writes the subject's embeddings and their manifest into dir, whole or not at all. A folder that holds anything but an
// earlier output of this function is refused.
func WriteEmbeddings(ctx context.Context, dir string, s *Subject, seed uint64, o EmbedOptions) error {
	dtype, err := o.dtype()
	if err != nil {
		return err
	}
	f, err := output.Begin(dir, opEmbed, refuseForeign)
	if err != nil {
		return err
	}
	defer f.Discard()
	m := &Manifest{Schema: Schema, Normalized: o.Normalize, IDs: s.Data.IDs, Labels: s.Data.Labels, Classes: s.Data.Classes, Captions: s.Data.Texts, Record: s.Record("embed", seed, nil)}
	if m.Pairing = s.Data.ImageOf; m.Pairing == nil && len(s.Data.Input.Skipped) == 0 && len(s.Data.Texts) == len(s.Data.IDs) {
		m.Pairing = make([]int, len(s.Data.Texts))
		for i := range m.Pairing {
			m.Pairing[i] = i
		}
	}
	for _, side := range []struct {
		name string
		rows *gap.Embeddings
		file *string
	}{{"images", s.Images, &m.Images}, {"texts", s.Texts, &m.Texts}} {
		if side.rows == nil || side.rows.N == 0 {
			continue
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		rows := side.rows
		if o.Normalize {
			unit := make([]float64, rows.N*rows.D)
			rows.UnitTo(unit)
			rows = gap.NewEmbeddings(rows.N, rows.D, make([]float32, len(unit)))
			for i, v := range unit {
				rows.Data[i] = float32(v)
			}
		}
		*side.file = side.name + "." + o.Format
		meta := map[string]string{"mindgap": Version, "tower": side.name}
		if s.Inputs.Model != nil {
			meta["model"], meta["model_sha256"] = s.Inputs.Model.Ref, s.Inputs.Model.SHA256
		}
		if err := embfile.WriteAs(f.Path(*side.file), dtype, rows, meta); err != nil {
			return err
		}
	}
	b, err := json.MarshalIndent(m, "", " ")
	if err != nil {
		return err
	}
	if err := f.WriteBytes(manifestFile, append(b, '\n')); err != nil {
		return err
	}
	return f.Commit(ctx)
}

const opEmbed = "write embeddings to"

// manifestFile is the name of a folder's manifest.
const manifestFile = "manifest.json"

// refuseForeign lets only an earlier output be replaced.
func refuseForeign(dir string) error {
	ours := map[string]bool{manifestFile: true}
	for _, side := range []string{"images", "texts"} {
		for _, format := range EmbedFormats {
			ours[side+"."+format] = true
		}
	}
	refusal := func(found string) error {
		return &fault.Error{Op: opEmbed, Thing: dir, Found: found, Wanted: "a new folder, or one that embed wrote", Next: "name another folder"}
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return refusal("a file of that name")
	}
	for _, e := range entries {
		if !ours[e.Name()] {
			return refusal(e.Name() + " in it")
		}
	}
	return nil
}
