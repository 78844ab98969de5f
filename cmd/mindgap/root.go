package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"github.com/spf13/cobra"

	"mindgap/loaders/hub"
	"mindgap/loaders/output"
	"mindgap/models/fault"
	"mindgap/probe"
)

// Exit codes, as the contract names them.
const (
	exitDone        = 0
	exitFailed      = 1
	exitUsage       = 2
	exitInput       = 3
	exitInterrupted = 130
)

// verbs are the constructors of the sub-commands; each file verb_NAME.go appends its own.
var verbs []func(*app) *cobra.Command

// An app is one run of the command: its streams and what the common flags say.
type app struct {
	in       io.Reader
	out, err io.Writer
	flags    flags
	log      *slog.Logger
	progress *progress
}

// Main runs the command line and returns its exit code. SIGINT and SIGTERM end it cleanly; what was finished is kept.
func Main(args []string, in io.Reader, out, errw io.Writer) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	a := &app{in: in, out: out, err: errw}
	root := a.root()
	root.SetArgs(args)
	err := a.execute(ctx, root)
	a.progress.stop()
	code := exitCode(ctx, err)
	switch {
	case code == exitInterrupted:
		text := "mindgap: interrupted"
		if !a.flags.noCache {
			text += "; embeddings that were finished are in the cache, so the same command goes on from there"
		}
		fmt.Fprintln(errw, text)
	case err != nil:
		fmt.Fprintf(errw, "mindgap: %v\n", err)
	}
	return code
}

// execute runs the command. A panic is a fault of mindgap's: it becomes an error that says so, with the trace at level debug.
func (a *app) execute(ctx context.Context, root *cobra.Command) (err error) {
	defer func() {
		if p := recover(); p != nil {
			if a.log != nil {
				a.log.Debug("panic", "stack", string(debug.Stack()))
			}
			err = runError{&fault.Error{Kind: fault.System, Op: "run", Thing: "mindgap", Found: fmt.Sprintf("a fault of its own: %v", p),
				Next: "please report it with the command line; --log-level debug shows where it happened"}}
		}
	}()
	return root.ExecuteContext(ctx)
}

// A runError is an error of a verb's work. Every other error that cobra returns is about the command line.
type runError struct{ error }

func (e runError) Unwrap() error { return e.error }

func exitCode(ctx context.Context, err error) int {
	var run runError
	kind, known := fault.KindOf(err)
	switch {
	case err == nil:
		return exitDone
	case ctx.Err() != nil && errors.Is(err, context.Canceled):
		return exitInterrupted
	case known && kind == fault.Usage, !errors.As(err, &run):
		return exitUsage
	case known && kind == fault.Input:
		return exitInput
	}
	return exitFailed
}

func (a *app) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "mindgap",
		Short: "Probe image–text models for the modality gap",
		Long: `Mindgap probes pretrained image–text models (CLIP and its kin) for the modality gap: images and texts land in two separate cones of
one embedding space. It measures the gap, moves the two clouds along it and shows what that does to the contrastive loss, to retrieval and
to zero-shot accuracy. Start with "mindgap report".`,
		Version:       probe.Version,
		SilenceErrors: true,
		SilenceUsage:  true,
		PersistentPreRunE: func(cmd *cobra.Command, _ []string) error {
			if err := checkFlags(cmd); err != nil {
				return err
			}
			if err := a.start(); err != nil {
				return err
			}
			cmd.SetContext(hub.WithTrace(cmd.Context(), hub.Trace{Logger: a.log,
				Progress: func(file string, done, total int64) { a.progress.step(file, int(done), int(total)) }}))
			return nil
		},
		CompletionOptions: cobra.CompletionOptions{HiddenDefaultCmd: true},
	}
	root.SetIn(a.in)
	root.SetOut(a.out)
	root.SetErr(a.err)
	for _, verb := range verbs {
		cmd := verb(a)
		wrap(cmd)
		root.AddCommand(cmd)
	}
	return root
}

// wrap marks the errors of a verb's work, so that all others are known to be about the command line.
func wrap(cmd *cobra.Command) {
	if run := cmd.RunE; run != nil {
		cmd.RunE = func(c *cobra.Command, args []string) error {
			if err := run(c, args); err != nil {
				return runError{err}
			}
			return nil
		}
	}
	for _, sub := range cmd.Commands() {
		wrap(sub)
	}
}

// start acts on the common flags, before the verb runs.
func (a *app) start() error {
	var level slog.Level
	if err := level.UnmarshalText([]byte(a.flags.logLevel)); err != nil {
		return &fault.Error{Kind: fault.Usage, Op: "read", Thing: "--log-level", Found: fmt.Sprintf("%q", a.flags.logLevel), Wanted: "debug, info, warn or error", Next: "correct the flag"}
	}
	if a.flags.out != "" { // the file of a record: said before the work, not after
		if err := output.CheckFile(a.flags.out); err != nil {
			return runError{err}
		}
	}
	a.progress = newProgress(a.err, a.flags.quiet)
	a.log = slog.New(slog.NewTextHandler(a.progress.writer(), &slog.HandlerOptions{Level: level}))
	return nil
}
