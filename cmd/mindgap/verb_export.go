package main

import (
	"fmt"
	"path/filepath"

	"github.com/spf13/cobra"

	"mindgap/loaders/export"
	"mindgap/models"
	"mindgap/models/fault"
)

func init() { verbs = append(verbs, exportVerb) }

func exportVerb(a *app) *cobra.Command {
	var dir string
	cmd := &cobra.Command{
		Use:   "export",
		Short: "Write a model of weights as ONNX graphs",
		Long: `Export writes a model that has no ONNX export, from safetensors or drawn at random, as a folder that transformers.js and optimum open:
config.json, preprocessor_config.json, the tokenizer's files, onnx/vision_model.onnx and onnx/text_model.onnx with the weights inside, or
beside them where they take more than 2 GB. Mindgap itself needs no export: it builds the same graphs over the weights as they lie.`,
		Example: `  mindgap export --model clip-vit-base-patch32 --out clip-vit-base-patch32-onnx
  mindgap export --model "random:ViT-B-32?seed=7" --out untrained-onnx`,
		Args: cobra.NoArgs,
	}
	fs := cmd.Flags()
	a.flags.common(fs)
	a.flags.modelFlag(fs)
	fs.StringVar(&dir, "out", "", "the folder to write, new or empty (needed)")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if dir == "" {
			return &fault.Error{Kind: fault.Usage, Op: "read", Thing: "--out", Found: "nothing", Wanted: "a folder to write", Next: "add --out FOLDER"}
		}
		cp, err := models.OpenWith(cmd.Context(), a.flags.model, a.flags.open)
		if err != nil {
			return err
		}
		size, err := export.Write(cmd.Context(), cp, dir)
		if err != nil || a.flags.quiet {
			return err
		}
		_, err = fmt.Fprintf(a.out, "%s (%s), %.1f MB of graphs: %s\n", cp.Name, cp.Layout, float64(size)/1e6, filepath.Clean(dir))
		return err
	}
	return cmd
}
