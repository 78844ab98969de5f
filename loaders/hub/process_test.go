package hub

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestMain lets the test binary be the other process: with MINDGAP_HUB_FETCH set, it fetches that file of org/tiny, says so and ends.
func TestMain(m *testing.M) {
	name := os.Getenv("MINDGAP_HUB_FETCH")
	if name == "" {
		os.Exit(m.Run())
	}
	if err := fetchAsProcess(name); err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Println("fetched")
}

func fetchAsProcess(name string) error {
	o, err := FromEnvironment()
	if err != nil {
		return err
	}
	said := false
	ctx := WithTrace(context.Background(), Trace{Progress: func(_ string, done, _ int64) {
		if done > 0 && !said {
			said = true
			fmt.Println("under way")
		}
	}})
	s, err := New(o).Open(ctx, Repo{Model, "org/tiny", "main"})
	if err != nil {
		return err
	}
	return s.Fetch(ctx, name)
}

// process starts one.
func (b *bench) process(t *testing.T, name string) (*exec.Cmd, *bufio.Reader) {
	t.Helper()
	b.Requests() // through its lock the race detector sees that the server's fields were set before another process asks
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), "MINDGAP_HUB_FETCH="+name, "HF_ENDPOINT="+b.URL, "HF_HUB_CACHE="+b.client.opt.CacheDir, "HF_HUB_OFFLINE=0", "HF_TOKEN=")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return cmd, bufio.NewReader(out)
}

func TestTwoProcessesFetchOnce(t *testing.T) {
	b := newBench(t)
	b.Pause = 5 * time.Millisecond
	first, out1 := b.process(t, big)
	second, out2 := b.process(t, big)
	for _, out := range []*bufio.Reader{out1, out2} {
		var said bytes.Buffer
		if _, err := said.ReadFrom(out); err != nil || !strings.HasSuffix(said.String(), "fetched\n") {
			t.Errorf("said %q, %v", &said, err)
		}
	}
	for _, cmd := range []*exec.Cmd{first, second} {
		if err := cmd.Wait(); err != nil {
			t.Error(err)
		}
	}
	if diff := cmp.Diff([]string{"GET /onnx/vision_model.onnx"}, b.contents()); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// A process that is killed leaves a part and no lock; the next one goes on from there.
func TestKilledProcess(t *testing.T) {
	b := newBench(t)
	b.Pause = 5 * time.Millisecond
	cmd, out := b.process(t, big)
	if line, err := out.ReadString('\n'); err != nil || line != "under way\n" {
		t.Fatalf("said %q, %v", line, err)
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // "signal: killed"
	s := b.open(t, b.client, "main")
	if s.Present(big) {
		t.Fatal("there before it was whole")
	}
	b.Requests()
	if got, err := fs.ReadFile(s, big); err != nil || !bytes.Equal(got, b.repo.Files[big]) {
		t.Errorf("%d bytes, %v", len(got), err)
	}
	got := b.contents()
	if len(got) != 1 || !strings.HasPrefix(got[0], "GET /onnx/vision_model.onnx bytes=") {
		t.Errorf("requests %v", got)
	}
}
