package main

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"mindgap/loaders/cache"
	"mindgap/models/fault"
)

func init() { verbs = append(verbs, cacheVerb) }

func cacheVerb(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "cache",
		Short: "List the embedding cache",
		Args:  cobra.NoArgs,
	}
	a.flags.common(cmd.Flags())
	cmd.Flags().BoolVar(&a.flags.json, "json", false, "as JSON")
	cmd.RunE = func(*cobra.Command, []string) error {
		dir, err := cache.Dir(a.flags.cacheDir)
		if err != nil {
			return err
		}
		list, err := cache.List(dir)
		if err != nil {
			return err
		}
		return a.showCache(dir, list)
	}
	var (
		unused time.Duration
		size   string
	)
	prune := &cobra.Command{
		Use:   "prune",
		Short: "Remove what the cache no longer needs",
		Long: `Prune removes embeddings that were not used for a while, and then the least recently used ones until the rest fits into a size. An entry
that another process has open stays. Without limits it removes everything.`,
		Example: `  mindgap cache prune --unused 720h
  mindgap cache prune --max-size 2GB`,
		Args: cobra.NoArgs,
	}
	a.flags.common(prune.Flags())
	prune.Flags().DurationVar(&unused, "unused", 0, "remove what was not used for this long, e.g. 720h")
	prune.Flags().StringVar(&size, "max-size", "", "then the least recently used until the rest is at most this large, e.g. 500MB, 2GB")
	prune.Flags().BoolVar(&a.flags.json, "json", false, "what was removed, as JSON")
	prune.RunE = func(cmd *cobra.Command, _ []string) error {
		limits := cache.Limits{Unused: unused}
		var err error
		switch {
		case unused < 0:
			return &fault.Error{Kind: fault.Usage, Op: "read", Thing: "--unused", Found: unused.String(), Wanted: "a time above 0", Next: "correct the flag"}
		case size != "":
			limits.MaxBytes, err = parseSize(size)
		case unused == 0:
			limits.Unused = time.Nanosecond
		}
		if err != nil {
			return err
		}
		dir, err := cache.Dir(a.flags.cacheDir)
		if err != nil {
			return err
		}
		removed, err := cache.Prune(cmd.Context(), dir, limits)
		if err != nil {
			return err
		}
		return a.showCache(dir, removed)
	}
	cmd.AddCommand(prune)
	return cmd
}

// showCache lists entries with their total.
func (a *app) showCache(dir string, list []cache.Info) error {
	if a.flags.json {
		if list == nil {
			list = []cache.Info{}
		}
		enc := json.NewEncoder(a.out)
		enc.SetIndent("", "  ")
		return enc.Encode(list)
	}
	t := newTable("size", "last used", "what")
	var total int64
	for _, e := range list {
		total += e.Bytes
		t.AppendRow(table.Row{humanSize(e.Bytes), e.Used.Format(time.DateTime), e.About})
	}
	_, err := fmt.Fprintf(a.out, "%s\n%d entries, %s in %s\n", t.Render(), len(list), humanSize(total), dir)
	return err
}

var sizeUnits = []struct {
	name  string
	bytes float64
}{{"TB", 1e12}, {"GB", 1e9}, {"MB", 1e6}, {"kB", 1e3}, {"B", 1}}

func humanSize(n int64) string {
	for _, u := range sizeUnits {
		if float64(n) >= u.bytes {
			return strconv.FormatFloat(float64(n)/u.bytes, 'f', 1, 64) + " " + u.name
		}
	}
	return "0 B"
}

func parseSize(s string) (int64, error) {
	number, factor := s, 1.0
	for _, u := range sizeUnits {
		if n := len(s) - len(u.name); n > 0 && strings.EqualFold(s[n:], u.name) {
			number, factor = s[:n], u.bytes
			break
		}
	}
	v, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
	if err != nil || v < 1/factor || v*factor > 1<<62 {
		return 0, &fault.Error{Kind: fault.Usage, Op: "read", Thing: "--max-size", Found: strconv.Quote(s), Wanted: "a size such as 500MB or 2GB", Next: "correct the flag"}
	}
	return int64(v * factor), nil
}
