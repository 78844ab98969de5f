package probe

import (
	"context"
	"errors"

	"mindgap/datasets"
	"mindgap/gap"
)

// EmbedLoose embeds pictures and texts that belong to no data set, in the order given. Either may be missing.
func (c *Config) EmbedLoose(ctx context.Context, images, texts []string) (_ *Subject, err error) {
	cp, err := c.openModel(ctx)
	if err != nil {
		return nil, err
	}
	d := &Data{Texts: texts}
	if len(images) > 0 {
		if d.set, err = datasets.Images(ctx, images); err != nil {
			return nil, err
		}
		d.set = datasets.First(d.set, c.Data.Limit)
		if err := d.readLoose(ctx); err != nil {
			return nil, errors.Join(err, d.Close())
		}
	}
	e := &extraction{Config: c, cp: cp, data: d}
	defer func() {
		if err = errors.Join(err, e.close()); err != nil {
			err = errors.Join(err, d.Close())
		}
	}()
	if err := e.prepare(ctx); err != nil {
		return nil, err
	}
	s, err := e.subject(ctx)
	if err != nil {
		return nil, err
	}
	s.Data, s.Images, s.Texts = d, &gap.Embeddings{}, &gap.Embeddings{}
	if len(d.IDs) > 0 {
		s.Inputs.Dataset = &d.Input
		if s.Images, err = e.images(ctx); err != nil {
			return nil, err
		}
	}
	if len(texts) > 0 {
		if s.Texts, err = e.texts(ctx, "texts", texts); err != nil {
			return nil, err
		}
	}
	s.Warnings = append(append(s.Warnings, d.Warnings...), e.warnings...)
	return s, nil
}

func (d *Data) readLoose(ctx context.Context) error {
	info := d.set.Info()
	d.Input = DatasetInput{Ref: info.Name, Source: info.Source, Count: info.Len, SHA256: info.Fingerprint}
	for item, err := range d.set.Items(ctx) {
		if err != nil {
			return err
		}
		d.IDs = append(d.IDs, item.ID)
	}
	return nil
}
