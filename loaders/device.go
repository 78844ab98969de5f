package loaders

import (
	"errors"
	"fmt"
	"runtime"
	"strconv"
	"strings"

	onnx "github.com/yalue/onnxruntime_go"

	"mindgap/models/fault"
)

// A device is where a session runs.
type device struct {
	cuda bool
	auto bool // fall back to the CPU, and say so
	id   int
}

func parseDevice(s string) (device, error) {
	kind, id, numbered := strings.Cut(s, ":")
	n := 0
	if numbered {
		var err error
		if n, err = strconv.Atoi(id); err != nil || n < 0 || kind != "cuda" {
			kind = "?"
		}
	}
	switch kind {
	case "", "cpu":
		return device{}, nil
	case "auto":
		return device{cuda: true, auto: true}, nil
	case "cuda":
		return device{cuda: true, id: n}, nil
	}
	return device{}, &fault.Error{Kind: fault.Usage, Op: "choose the device", Thing: "--device", Found: strconv.Quote(s),
		Wanted: "cpu, cuda, cuda:N or auto", Next: "correct the flag"}
}

// sessionOptions makes the options of both towers' sessions and says which device they use. The warning is set where "auto" fell back.
func (d device) sessionOptions(threads, memory int) (opt *onnx.SessionOptions, used, warning string, err error) {
	if threads <= 0 {
		threads = runtime.NumCPU()
	}
	if opt, err = onnx.NewSessionOptions(); err != nil {
		return nil, "", "", fmt.Errorf("make session options: %w", err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, opt.Destroy())
			opt = nil
		}
	}()
	err = errors.Join(
		opt.SetIntraOpNumThreads(threads),
		opt.SetInterOpNumThreads(1), // a tower is one chain of operators
		opt.SetGraphOptimizationLevel(onnx.GraphOptimizationLevelEnableAll),
		// Waiting threads that spin take the cores that decode the next batch.
		opt.AddSessionConfigEntry("session.intra_op.allow_spinning", "0"),
	)
	if err != nil || !d.cuda {
		return opt, "cpu", "", err
	}
	cudaErr := d.appendCUDA(opt, memory)
	switch {
	case cudaErr == nil:
		return opt, fmt.Sprintf("cuda:%d", d.id), "", nil
	case d.auto:
		return opt, "cpu", "device auto: the CPU was used, because CUDA is not available: " + cudaErr.Error(), nil
	}
	return opt, "", "", cudaErr
}

// appendCUDA adds the CUDA provider. Its errors arrive here, before any tensor exists: a CPU build says so at once, a GPU build names
// the library that it could not load.
func (d device) appendCUDA(opt *onnx.SessionOptions, memory int) error {
	f := &fault.Error{Kind: fault.System, Op: "use", Thing: fmt.Sprintf("cuda:%d", d.id), Wanted: "ONNX Runtime's CUDA provider"}
	cuda, err := onnx.NewCUDAProviderOptions()
	if err == nil {
		settings := map[string]string{"device_id": strconv.Itoa(d.id)}
		if memory > 0 {
			settings["gpu_mem_limit"] = strconv.FormatInt(int64(memory)<<20, 10)
			settings["arena_extend_strategy"] = "kSameAsRequested" // doubling would hit the limit with memory to spare
		}
		err = cuda.Update(settings)
		if err == nil {
			err = opt.AppendExecutionProviderCUDA(cuda)
		}
		err = errors.Join(err, cuda.Destroy())
	}
	if err == nil {
		return nil
	}
	f.Err = err
	switch text := err.Error(); {
	case strings.Contains(text, "not enabled in this build"):
		f.Found = "a library built for the CPU alone"
		f.Next = "set MINDGAP_ONNXRUNTIME to the libonnxruntime of a GPU build (the wheel onnxruntime-gpu holds one), or use --device cpu"
	case strings.Contains(text, ".so") || strings.Contains(text, ".dll"):
		f.Next = "install the CUDA and cuDNN libraries that the message names and put their folders on LD_LIBRARY_PATH, or use --device cpu"
	default:
		f.Next = "check nvidia-smi and the device number, or use --device cpu"
	}
	return f
}

// FixedDevice returns the device that a --device flag names, in the words of Towers.Device, or "" for "auto", which is known only when
// the towers run.
func FixedDevice(flag string) (string, error) {
	d, err := parseDevice(flag)
	switch {
	case err != nil || d.auto:
		return "", err
	case d.cuda:
		return fmt.Sprintf("cuda:%d", d.id), nil
	}
	return "cpu", nil
}
