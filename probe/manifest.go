package probe

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"mindgap/gap"
	"mindgap/loaders/embfile"
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
	Format    string // "safetensors" or "npy"
	Normalize bool   // divide each row by its norm; else rows are as the tower gives them
}

// WriteEmbeddings writes the subject's embeddings and their manifest into dir, whole or not at all. A folder that holds anything but an
// earlier output of this function is refused.
func WriteEmbeddings(ctx context.Context, dir string, s *Subject, seed uint64, o EmbedOptions) (err error) {
	if o.Format != "safetensors" && o.Format != "npy" {
		return usage("--format", o.Format, "safetensors or npy")
	}
	if err := refuseForeign(dir); err != nil {
		return err
	}
	fail := func(err error) error {
		return &fault.Error{Kind: fault.System, Op: "write embeddings to", Thing: dir, Err: err, Next: "name a folder that can be written"}
	}
	tmp, err := os.MkdirTemp(filepath.Dir(filepath.Clean(dir)), ".mindgap-*")
	if err != nil {
		return fail(err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(tmp)) }()
	if err := os.Chmod(tmp, 0o755); err != nil {
		return fail(err)
	}
	m := &Manifest{Schema: Schema, Normalized: o.Normalize, IDs: s.Data.IDs, Labels: s.Data.Labels, Classes: s.Data.Classes, Captions: s.Data.Texts, Record: s.Record("embed", seed, nil)}
	if m.Pairing = s.Data.ImageOf; s.Data.Pairing != "" && m.Pairing == nil {
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
		if err := embfile.Write(filepath.Join(tmp, *side.file), rows, meta); err != nil {
			return fail(err)
		}
	}
	b, err := json.MarshalIndent(m, "", " ")
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(tmp, "manifest.json"), append(b, '\n'), 0o644); err != nil {
		return fail(err)
	}
	return replaceDir(tmp, dir, fail)
}

// refuseForeign lets an absent or empty folder and an earlier output pass.
func refuseForeign(dir string) error {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return &fault.Error{Kind: fault.System, Op: "write embeddings to", Thing: dir, Err: err, Next: "name a folder that can be written"}
	}
	ours := map[string]bool{"manifest.json": true}
	for _, side := range []string{"images", "texts"} {
		for _, ext := range []string{".safetensors", ".npy"} {
			ours[side+ext] = true
		}
	}
	for _, e := range entries {
		if !ours[e.Name()] {
			return &fault.Error{Kind: fault.System, Op: "write embeddings to", Thing: dir, Found: fmt.Sprintf("%s in it", e.Name()),
				Wanted: "a new folder, or one that embed wrote", Next: "name another folder"}
		}
	}
	return nil
}

// replaceDir puts tmp in dir's place. What stood there is set aside first and comes back if the last step fails.
func replaceDir(tmp, dir string, fail func(error) error) error {
	old := tmp + ".old"
	err := os.Rename(dir, old)
	switch {
	case errors.Is(err, os.ErrNotExist):
		old = ""
	case err != nil:
		return fail(err)
	}
	if err := os.Rename(tmp, dir); err != nil {
		if old != "" {
			err = errors.Join(err, os.Rename(old, dir))
		}
		return fail(err)
	}
	if old != "" {
		return os.RemoveAll(old)
	}
	return nil
}
