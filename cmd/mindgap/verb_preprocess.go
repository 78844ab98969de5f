package main

import (
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"mindgap/loaders/embfile"
	"mindgap/loaders/preprocess"
	"mindgap/models"
	"mindgap/models/fault"
)

func init() { verbs = append(verbs, preprocessVerb) }

func preprocessVerb(a *app) *cobra.Command {
	var (
		out, pipeline string
		pixels        bool
		size          int
	)
	cmd := &cobra.Command{
		Use:   "preprocess IMAGE…",
		Short: "Write what the image tower is fed",
		Long: `Preprocess decodes, resizes, crops and normalises images as the model's image tower gets them and writes one array: float32
[n, 3, height, width], or with --pixels uint8 [n, height, width, 3] before mean and std.`,
		Example: `  mindgap preprocess cat.jpg dog.png --out images.npy
  mindgap preprocess cat.jpg --pixels --pipeline open_clip --size 224 --out pixels.npy`,
		Args: cobra.MinimumNArgs(1),
	}
	fs := cmd.Flags()
	a.flags.common(fs)
	a.flags.modelFlag(fs)
	fs.StringVar(&out, "out", "", "the .npy file to write (needed)")
	fs.BoolVar(&pixels, "pixels", false, "8-bit pixels before mean and std")
	fs.StringVar(&pipeline, "pipeline", "", "whose rounding, colour and alpha rules: hf, open_clip or immich (default what the model's files imply)")
	fs.IntVar(&size, "size", 0, "another side than the model's, in pixels")
	cmd.RunE = func(cmd *cobra.Command, images []string) error {
		if out == "" {
			return &fault.Error{Kind: fault.Usage, Op: "read", Thing: "--out", Found: "no name", Wanted: "a .npy file to write", Next: "add --out images.npy"}
		}
		ctx := cmd.Context()
		cp, err := models.OpenWith(ctx, a.flags.model, a.flags.open)
		if err != nil {
			return err
		}
		p := cp.Preprocess
		switch pipeline {
		case "":
		case "hf", "open_clip", "immich":
			p.Pipeline = pipeline
		default:
			return &fault.Error{Kind: fault.Usage, Op: "read", Thing: "--pipeline", Found: fmt.Sprintf("%q", pipeline), Wanted: "hf, open_clip or immich", Next: "correct the flag"}
		}
		if size < 0 {
			return negative("--size", size)
		}
		if size > 0 { // a resize target larger than the crop keeps its proportion to it
			p.ResizeTo, p.Size = p.ResizeTo*size/p.Size, size
		}
		proc, err := preprocess.New(p)
		if err != nil {
			return err
		}
		n, side := len(images), proc.Size()
		var (
			bytes  []uint8
			floats []float32
		)
		for i, name := range images {
			if err := ctx.Err(); err != nil {
				return err
			}
			data, err := os.ReadFile(name)
			if err != nil {
				return &fault.Error{Op: "read the image", Thing: name, Err: err, Next: "check the path"}
			}
			pic, err := preprocess.Decode(name, data)
			if err != nil {
				return err
			}
			if pixels {
				px, err := proc.Pixels(pic)
				if err != nil {
					return err
				}
				bytes = append(bytes, px...)
			} else {
				if floats == nil {
					floats = make([]float32, n*3*side*side)
				}
				if err := proc.Tensor(floats[i*3*side*side:(i+1)*3*side*side], pic); err != nil {
					return err
				}
			}
			a.progress.step("images", i+1, n)
		}
		if pixels {
			return embfile.WriteArray(out, []int{n, side, side, 3}, bytes)
		}
		return embfile.WriteArray(out, []int{n, 3, side, side}, floats)
	}
	return cmd
}
