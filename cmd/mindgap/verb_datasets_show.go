package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
	"github.com/spf13/cobra"

	"mindgap/datasets"
	"mindgap/probe"
)

// A shownSet is what "datasets show" tells of one data set. What only the files can tell is absent where they were not found.
type shownSet struct {
	Ref       string       `json:"ref"`
	Found     bool         `json:"found"`
	Source    string       `json:"source,omitempty"`
	Split     string       `json:"split,omitempty"`
	Target    string       `json:"target,omitempty"`
	Targets   []string     `json:"targets,omitempty"`
	Count     int          `json:"count,omitempty"`
	SHA256    string       `json:"sha256,omitempty"`
	License   string       `json:"license,omitempty"`
	Classes   []string     `json:"classes"`
	Templates []string     `json:"templates"`
	Items     []shownItem  `json:"items,omitempty"`
	Expected  []shownPlace `json:"expected,omitempty"` // what is looked for, in each of the forms that the set has
}

type shownItem struct {
	ID       string   `json:"id"`
	Class    string   `json:"class,omitempty"`
	Captions []string `json:"captions,omitempty"`
	Image    string   `json:"image"`
	Width    int      `json:"width"`
	Height   int      `json:"height"`
}

type shownPlace struct {
	Format string `json:"format"`
	Layout string `json:"layout"`
	Origin string `json:"origin"`
}

// datasetsShow is the sub-command "datasets show".
func datasetsShow(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "show NAME",
		Short: "Show a few items of a data set, its classes and templates, and where its files are expected",
		Long: `Show opens a data set as --dataset does and prints its first items (five, or --limit), its classes and prompt templates. Of a known set
whose files are not there it prints what is looked for under --data-root and where the set is to be had.`,
		Example: `  mindgap datasets show builtin
  mindgap datasets show cifar10 --data-root path/to/data --split train
  mindgap datasets show path/to/table.parquet --image-column picture`,
		Args: cobra.ExactArgs(1),
	}
	fs := cmd.Flags()
	a.flags.common(fs)
	a.flags.dataFlags(fs)
	_ = fs.MarkHidden("dataset") // it is the argument
	fs.BoolVar(&a.flags.json, "json", false, "as JSON")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		a.flags.dataset = args[0]
		s, err := a.show(cmd.Context(), args[0])
		if err != nil {
			return err
		}
		if a.flags.json {
			enc := json.NewEncoder(a.out)
			enc.SetEscapeHTML(false)
			enc.SetIndent("", "  ")
			return enc.Encode(s)
		}
		_, err = fmt.Fprint(a.out, s)
		return err
	}
	return cmd
}

// show opens a set and looks at its first items.
func (a *app) show(ctx context.Context, ref string) (s *shownSet, err error) {
	c, err := a.config()
	if err != nil {
		return nil, err
	}
	s = &shownSet{Ref: ref}
	for _, f := range datasets.Formats() {
		if slices.Contains(f.Names, ref) && f.Find != nil {
			s.Expected = append(s.Expected, shownPlace{f.Name, f.Layout, f.Origin})
		}
	}
	here := slices.ContainsFunc(datasets.List(c.Data), func(l datasets.Listing) bool { return l.Name == ref && l.Found })
	if len(s.Expected) > 0 && !here {
		s.Classes, s.Templates, _ = datasets.LookupPrompts(ref)
		return s, nil
	}
	if c.Data.Limit == 0 {
		c.Data.Limit = 5
	}
	shown := c.Data.Limit
	c.Data.Limit = 0 // the whole set is opened, so that its length is told
	d, err := datasets.Open(ctx, ref, c.Data)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	info := d.Info()
	s.Found, s.Source, s.Split, s.Target, s.Targets = true, info.Source, info.Split, info.Target, info.Targets
	s.Count, s.SHA256, s.License, s.Classes, s.Templates = info.Len, info.Fingerprint, info.License, info.Classes, info.Templates
	for item, err := range datasets.First(d, shown).Items(ctx) {
		if err != nil {
			return nil, err
		}
		picture, err := probe.Picture(item)
		if err != nil {
			return nil, err
		}
		it := shownItem{ID: item.ID, Captions: item.Captions, Image: item.Image.Name, Width: picture.Width, Height: picture.Height}
		if item.Label != datasets.NoLabel {
			it.Class = info.Classes[item.Label]
		}
		s.Items = append(s.Items, it)
	}
	return s, nil
}

// String is the set for a reader: what it is, its items, its prompts.
func (s *shownSet) String() string {
	var b strings.Builder
	t := newTable("data set", s.Ref)
	t.Style().Format.Header = text.FormatDefault // a reference may be a path
	row := func(name, value string) {
		if value != "" {
			t.AppendRow(table.Row{name, value})
		}
	}
	if s.Found {
		row("found", s.Source)
		row("split", s.Split)
		row("target", s.Target)
		if len(s.Targets) > 1 {
			row("targets", strings.Join(s.Targets, ", "))
		}
		row("items", fmt.Sprint(s.Count))
		row("sha256", s.SHA256)
		row("license", s.License)
	} else {
		row("found", "no")
	}
	for _, p := range s.Expected {
		row("expected", p.Layout)
		if !s.Found {
			row("to be had", p.Origin)
		}
	}
	row(number(len(s.Classes), "class", "classes"), abridged(s.Classes, ", ", 30))
	row(number(len(s.Templates), "template", "templates"), abridged(s.Templates, "\n", 8))
	fmt.Fprintln(&b, t.Render())
	if len(s.Items) == 0 {
		return b.String()
	}
	t = newTable("item", "class", "image", "captions")
	for _, it := range s.Items {
		t.AppendRow(table.Row{it.ID, it.Class, fmt.Sprintf("%d×%d", it.Width, it.Height), abridged(it.Captions, "\n", 5)})
	}
	fmt.Fprintf(&b, "\n%s\n", t.Render())
	return b.String()
}

func number(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprint(n, " ", many)
}

// abridged joins the first of some texts and says how many are left out.
func abridged(list []string, separator string, most int) string {
	if len(list) <= most {
		return strings.Join(list, separator)
	}
	return strings.Join(list[:most], separator) + fmt.Sprintf("%s… and %d more", separator, len(list)-most)
}
