package main

import (
	"fmt"
	"net"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"mindgap/models/fault"
	"mindgap/probe"
	"mindgap/probe/explore"
	"mindgap/probe/report"
)

func init() { verbs = append(verbs, exploreVerb) }

func exploreVerb(a *app) *cobra.Command {
	var (
		o    probe.ExploreOptions
		s    sweepFlags
		port int
	)
	cmd := &cobra.Command{
		Use:   "explore",
		Short: "The page of a report, served, for large data",
		Long: `Explore computes what a report shows and serves its page to a browser on this machine, until it is interrupted. The page then holds up to
100,000 points a cloud, fetches them as it needs them, and asks for the exact numbers of what is selected, in all dimensions. Where there are
more than 5,000 images, the numbers of the panels are of a random sample of that many, and the page says so.

It listens on 127.0.0.1 alone, answers no other site's page, and opens no browser: go to the address that it prints.`,
		Example: `  mindgap explore
  mindgap explore --embeddings features.npy --map svd
  mindgap explore --model path/to/clip --dataset path/to/images --port 8080`,
		Args: cobra.NoArgs,
	}
	fs := cmd.Flags()
	a.flags.common(fs)
	a.flags.modelFlag(fs)
	a.flags.dataFlags(fs)
	a.flags.promptFlags(fs)
	a.flags.runFlags(fs)
	a.flags.embeddingsFlag(fs)
	a.flags.seedFlag(fs)
	s.add(fs)
	fs.IntVar(&o.Report.Measure.Bootstrap, "bootstrap", probe.DefaultBootstrap, "resamples for the intervals, 0 = none")
	mapFlag(fs, &o.Report.Map)
	fs.IntVar(&port, "port", 0, "port to listen on, 0 = a free one")
	fs.IntVar(&o.Points, "points", probe.DefaultExplorePoints, "show at most this many images, and texts: a random sample of more")
	fs.IntVar(&o.Sample, "sample", probe.DefaultExploreSample, "compute the panels from at most this many images: a random sample of more")
	thumbnailsFlag(fs, &o.Report.Thumbnails)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if err := probe.CheckMap(o.Report.Map); err != nil {
			return err
		}
		for _, f := range []struct {
			name         string
			value, least int
		}{{"--port", port, 0}, {"--points", o.Points, 1}, {"--sample", o.Sample, 1}} {
			if f.value < f.least {
				return tooFew(f.name, f.value, f.least)
			}
		}
		if port > 65535 {
			return tooMany("--port", port, 65535)
		}
		var err error
		if o.Report.Shift, err = s.options(); err != nil {
			return err
		}
		if err := checkMeasure(&o.Report.Measure); err != nil {
			return err
		}
		if err := checkThumbnails(&o.Report.Thumbnails); err != nil {
			return err
		}
		c, err := a.config()
		if err != nil {
			return err
		}
		ctx := cmd.Context()
		// A port that is taken is said before the work, not after.
		l, err := explore.Listen(port)
		if err != nil {
			return err
		}
		defer l.Close()
		o.Report.Measure.Seed = a.flags.seed
		e, err := c.Explore(ctx, o)
		if err != nil {
			return err
		}
		page, err := report.Page(ctx, e.Record, report.Options{Served: true, Thumbnails: e.Scene.Examples, Command: commandLine(cmd)})
		if err != nil {
			return err
		}
		h, err := explore.New(e, page, l.Addr().(*net.TCPAddr).Port)
		if err != nil {
			return err
		}
		a.progress.stop()
		if _, err := fmt.Fprintf(a.out, "explore: http://%s/\n", l.Addr()); err != nil {
			return err
		}
		return explore.Serve(ctx, l, h, a.log)
	}
	return cmd
}

// thumbnailsFlag is how a page is told how many images it shows in small.
func thumbnailsFlag(fs *pflag.FlagSet, n *int) {
	fs.IntVar(n, "thumbnails", probe.DefaultThumbnails, "images shown in small, 0 = none")
}

// checkThumbnails turns the flag's value into the option's.
func checkThumbnails(n *int) error {
	switch {
	case *n < 0:
		return negative("--thumbnails", *n)
	case *n == 0:
		*n = -1 // the option's 0 is its default
	}
	return nil
}

func tooFew(name string, found, least int) error {
	return &fault.Error{Kind: fault.Usage, Op: "read", Thing: name, Found: fmt.Sprint(found), Wanted: fmt.Sprintf("at least %d", least), Next: "correct the flag"}
}
