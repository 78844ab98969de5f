package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"mindgap/loaders/ort"
)

func init() { verbs = append(verbs, runtimeVerb) }

func runtimeVerb(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "runtime",
		Short: "Say which ONNX Runtime is used and why",
		Long: `Runtime says which library of ONNX Runtime mindgap uses, its version, its execution providers and where it came from: the path in
MINDGAP_ONNXRUNTIME, a library of the system whose version fits, the cache, or a download.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			rt, err := ort.Start(cmd.Context(), a.runtimeOptions())
			if err != nil {
				return err
			}
			return a.showLibrary(rt.Library, rt.Providers())
		},
	}
	a.flags.common(cmd.Flags())
	install := &cobra.Command{
		Use:   "install",
		Short: "Get the pinned ONNX Runtime into the cache",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			lib, err := ort.Install(cmd.Context(), a.runtimeOptions())
			if err != nil {
				return err
			}
			return a.showLibrary(lib, nil)
		},
	}
	a.flags.common(install.Flags())
	cmd.AddCommand(install)
	return cmd
}

// showLibrary prints what a library is and, where it was loaded, what it can run on.
func (a *app) showLibrary(lib ort.Library, providers []string) error {
	sum, err := lib.Digest()
	if err != nil {
		return err
	}
	a.progress.stop()
	rows := fmt.Sprintf("library    %s\nversion    %s\nsha256     %s\nfrom       %s\n", lib.Path, lib.Version, sum, lib.Source)
	if providers != nil {
		rows += fmt.Sprintf("providers  %s\n", strings.Join(providers, ", "))
	}
	_, err = fmt.Fprint(a.out, rows)
	return err
}
