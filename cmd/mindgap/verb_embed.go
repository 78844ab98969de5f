package main

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"mindgap/datasets"
	"mindgap/models/fault"
	"mindgap/probe"
)

func init() { verbs = append(verbs, embedVerb) }

func embedVerb(a *app) *cobra.Command {
	var (
		o      probe.EmbedOptions
		dir    string
		shard  string
		images []string
		texts  string
	)
	cmd := &cobra.Command{
		Use:   "embed",
		Short: "Extract embeddings into files",
		Long: `Embed runs a data set, or loose images and texts, through a model and writes images.*, texts.* and manifest.json (ids, labels, captions,
pairing, what made them). Rows are as the tower gives them unless --normalize. The folder can be given to --embeddings of other verbs.

Of the formats, .safetensors and .npz call the matrix "embeddings", .parquet holds it as a column of lists, "embedding", beside no other,
and .npy is the bare matrix. All but .npy carry the model's name and digest. --dtype float16 halves the files and keeps three digits.`,
		Example: `  mindgap embed --out emb
  mindgap embed --model path/to/clip --images photos --images cat.jpg --texts captions.txt --out emb
  mindgap embed --dataset path/to/images --shard 0/4 --format npy --out emb-0
  mindgap embed --format npz --dtype float16 --out emb`,
		Args: cobra.NoArgs,
	}
	fs := cmd.Flags()
	a.flags.common(fs)
	a.flags.modelFlag(fs)
	a.flags.dataFlags(fs)
	a.flags.runFlags(fs)
	a.flags.seedFlag(fs)
	fs.StringVar(&dir, "out", "mindgap-embeddings", "folder to write")
	fs.StringVar(&o.Format, "format", probe.EmbedFormats[0], strings.Join(probe.EmbedFormats, ", "))
	fs.StringVar(&o.DType, "dtype", "float32", "float32 or float16, not for parquet")
	fs.BoolVar(&o.Normalize, "normalize", false, "divide each embedding by its norm")
	fs.StringVar(&shard, "shard", "", "i/n: the i-th (from 0) of n equal parts of the data set")
	fs.StringArrayVar(&images, "images", nil, "instead of a data set: an image or a folder of images, repeatable")
	fs.StringVar(&texts, "texts", "", "instead of a data set: a file of texts, a line each or a JSON list")
	cmd.MarkFlagsMutuallyExclusive("dataset", "images")
	cmd.MarkFlagsMutuallyExclusive("dataset", "texts")
	cmd.MarkFlagsMutuallyExclusive("shard", "images")
	cmd.MarkFlagsMutuallyExclusive("shard", "texts")
	cmd.RunE = func(cmd *cobra.Command, _ []string) (err error) {
		c, err := a.config()
		if err != nil {
			return err
		}
		if shard != "" {
			if c.Data.Shard, c.Data.Shards, err = parseShard(shard); err != nil {
				return err
			}
		}
		// A place that cannot be written is said before the work, not after.
		if err := probe.CheckEmbeddings(dir, o); err != nil {
			return err
		}
		ctx := cmd.Context()
		var s *probe.Subject
		if len(images) > 0 || texts != "" {
			var list []string
			if texts != "" {
				if list, err = datasets.ReadTexts(texts); err != nil {
					return err
				}
			}
			s, err = c.EmbedLoose(ctx, images, list)
		} else {
			s, err = c.Load(ctx, probe.WithTexts)
		}
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, s.Close()) }()
		if err := probe.WriteEmbeddings(ctx, dir, s, a.flags.seed, o); err != nil {
			return err
		}
		a.progress.stop()
		if a.flags.quiet {
			return nil
		}
		n, m := s.Images.N, 0
		if s.Texts != nil {
			m = s.Texts.N
		}
		_, err = fmt.Fprintf(a.out, "%d images and %d texts: %s\n", n, m, filepath.Join(dir, "manifest.json"))
		return err
	}
	return cmd
}

// parseShard reads "i/n".
func parseShard(text string) (i, n int, err error) {
	var rest string
	if k, _ := fmt.Sscanf(text, "%d/%d%s", &i, &n, &rest); k != 2 || n < 1 || i < 0 || i >= n {
		return 0, 0, &fault.Error{Kind: fault.Usage, Op: "read", Thing: "--shard", Found: fmt.Sprintf("%q", text), Wanted: "i/n with i from 0 to n-1", Next: "correct the flag"}
	}
	return i, n, nil
}
