package main

import (
	"fmt"
	"path/filepath"

	"github.com/spf13/cobra"

	"mindgap/loaders/output"
	"mindgap/models/fault"
	"mindgap/models/randominit"
)

func init() { verbs = append(verbs, initVerb) }

func initVerb(a *app) *cobra.Command {
	var arch, scheme, dir string
	cmd := &cobra.Command{
		Use:   "init",
		Short: "Write an untrained model",
		Long: `Init writes a randomly initialised checkpoint that other programs open: a vision transformer as transformers saves it (CLIPModel and
CLIPProcessor load the folder), a ResNet as open_clip does (local-dir:FOLDER). --arch names the architecture, or the config.json of one, or
a folder of ONNX graphs, whose weights are then drawn anew. The same seed gives the same bytes on every machine. The model need not be
written to be probed: --model "random:ViT-B-32?seed=7" does the same on the fly.`,
		Example: `  mindgap init --arch ViT-B-32 --init openai --seed 7 --out vit-b-32-random7
  mindgap init --arch clip-onnx --init shuffle --out clip-onnx-shuffled`,
		Args: cobra.NoArgs,
	}
	fs := cmd.Flags()
	a.flags.common(fs)
	a.flags.seedFlag(fs)
	fs.StringVar(&arch, "arch", "", "architecture: ViT-B-32, ViT-B-16, ViT-L-14, RN50, a config.json, or a folder (needed)")
	fs.StringVar(&scheme, "init", "", "openai or hf; for ONNX graphs also matched or shuffle (default openai, for ONNX graphs matched)")
	fs.StringVar(&dir, "out", "", "the folder to write, new or empty (needed)")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		missing := func(flag, wanted, next string) error {
			return &fault.Error{Kind: fault.Usage, Op: "read", Thing: flag, Found: "nothing", Wanted: wanted, Next: next}
		}
		switch {
		case arch == "":
			return missing("--arch", "an architecture", "add --arch ViT-B-32")
		case dir == "":
			return missing("--out", "a folder to write", "add --out FOLDER")
		}
		s, err := randominit.ParseScheme(scheme)
		if err != nil {
			return err
		}
		m, err := randominit.OpenAs(arch, s, a.flags.seed)
		if err != nil {
			return err
		}
		for _, err := range m.LeftOut {
			a.log.Warn("a graph is left out", "reason", err)
		}
		out, err := output.Begin(dir, "write the model to", refuseFull)
		if err != nil {
			return err
		}
		defer out.Discard()
		size, err := m.CopyTo(cmd.Context(), out.Path("."))
		if err != nil {
			return err
		}
		if err := out.Commit(cmd.Context()); err != nil {
			return err
		}
		if a.flags.quiet {
			return nil
		}
		_, err = fmt.Fprintf(a.out, "%s (%s, seed %d), %.1f MB: %s\n", m.Name, m.Scheme, m.Seed, float64(size)/1e6, filepath.Clean(dir))
		return err
	}
	return cmd
}

// refuseFull lets no folder with files be replaced by weights that anyone can draw again.
func refuseFull(dir string) error {
	return &fault.Error{Op: "write the model to", Thing: dir, Found: "a folder that is not empty, or a file", Wanted: "a new or empty folder",
		Next: "choose another --out, or empty the folder"}
}
