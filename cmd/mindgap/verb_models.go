package main

import (
	"encoding/json"
	"fmt"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
	"github.com/spf13/cobra"

	"mindgap/models"
	"mindgap/models/builtin"
)

func init() { verbs = append(verbs, modelsVerb) }

func modelsVerb(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "models",
		Short: "List the models and layouts that --model opens",
		Args:  cobra.NoArgs,
	}
	a.flags.common(cmd.Flags())
	cmd.Flags().BoolVar(&a.flags.json, "json", false, "as JSON")
	cmd.RunE = func(*cobra.Command, []string) error {
		type named struct {
			Name string `json:"name"`
			Help string `json:"help"`
		}
		var list struct {
			Builtin []named `json:"builtin"`
			Sources []named `json:"sources"`
			Layouts []named `json:"layouts"`
		}
		for _, name := range builtin.Names() {
			about, err := builtin.About(name)
			if err != nil {
				return err
			}
			list.Builtin = append(list.Builtin, named{"builtin:" + name, about.Title})
		}
		for _, s := range models.Sources() {
			if s.Prefix != "builtin" {
				list.Sources = append(list.Sources, named{s.Prefix + ":", s.Help})
			}
		}
		for _, l := range models.Layouts() {
			list.Layouts = append(list.Layouts, named{l.Name, l.Help})
		}
		if a.flags.json {
			enc := json.NewEncoder(a.out)
			enc.SetIndent("", "  ")
			return enc.Encode(list)
		}
		t := newTable("model", "what it is")
		for _, m := range list.Builtin {
			t.AppendRow(table.Row{m.Name, m.Help})
		}
		t.AppendSeparator()
		for _, s := range list.Sources {
			t.AppendRow(table.Row{s.Name + "…", s.Help})
		}
		t.AppendSeparator()
		for _, l := range list.Layouts {
			t.AppendRow(table.Row{"a directory: " + l.Name, l.Help})
		}
		_, err := fmt.Fprintln(a.out, t.Render())
		return err
	}
	return cmd
}

// newTable is the look of every listing.
func newTable(head ...any) table.Writer {
	t := table.NewWriter()
	t.SetStyle(table.StyleLight)
	t.Style().Options.DrawBorder = false
	t.AppendHeader(table.Row(head))
	t.SetColumnConfigs([]table.ColumnConfig{{Number: len(head), WidthMax: 90, WidthMaxEnforcer: text.WrapSoft}})
	return t
}
