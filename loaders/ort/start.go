package ort

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"sync"

	onnx "github.com/yalue/onnxruntime_go"

	"mindgap/models/fault"
)

// A Runtime is the ONNX Runtime of this process.
type Runtime struct {
	Library Library

	providers []string
}

// Providers returns the execution providers that the library was built with, by ONNX Runtime's own names, the fastest first and always
// ending in "CPUExecutionProvider". That one is built in does not mean that its driver is on the machine.
func (r *Runtime) Providers() []string { return slices.Clone(r.providers) }

// started is the one runtime of the process. ONNX Runtime's environment is process-wide, and so is the binding's pointer to its API.
var started struct {
	sync.Mutex
	runtime *Runtime
}

// Start makes the library available as [Ensure] does, loads it and initialises the environment. That happens once per process: later
// calls, and calls from other goroutines, return the same Runtime, whatever their options. A failed start may be tried again.
//
// The runtime is never shut down, because sessions elsewhere in the process may outlive whoever asked for it first.
func Start(ctx context.Context, o Options) (*Runtime, error) {
	started.Lock()
	defer started.Unlock()
	if started.runtime != nil {
		return started.runtime, nil
	}
	var lib Library
	if onnx.IsInitialized() {
		lib = Library{Source: SourceProcess}
	} else {
		var err error
		if lib, err = load(ctx, o); err != nil {
			return nil, err
		}
		// Only builds for Windows send telemetry; where the call is not supported there is none.
		if err := onnx.DisableTelemetry(); err != nil && o.Logger != nil {
			o.Logger.Debug("telemetry not switched off", "err", err)
		}
	}
	lib.Version = onnx.GetVersion()
	started.runtime = &Runtime{Library: lib, providers: builtProviders()}
	return started.runtime, nil
}

// load finds a library and loads it. A library of the system that looks right but does not load, say because one that it needs is missing,
// is no reason to give up: the pinned one is taken instead.
func load(ctx context.Context, o Options) (Library, error) {
	lib, err := Ensure(ctx, o)
	if err != nil {
		return Library{}, err
	}
	err = initialise(lib, o)
	if err == nil || lib.Source != SourceSystem {
		return lib, err
	}
	ours, installErr := Install(ctx, o)
	if installErr != nil {
		return Library{}, err
	}
	if o.Logger != nil {
		o.Logger.Warn("the system's ONNX Runtime does not start; taking mindgap's own", "err", err, "path", ours.Path)
	}
	return ours, initialise(ours, o)
}

func initialise(lib Library, o Options) error {
	onnx.SetSharedLibraryPath(lib.Path)
	if err := onnx.InitializeEnvironment(onnx.WithLogLevelError()); err != nil {
		return startFault(lib, err, newFinder(o).host)
	}
	return nil
}

// builtProviders asks the loaded library what it was built with. The binding does not wrap GetAvailableProviders; instead the options of
// the two providers that it does wrap are created, which fails in a build without them, and the rest are read off the devices.
func builtProviders() []string {
	const cpu = "CPUExecutionProvider"
	var names []string
	if o, err := onnx.NewTensorRTProviderOptions(); err == nil {
		o.Destroy()
		names = append(names, "TensorrtExecutionProvider")
	}
	if o, err := onnx.NewCUDAProviderOptions(); err == nil {
		o.Destroy()
		names = append(names, "CUDAExecutionProvider")
	}
	devices, _ := onnx.GetEpDevices() // an older library may not know the call; the CPU is there in any case
	for _, d := range devices {
		if name := d.EpName(); name != cpu && name != "" && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return append(names, cpu)
}

var (
	apiRefused  = regexp.MustCompile(`(?i)requested API version|Error setting ORT API base`)
	wrongLibc   = regexp.MustCompile(`GLIBC(XX)?_[0-9.]+|ld-linux|libc\.so|libstdc\+\+`)
	missingFile = regexp.MustCompile(`([^\s:]+\.(?:so[.0-9]*|dylib|dll)): cannot open shared object file`)
)

// startFault says in terms of the library what the loader or the binding said.
func startFault(lib Library, err error, h *host) error {
	bad := &fault.Error{Kind: fault.System, Op: "start ONNX Runtime from", Thing: lib.Path, Err: err}
	found := "a library of unknown version"
	if lib.Version != "" {
		found = "ONNX Runtime " + lib.Version
	}
	text := err.Error()
	switch {
	case apiRefused.MatchString(text):
		bad.Found, bad.Wanted = found, h.wantedVersion()
	case missingFile.MatchString(text):
		bad.Found = fmt.Sprintf("%s that needs %s, which is not here", found, missingFile.FindStringSubmatch(text)[1])
	case wrongLibc.MatchString(text):
		bad.Found, bad.Wanted = found+" for another C library", "a build for this system's C library"
	default:
		bad.Found = found + ", which does not load"
	}
	switch lib.Source {
	case SourceEnvironment:
		bad.Next = "correct " + EnvLibrary + ", or unset it to let mindgap find the library"
	case SourceSystem:
		bad.Next = "run mindgap runtime install and set " + EnvLibrary + " to the library that it names"
	default:
		bad.Next = "build or install ONNX Runtime " + h.pins.Minimum + " or newer for this system and set " + EnvLibrary + " to its library"
	}
	return bad
}
