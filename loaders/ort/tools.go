package ort

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"time"
)

// errNoTool says that a client is not installed.
var errNoTool = errors.New("not installed")

// A toolError is the failure of a client that ran.
type toolError struct {
	text        string
	unreachable bool // by what it said, it did not reach its server
}

func (e *toolError) Error() string { return e.text }

// pipPlace gets the wheel by pip's own client, which knows the user's index, proxy, credentials and certificates.
func (f *finder) pipPlace(p pin) place {
	where := fmt.Sprintf("download %s==%s", f.pins.Project, f.pins.Version)
	return place{SourcePip, where, p, func(ctx context.Context, dir string) (string, error) {
		pip, err := findPip(ctx, f.goos)
		if err != nil {
			return "", err
		}
		return f.runTool(ctx, dir, p, append(pip, "download",
			"--no-deps", "--only-binary=:all:", "--python-version", f.pins.Python, "--platform", p.Tag,
			// One retry instead of five with growing pauses: where the network is out of reach, the next place is to be tried soon.
			"--retries", "1", "--timeout", "15", "--progress-bar", "off",
			"-d", ".", f.pins.Project+"=="+f.pins.Version)...)
	}}
}

// findPip returns the command line that begins a call of pip. A Python without pip and a launcher that only advertises a shop are passed
// over, because they fail to say pip's version.
func findPip(ctx context.Context, goos string) ([]string, error) {
	candidates := [][]string{{"python3", "-m", "pip"}, {"python", "-m", "pip"}, {"pip3"}, {"pip"}}
	if goos == "windows" {
		candidates = append([][]string{{"py", "-m", "pip"}}, candidates...)
	}
	for _, c := range candidates {
		program, err := exec.LookPath(c[0])
		if err != nil {
			continue
		}
		ask, cancel := context.WithTimeout(ctx, 15*time.Second)
		cmd := command(ask, program, append(c[1:len(c):len(c)], "--version")...)
		err = cmd.Run()
		cancel()
		if err == nil {
			return append([]string{program}, c[1:]...), nil
		}
	}
	return nil, fmt.Errorf("pip is %w", errNoTool)
}

// npmPlace gets the Node package by npm's own client. It is the last resort, for it carries the libraries of every platform.
func (f *finder) npmPlace(p pin) place {
	name := f.pins.Package + "@" + f.pins.Version
	return place{SourceNPM, "pack " + name, p, func(ctx context.Context, dir string) (string, error) {
		npm, err := exec.LookPath("npm")
		if err != nil {
			return "", fmt.Errorf("npm is %w", errNoTool)
		}
		return f.runTool(ctx, dir, p, npm, "pack", "--ignore-scripts", "--no-audit", "--no-update-notifier", "--fetch-retries=1",
			"--loglevel=error", name)
	}}
}

// runTool runs a client in dir, where it is expected to leave the pinned archive, and returns the archive's path.
func (f *finder) runTool(ctx context.Context, dir string, p pin, line ...string) (string, error) {
	f.Progress(p.File, 0, p.Size)
	limited, cancel := context.WithTimeoutCause(ctx, f.toolLimit, fmt.Errorf("not done after %v", f.toolLimit))
	defer cancel()
	cmd := command(limited, line[0], line[1:]...)
	cmd.Dir = dir
	var said tail
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := cmd.Run(); err != nil {
		if cause := context.Cause(limited); cause != nil {
			return "", cause
		}
		text := said.complaint()
		if text == "" {
			text = err.Error()
		}
		return "", &toolError{text: text, unreachable: unreachableWords.MatchString(said.String())}
	}
	path := filepath.Join(dir, p.File)
	if _, err := os.Stat(path); err != nil {
		return "", fmt.Errorf("it wrote %s, wanted %s", listing(dir), p.File)
	}
	f.Progress(p.File, p.Size, p.Size)
	return path, nil
}

// command prepares a client that asks no questions and ends soon after its context.
func command(ctx context.Context, program string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, program, args...)
	// A user may demand virtual environments for what pip installs; nothing is installed here.
	cmd.Env = append(cmd.Environ(), "PIP_REQUIRE_VIRTUALENV=0", "PIP_DISABLE_PIP_VERSION_CHECK=1", "PIP_NO_INPUT=1", "NO_COLOR=1")
	// A grandchild that keeps the pipes open must not keep this process waiting.
	cmd.WaitDelay = 2 * time.Second
	return cmd
}

func listing(dir string) string {
	entries, _ := os.ReadDir(dir)
	if len(entries) == 0 {
		return "nothing"
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return strings.Join(names, ", ")
}

// unreachableWords are what pip and npm say when they did not reach their server.
var unreachableWords = regexp.MustCompile(`(?i)establish a new connection|connect ?timeout|timed out|name resolution|getaddrinfo|proxyerror|` +
	`connection (refused|reset|broken)|network is unreachable|ENOTFOUND|ECONNREFUSED|ECONNRESET|ETIMEDOUT|EAI_AGAIN`)

// A tail keeps the end of what a client says.
type tail struct{ buf bytes.Buffer }

const maxTail = 64 << 10

func (t *tail) Write(p []byte) (int, error) {
	t.buf.Write(p)
	if extra := t.buf.Len() - maxTail; extra > 0 {
		t.buf.Next(extra)
	}
	return len(p), nil
}

func (t *tail) String() string { return t.buf.String() }

// complaint returns the line of a client's output that says what is wrong: the last one about reaching the server, else the last one that
// calls itself an error, else the last one.
func (t *tail) complaint() string {
	var last, lastError, lastReach string
	for line := range strings.Lines(t.String()) {
		line = strings.TrimSpace(line)
		if line == "" {
			continue
		}
		last = line
		if lower := strings.ToLower(line); strings.HasPrefix(lower, "error") || strings.HasPrefix(lower, "npm err") {
			lastError = line
		}
		if unreachableWords.MatchString(line) {
			lastReach = line
		}
	}
	text := cmp.Or(lastReach, lastError, last)
	if r := []rune(text); len(r) > 300 {
		text = string(r[:300]) + "…"
	}
	return text
}
