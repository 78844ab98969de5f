package main

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"mindgap/loaders/embfile"
)

// TestExplore: the verb prints where its page lies, serves it, and ends without an error when it is interrupted.
func TestExplore(t *testing.T) {
	rows := make([]float32, 2*6*3)
	for k := range rows {
		rows[k] = float32(k*7%5) - 2.5 + 1.2*float32(k/18)
	}
	file := filepath.Join(t.TempDir(), "pairs.npy")
	if err := embfile.WriteArray(file, []int{2, 6, 3}, rows); err != nil {
		t.Fatal(err)
	}
	out, in := io.Pipe()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	a := &app{in: strings.NewReader(""), out: in, err: io.Discard}
	root := a.root()
	root.SetArgs([]string{"explore", "--embeddings", file, "--map", "svd", "--quiet"})
	done := make(chan error, 1)
	go func() {
		err := a.execute(ctx, root)
		in.CloseWithError(io.EOF) // ends the reading below where nothing was printed
		done <- err
	}()
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err, <-done)
	}
	address, ok := strings.CutPrefix(strings.TrimSpace(line), "explore: ")
	if !ok {
		t.Fatalf("it prints %q", line)
	}
	for path, want := range map[string]string{"": `data-scene="/scene.json"`, "scene.json": `"maps":[{"method":"svd"`} {
		r, err := http.Get(address + path)
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(r.Body)
		r.Body.Close()
		if err != nil {
			t.Fatal(err)
		}
		if r.StatusCode != http.StatusOK || !strings.Contains(string(b), want) {
			t.Errorf("%s: %d, without %s", address+path, r.StatusCode, want)
		}
	}
	cancel()
	if err := <-done; err != nil {
		t.Errorf("interrupted: %v", err)
	}
}
