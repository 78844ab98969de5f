package main

import (
	"bufio"
	"fmt"
	"io"
	"strconv"

	"github.com/spf13/cobra"

	"mindgap/datasets"
	"mindgap/loaders"
	"mindgap/models"
	"mindgap/models/fault"
)

func init() { verbs = append(verbs, tokenizeVerb) }

func tokenizeVerb(a *app) *cobra.Command {
	var noPad bool
	cmd := &cobra.Command{
		Use:   "tokenize",
		Short: "Print the token ids that the text tower is fed",
		Long: `Tokenize reads texts from standard input, a line each or a JSON list of strings, and prints one JSON array of ids a line, padded to the
length that the text tower is made for.`,
		Example: `  echo "a photo of a cat." | mindgap tokenize
  echo '["two", "texts"]' | mindgap tokenize --no-pad --model path/to/clip`,
		Args: cobra.NoArgs,
	}
	a.flags.common(cmd.Flags())
	a.flags.modelFlag(cmd.Flags())
	cmd.Flags().BoolVar(&noPad, "no-pad", false, "real ids only")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		ctx := cmd.Context()
		cp, err := models.OpenWith(ctx, a.flags.model, a.flags.open)
		if err != nil {
			return err
		}
		tok, err := loaders.OpenTokenizer(cp)
		if err != nil {
			return err
		}
		in, err := io.ReadAll(a.in)
		if err != nil {
			return &fault.Error{Kind: fault.System, Op: "read texts from", Thing: "standard input", Err: err}
		}
		texts, err := datasets.ParseTexts("standard input", in)
		if err != nil {
			return err
		}
		w := bufio.NewWriter(a.out)
		var line []byte
		for i, text := range texts {
			if i%1024 == 0 && ctx.Err() != nil {
				return ctx.Err()
			}
			ids := tok.Encode(text)
			for !noPad && len(ids) < tok.Context() {
				ids = append(ids, tok.PadID())
			}
			line = append(line[:0], '[')
			for k, id := range ids {
				if k > 0 {
					line = append(line, ',', ' ')
				}
				line = strconv.AppendInt(line, int64(id), 10)
			}
			if _, err := fmt.Fprintf(w, "%s]\n", line); err != nil {
				return err
			}
		}
		return w.Flush()
	}
	return cmd
}
