package cache

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"
)

// The tests of this file run the test binary again as other processes, which extract into the cache named by this variable.
const childEnv = "MINDGAP_CACHE_TEST_DIR"

const (
	childTotal = 400
	childShard = 10
	childWidth = 2048
)

func TestMain(m *testing.M) {
	if dir := os.Getenv(childEnv); dir != "" {
		if err := extract(dir); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// extract does what an extraction does: it takes what is there, computes the rest and prints the row at which each new shard begins.
func extract(dir string) error {
	ctx := context.Background()
	e, err := Open(ctx, dir, testKey)
	if err != nil {
		return err
	}
	for e.Rows() < childTotal {
		fmt.Println(e.Rows())
		_, _ = os.Stdin.Read(make([]byte, 1)) // waits for the parent's leave where it holds the other end, else does not wait
		if err := e.Append(ctx, rows(e.Rows(), childShard, childWidth)); err != nil {
			return err
		}
	}
	return e.Close()
}

func child(t *testing.T, dir string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), childEnv+"="+dir)
	cmd.Stderr = os.Stderr
	return cmd
}

// TestKilled kills an extraction again and again, at whatever it is doing, and lets the next go on: no shard is lost that was reported
// done, none is half there, and the end is right.
func TestKilled(t *testing.T) {
	dir := t.TempDir()
	done := 0
	for round := range 6 {
		cmd := child(t, dir)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		leave, err := cmd.StdinPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(out)
		first := -1
		for n := 0; n < 4 && lines.Scan(); n++ { // three shards, and a fourth begun
			at, err := strconv.Atoi(lines.Text())
			if err != nil {
				t.Fatal(err)
			}
			if first < 0 {
				first = at
			}
			done = max(done, at)
			if _, err := leave.Write([]byte{'\n'}); err != nil {
				t.Fatal(err)
			}
		}
		if first < 0 {
			t.Fatal("the child printed nothing")
		}
		time.Sleep(time.Duration(round) * 700 * time.Microsecond) // a different moment of its work each time
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = cmd.Wait() // says that it was killed
		e := mustOpen(t, dir)
		if e.Rows() < done || e.Rows()%childShard != 0 {
			t.Fatalf("round %d: %d rows, after %d were done", round, e.Rows(), done)
		}
		if first > 0 && first%childShard != 0 {
			t.Errorf("round %d began at %d", round, first)
		}
		expect(t, e, e.Rows(), childWidth)
		files, err := os.ReadDir(e.dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			if !strings.HasSuffix(f.Name(), shardSuffix) {
				t.Errorf("round %d: %s left behind", round, f.Name())
			}
		}
		mustClose(t, e)
	}
	if done == 0 || done >= childTotal {
		t.Fatalf("%d rows done: nothing was interrupted", done)
	}
	if out, err := child(t, dir).Output(); err != nil || strings.HasPrefix(string(out), "0\n") {
		t.Fatalf("the last run: %v\n%s", err, out)
	}
	expect(t, mustOpen(t, dir), childTotal, childWidth)
}

// TestTogether starts three processes with the same work: each shard is computed once, by the first; the others wait and find it done.
func TestTogether(t *testing.T) {
	dir := t.TempDir()
	outs := make([]strings.Builder, 3)
	cmds := make([]*exec.Cmd, len(outs))
	for i := range cmds {
		cmds[i] = child(t, dir)
		cmds[i].Stdout = &outs[i]
		if err := cmds[i].Start(); err != nil {
			t.Fatal(err)
		}
	}
	computed, workers := 0, 0
	for i, cmd := range cmds {
		if err := cmd.Wait(); err != nil {
			t.Fatal(err)
		}
		if n := strings.Count(outs[i].String(), "\n"); n > 0 {
			computed += n
			workers++
		}
	}
	if computed != childTotal/childShard || workers != 1 {
		t.Errorf("%d shards computed by %d processes, wanted %d by 1", computed, workers, childTotal/childShard)
	}
	expect(t, mustOpen(t, dir), childTotal, childWidth)
}
