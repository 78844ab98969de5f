package probe

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"mindgap/datasets"
	"mindgap/gap"
	"mindgap/models/fault"
)

// BiasOptions say whom Bias compares, by which words, and how far it moves the clouds.
type BiasOptions struct {
	Groups    string                  // target whose labels are the groups; "" = FairFace's race, elsewhere the classes themselves
	Harm      []datasets.HarmCategory // nil = the paper's seven words
	Lambdas   []float64               // nil = PaperBiasLambdas, in distance, of the image side
	Unit      gap.Unit
	Side      gap.Side
	GapFrom   string // as in BenchmarkOptions
	Bootstrap int    // resamples of the disparities, 0 = none
	Seed      uint64
}

// PaperBiasLambdas are the λ of the authors' notebook for Table 2, in distance along the unit gap vector, images alone.
func PaperBiasLambdas() []float64 { return []float64{-1, -0.5, -0.2, 0, 0.75} }

// biasTargets and biasGroups are the targets of sets whose default is not what an experiment on bias is after.
var (
	biasTargets = map[string]string{"fairface": "race_gender_harm", "builtin": "group"}
	biasGroups  = map[string]string{"fairface": "race"}
)

// Bias classifies images among the classes of their data set and words of harm, and counts for each group how often such a word is nearest, under a
// sweep of λ (Liang et al. 2022, Table 2, after Radford et al. 2021, section 7.1). Words go through the templates of the set as its class
// names do; a word that is one of its classes already is not added, and no image counts as belonging to it.
func (c *Config) Bias(ctx context.Context, o BiasOptions) (_ *Record, err error) {
	if o.Lambdas == nil {
		o.Lambdas, o.Unit, o.Side = PaperBiasLambdas(), gap.Distance, gap.ImageSide
	}
	o.Lambdas = withZero(o.Lambdas)
	slices.Sort(o.Lambdas)
	o.Lambdas = slices.Compact(o.Lambdas)
	paper := o.Harm == nil
	if paper {
		o.Harm = datasets.PaperHarm()
	}
	source, err := c.openGap(ctx, o.GapFrom)
	if err != nil {
		return nil, err
	}
	d, name, err := c.openBiasData(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	source.forget(d)
	b := &bias{o: &o, res: &BiasResults{Unit: o.Unit.String(), Side: o.Side.String(), GapFrom: source.from, GapEmbeddings: source.input, Bootstrap: o.Bootstrap}}
	if err := b.addWords(c, d); err != nil {
		return nil, err
	}
	groups := o.Groups
	if groups == "" {
		groups = biasGroups[name]
	}
	if groups == d.Input.Target {
		groups = ""
	}
	groupOf, err := b.readGroups(ctx, c, d, groups)
	if err != nil {
		return nil, err
	}
	s, err := c.Embed(ctx, d, source.what())
	if err != nil {
		return nil, err
	}
	z, warnings, err := newZeroShot(s)
	if err != nil {
		return nil, err
	}
	if z == nil {
		return nil, d.noClassifier()
	}
	b.z = z
	if err := b.choose(groupOf); err != nil {
		return nil, err
	}
	if err := b.run(ctx, source); err != nil {
		return nil, s.blame("shift", err)
	}
	if paper && name == "fairface" && groups == "race" && o.Unit == gap.Distance && o.Side == gap.ImageSide {
		b.res.Paper = paperBias(o.Lambdas)
	}
	return s.Record("bias", o.Seed, b.res, append(warnings, b.warnings...)...), nil
}

// openBiasData opens the data set, under the target that bias is about where none was asked for. It returns the set's own name, too.
func (c *Config) openBiasData(ctx context.Context) (d *Data, name string, err error) {
	other := *c
	other.words = func(info datasets.Info) (classnames, templates []string) {
		name = info.Name
		return c.Classnames, c.Templates
	}
	if ref := orBuiltin(c.Dataset); c.Data.Target == "" {
		other.Data.Target = biasTargets[ref]
	}
	if d, err = other.OpenData(ctx); err != nil {
		return nil, "", err
	}
	if target := biasTargets[name]; c.Data.Target == "" && d.Input.Target != target && target != "" { // a path to the set, not its name
		if err := d.Close(); err != nil {
			return nil, "", err
		}
		other.Data.Target = target
		d, err = other.OpenData(ctx)
	}
	return d, name, err
}

// addWords puts the words of harm behind the classes, except those that are classes.
func (b *bias) addWords(c *Config, d *Data) error {
	at := map[string]int{}
	for k, class := range d.Classes {
		at[class] = k
	}
	harm := map[int]bool{}
	var added []string
	for _, category := range b.o.Harm {
		b.res.Categories = append(b.res.Categories, BiasCategory{Name: category.Name, Words: category.Words})
		var places []int
		for _, w := range category.Words {
			k, ok := at[w]
			if !ok {
				k = len(d.Classes) + len(added)
				at[w], added = k, append(added, w)
			}
			places, harm[k] = append(places, k), true
		}
		b.words = append(b.words, places)
	}
	for k, class := range d.Classes {
		if !harm[k] {
			b.classes = append(b.classes, k)
			b.res.Classes = append(b.res.Classes, class)
		}
	}
	if len(b.classes) < 2 || d.Labelled() == 0 {
		return d.noClassifier()
	}
	if d.ByClass != nil {
		prompts, err := datasets.PromptsOf("--templates", c.ClassPrompts, added)
		if err != nil {
			return err
		}
		d.ByClass = append(slices.Clone(d.ByClass), prompts...)
	}
	d.Classes = append(slices.Clone(d.Classes), added...)
	return nil
}

// readGroups returns the group of every item, datasets.NoLabel where it has none: its label under another target, or its class.
func (b *bias) readGroups(ctx context.Context, c *Config, d *Data, target string) (of map[string]int, err error) {
	of = map[string]int{}
	b.res.GroupsFrom = target
	if target == "" {
		group := map[int]int{}
		for g, k := range b.classes {
			group[k] = g
			b.res.Groups = append(b.res.Groups, BiasGroup{Name: d.Classes[k]})
		}
		for i, label := range d.Labels {
			of[d.IDs[i]] = datasets.NoLabel
			if g, ok := group[label]; ok {
				of[d.IDs[i]] = g
			}
		}
		return of, nil
	}
	o := c.Data
	o.Target = target
	set, err := datasets.Open(ctx, orBuiltin(c.Dataset), o)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, set.Close()) }()
	for _, class := range set.Info().Classes {
		b.res.Groups = append(b.res.Groups, BiasGroup{Name: class})
	}
	for item, err := range set.Items(ctx) {
		if err != nil {
			return nil, err
		}
		of[item.ID] = item.Label
	}
	return of, nil
}

// fewestResampled is the number of images in a group below which resampling it says little: one image is drawn the same every time.
const fewestResampled = 10

// choose keeps the images that have a class and a group, and drops groups without any.
func (b *bias) choose(groupOf map[string]int) error {
	d := b.z.s.Data
	own := map[int]int{}
	for k, class := range b.classes {
		own[class] = k
	}
	var groups []int
	for i, label := range d.Labels {
		k, ok := own[label]
		g, known := groupOf[d.IDs[i]]
		if ok && known && g != datasets.NoLabel {
			b.items, b.labels, groups = append(b.items, i), append(b.labels, k), append(groups, g)
			b.res.Groups[g].N++
		}
	}
	place := make([]int, len(b.res.Groups))
	var kept []BiasGroup
	for g, group := range b.res.Groups {
		if place[g] = len(kept); group.N > 0 {
			kept = append(kept, group)
		}
	}
	b.res.Groups = kept
	for _, g := range groups {
		b.groups = append(b.groups, place[g])
	}
	if len(kept) < 2 {
		return &fault.Error{Op: "compare groups of", Thing: d.Input.Ref, Found: strconv.Itoa(len(kept)) + " with images", Wanted: "at least two",
			Next: "choose another --groups or --target, or raise --limit"}
	}
	few := slices.MinFunc(kept, func(a, b BiasGroup) int { return cmp.Compare(a.N, b.N) })
	if b.o.Bootstrap > 0 && few.N < fewestResampled {
		b.warnings = append(b.warnings, fmt.Sprintf("group %q has %d of the %d images that a bootstrap needs: the intervals of disparities are too narrow", few.Name, few.N, fewestResampled))
	}
	if left := len(d.Labels) - len(b.items); left > 0 {
		b.warnings = append(b.warnings, fmt.Sprintf("%d of %d images have no class or no group and were left out", left, len(d.Labels)))
	}
	return nil
}
