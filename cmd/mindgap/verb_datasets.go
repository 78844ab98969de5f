package main

import (
	"encoding/json"
	"fmt"
	"os"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"mindgap/datasets"
	"mindgap/models/fault"
)

func init() { verbs = append(verbs, datasetsVerb) }

func datasetsVerb(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "datasets",
		Short: "List the data sets that --dataset opens, and what lies under --data-root",
		Args:  cobra.NoArgs,
	}
	a.flags.common(cmd.Flags())
	cmd.Flags().StringVar(&a.flags.dataRoot, "data-root", "", "folder that holds data sets by their usual names")
	cmd.Flags().BoolVar(&a.flags.json, "json", false, "as JSON")
	cmd.RunE = func(*cobra.Command, []string) error {
		if root := a.flags.dataRoot; root != "" {
			if info, err := os.Stat(root); err != nil || !info.IsDir() {
				return &fault.Error{Op: "list data sets under", Thing: root, Found: "no folder", Wanted: "the folder that holds data sets by their usual names",
					Next: "correct --data-root"}
			}
		}
		list := datasets.List(datasets.Options{Root: a.flags.dataRoot})
		if a.flags.json {
			enc := json.NewEncoder(a.out)
			enc.SetIndent("", "  ")
			return enc.Encode(list)
		}
		t := newTable("data set", "found", "what it is")
		for _, l := range list {
			found := "no"
			if l.Found {
				found = "yes"
			}
			t.AppendRow(table.Row{l.Name, found, l.Help})
		}
		_, err := fmt.Fprintln(a.out, t.Render())
		return err
	}
	cmd.AddCommand(datasetsShow(a))
	return cmd
}
