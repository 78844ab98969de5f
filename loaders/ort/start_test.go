package ort

import (
	"slices"
	"sync"
	"testing"

	onnx "github.com/yalue/onnxruntime_go"
)

// TestStart gets the real library, by whatever way works here, into the user's real cache, and starts it.
func TestStart(t *testing.T) {
	var wait sync.WaitGroup
	runtimes := make([]*Runtime, 4)
	for i := range runtimes {
		wait.Go(func() {
			r, err := Start(t.Context(), Options{})
			if err != nil {
				t.Error(err)
				return
			}
			runtimes[i] = r
		})
	}
	wait.Wait()
	if t.Failed() {
		t.FailNow()
	}
	for _, r := range runtimes[1:] {
		if r != runtimes[0] {
			t.Error("two calls of Start returned different runtimes")
		}
	}
	r := runtimes[0]
	t.Logf("%+v, providers %v", r.Library, r.Providers())
	if got := onnx.GetVersion(); got == "" || got != r.Library.Version {
		t.Errorf("the loaded library calls itself %q, Library.Version is %q", got, r.Library.Version)
	}
	if id, err := identify(r.Library.Path); err != nil || id.version != r.Library.Version {
		t.Errorf("identify says %+v, %v of the library that runs as %s", id, err, r.Library.Version)
	}
	providers := r.Providers()
	if !slices.Contains(providers, "CPUExecutionProvider") {
		t.Errorf("no CPU among the providers %v", providers)
	}
	providers[0] = "changed"
	if r.Providers()[0] == "changed" {
		t.Error("Providers hands out its own slice")
	}
}
