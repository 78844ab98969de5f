package cache

import (
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mindgap/gap"
	"mindgap/models/fault"

	"github.com/google/go-cmp/cmp"
)

var testKey = NewKey("test")

// rows gives rows first to first+n of a matrix that any process can compute.
func rows(first, n, d int) *gap.Embeddings {
	e := gap.NewEmbeddings(n, d, make([]float32, n*d))
	for i := range e.Data {
		e.Data[i] = float32(first*d+i)*0.25 - 3
	}
	return e
}

func mustOpen(t testing.TB, dir string) *Entry {
	t.Helper()
	e, err := Open(context.Background(), dir, testKey)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.Close() })
	return e
}

func mustAppend(t testing.TB, e *Entry, m *gap.Embeddings) {
	t.Helper()
	if err := e.Append(context.Background(), m); err != nil {
		t.Fatal(err)
	}
}

func mustRead(t testing.TB, e *Entry) *gap.Embeddings {
	t.Helper()
	m, err := e.Read(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func mustClose(t testing.TB, e *Entry) {
	t.Helper()
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
}

// expect demands rows 0 to n, bit for bit.
func expect(t testing.TB, e *Entry, n, d int) {
	t.Helper()
	got := mustRead(t, e)
	if n == 0 {
		d = 0
	}
	if diff := cmp.Diff(rows(0, n, d).Data, got.Data); e.Rows() != n || got.N != n || got.D != d || n > 0 && diff != "" {
		t.Fatalf("%d rows, a matrix of %d×%d; wanted %d×%d\n%s", e.Rows(), got.N, got.D, n, d, diff)
	}
}

func TestAppendAndRead(t *testing.T) {
	dir := t.TempDir()
	e := mustOpen(t, dir)
	expect(t, e, 0, 0)
	mustAppend(t, e, rows(0, 5, 3))
	expect(t, e, 5, 3)
	mustAppend(t, e, rows(5, 0, 3))
	mustAppend(t, e, rows(5, 2, 3))
	mustClose(t, e)
	e = mustOpen(t, dir)
	expect(t, e, 7, 3)
	mustAppend(t, e, rows(7, 1, 3))
	expect(t, e, 8, 3)
	err := e.Append(context.Background(), rows(8, 1, 4))
	var f *fault.Error
	if !errors.As(err, &f) || f.Kind != fault.System {
		t.Errorf("another width: %v", err)
	}
	expect(t, e, 8, 3)
	mustClose(t, e)
	mustClose(t, e) // twice is harmless
	other, err := Open(context.Background(), dir, NewKey("test", ""))
	if err != nil {
		t.Fatal(err)
	}
	expect(t, other, 0, 0)
	mustClose(t, other)
}

// TestBits: zero rows, infinities and NaN come back as they went; judging them is not the cache's business.
func TestBits(t *testing.T) {
	dir := t.TempDir()
	m := gap.NewEmbeddings(3, 2, []float32{0, 0, float32(math.Inf(1)), float32(math.Copysign(0, -1)), math.Float32frombits(0x7fc00123), 1})
	e := mustOpen(t, dir)
	mustAppend(t, e, m)
	mustClose(t, e)
	got := mustRead(t, mustOpen(t, dir))
	for i := range m.Data {
		if math.Float32bits(got.Data[i]) != math.Float32bits(m.Data[i]) {
			t.Errorf("value %d: %x, wanted %x", i, math.Float32bits(got.Data[i]), math.Float32bits(m.Data[i]))
		}
	}
}

func TestNil(t *testing.T) {
	var e *Entry
	expect(t, e, 0, 0)
	mustAppend(t, e, rows(0, 5, 3))
	expect(t, e, 0, 0)
	mustClose(t, e)
}

func TestKey(t *testing.T) {
	seen := map[Key][]string{}
	for _, parts := range [][]string{{}, {""}, {"", ""}, {"a"}, {"a", ""}, {"", "a"}, {"ab"}, {"a", "b"}, {"b", "a"}, {"a\x00b"}} {
		k := NewKey(parts...)
		if twin, ok := seen[k]; ok {
			t.Errorf("%q and %q have one key", parts, twin)
		}
		seen[k] = parts
	}
	if got := NewKey("a").String(); len(got) != 64 || got != NewKey("a").String() {
		t.Error(got)
	}
}

func TestDir(t *testing.T) {
	t.Setenv("MINDGAP_CACHE", "from-env")
	for flag, want := range map[string]string{"from-flag": "from-flag", "": "from-env"} {
		if got, err := Dir(flag); err != nil || got != want {
			t.Errorf("%q: %q, %v", flag, got, err)
		}
	}
	t.Setenv("MINDGAP_CACHE", "")
	base := t.TempDir()
	t.Setenv("XDG_CACHE_HOME", base)
	t.Setenv("HOME", base)
	if got, err := Dir(""); err != nil || filepath.Base(got) != "mindgap" || !strings.HasPrefix(got, base) {
		t.Errorf("%q, %v", got, err)
	}
}

// TestDamage: a shard that is not whole goes, and all behind it; what stands before stays, and the work can be done again.
func TestDamage(t *testing.T) {
	shard := func(dir string, i int) string {
		return filepath.Join(dir, subfolder, testKey.String(), []string{"000000", "000001", "000002"}[i]+shardSuffix)
	}
	edit := func(change func([]byte) []byte) func(t *testing.T, path string) {
		return func(t *testing.T, path string) {
			b, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, change(b), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	for name, damage := range map[string]func(t *testing.T, path string){
		"missing":       func(t *testing.T, path string) { _ = os.Remove(path) },
		"empty":         edit(func(b []byte) []byte { return nil }),
		"cut by a byte": edit(func(b []byte) []byte { return b[:len(b)-1] }),
		"cut in header": edit(func(b []byte) []byte { return b[:20] }),
		"longer":        edit(func(b []byte) []byte { return append(b, 0) }),
		"last byte":     edit(func(b []byte) []byte { b[len(b)-1] ^= 1; return b }),
		"first number":  edit(func(b []byte) []byte { b[len(b)-4*5*3] ^= 0x80; return b }),
		"zeros":         edit(func(b []byte) []byte { return make([]byte, len(b)) }),
		"other key": edit(func(b []byte) []byte {
			return []byte(strings.Replace(string(b), testKey.String(), NewKey("x").String(), 1))
		}),
		"other place": edit(func(b []byte) []byte { return []byte(strings.Replace(string(b), `"first":"`, `"first":"1`, 1)) }),
	} {
		for i := range 3 {
			t.Run(name, func(t *testing.T) {
				dir := t.TempDir()
				e := mustOpen(t, dir)
				for k := range 3 {
					mustAppend(t, e, rows(5*k, 5, 3))
				}
				mustClose(t, e)
				damage(t, shard(dir, i))
				e = mustOpen(t, dir)
				expect(t, e, 5*i, 3)
				for k := i; k < 3; k++ {
					if _, err := os.Stat(shard(dir, k)); !errors.Is(err, os.ErrNotExist) {
						t.Errorf("shard %d is still there: %v", k, err)
					}
				}
				mustAppend(t, e, rows(5*i, 7, 3))
				mustClose(t, e)
				expect(t, mustOpen(t, dir), 5*i+7, 3)
			})
		}
	}
}

// TestShardSwap: a whole shard in another's place is noticed.
func TestShardSwap(t *testing.T) {
	dir := t.TempDir()
	e := mustOpen(t, dir)
	for k := range 3 {
		mustAppend(t, e, rows(5*k, 5, 3))
	}
	a, b := e.path(1), e.path(2)
	mustClose(t, e)
	if err := errors.Join(os.Rename(a, a+".x"), os.Rename(b, a), os.Rename(a+".x", b)); err != nil {
		t.Fatal(err)
	}
	expect(t, mustOpen(t, dir), 5, 3)
}

func TestCannotBeUsed(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	_, err := Open(context.Background(), file, testKey)
	var f *fault.Error
	if !errors.As(err, &f) || f.Kind != fault.System || !strings.Contains(err.Error(), "--no-cache") {
		t.Errorf("a file for a folder: %v", err)
	}
}

// TestReadOnly: what is there can be read though nothing can be locked or written. A folder in the lock's place stands for a folder
// without write permission, which would not stop a privileged user's tests.
func TestReadOnly(t *testing.T) {
	dir := t.TempDir()
	e := mustOpen(t, dir)
	mustAppend(t, e, rows(0, 5, 3))
	lock := e.dir + lockSuffix
	mustClose(t, e)
	if err := errors.Join(os.Remove(lock), os.Mkdir(lock, 0o755)); err != nil {
		t.Fatal(err)
	}
	e = mustOpen(t, dir)
	expect(t, e, 5, 3)
	var f *fault.Error
	if err := e.Append(context.Background(), rows(5, 5, 3)); !errors.As(err, &f) || f.Kind != fault.System {
		t.Errorf("append: %v", err)
	}
	expect(t, e, 5, 3)
}

// TestFailedAppend: an append that fails leaves entry and folder as they were. A folder in the shard's place makes the rename fail, as a
// full disk makes the write fail.
func TestFailedAppend(t *testing.T) {
	dir := t.TempDir()
	e := mustOpen(t, dir)
	mustAppend(t, e, rows(0, 5, 3))
	if err := os.Mkdir(e.path(1), 0o755); err != nil {
		t.Fatal(err)
	}
	var f *fault.Error
	if err := e.Append(context.Background(), rows(5, 5, 3)); !errors.As(err, &f) || f.Kind != fault.System || !strings.Contains(err.Error(), "--no-cache") {
		t.Errorf("append: %v", err)
	}
	if files, _ := os.ReadDir(e.dir); len(files) != 2 {
		t.Errorf("left behind: %v", files)
	}
	expect(t, e, 5, 3)
	mustAppend(t, e, rows(5, 5, 3)) // the obstacle is gone: reading has removed what was no shard
	expect(t, e, 10, 3)
}

// TestSweep: what a killed process left half written goes at the next opening.
func TestSweep(t *testing.T) {
	dir := t.TempDir()
	e := mustOpen(t, dir)
	mustAppend(t, e, rows(0, 5, 3))
	mustClose(t, e)
	half := filepath.Join(e.dir, ".000001.safetensors.123-0.tmp")
	if err := os.WriteFile(half, []byte("half"), 0o644); err != nil {
		t.Fatal(err)
	}
	expect(t, mustOpen(t, dir), 5, 3)
	if _, err := os.Stat(half); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("still there: %v", err)
	}
}

func TestContext(t *testing.T) {
	dir := t.TempDir()
	e := mustOpen(t, dir)
	waiting, cancel := context.WithTimeout(context.Background(), 3*retry)
	defer cancel()
	start := time.Now()
	if _, err := Open(waiting, dir, testKey); !errors.Is(err, context.DeadlineExceeded) || time.Since(start) < 2*retry {
		t.Errorf("open of a locked entry: %v after %v", err, time.Since(start))
	}
	done, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := e.Read(done); !errors.Is(err, context.Canceled) {
		t.Errorf("read: %v", err)
	}
	if err := e.Append(done, rows(0, 1, 1)); !errors.Is(err, context.Canceled) {
		t.Errorf("append: %v", err)
	}
	expect(t, e, 0, 0)
}

func TestListAndPrune(t *testing.T) {
	dir, ctx := t.TempDir(), context.Background()
	if list, err := List(filepath.Join(dir, "none")); err != nil || len(list) != 0 {
		t.Errorf("%v, %v", list, err)
	}
	fill := func() (keys []string) {
		for i := range 4 { // the last is the most recent
			key := NewKey("entry", string(rune('a'+i)))
			e, err := Open(ctx, dir, key)
			if err != nil {
				t.Fatal(err)
			}
			if e.Rows() == 0 {
				mustAppend(t, e, rows(0, 100, 4))
			}
			folder := e.dir
			mustClose(t, e)
			used := time.Now().Add(time.Duration(i-4) * time.Hour)
			if err := os.Chtimes(folder, used, used); err != nil {
				t.Fatal(err)
			}
			keys = append(keys, key.String())
		}
		return keys
	}
	keys := fill()
	names := func(list []Info) (out []string) {
		for _, i := range list {
			out = append(out, i.Key)
		}
		return out
	}
	list, err := List(dir)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{keys[3], keys[2], keys[1], keys[0]}, names(list)); diff != "" {
		t.Fatal(diff)
	}
	size := list[0].Bytes
	if size < 1600 || list[0].Shards != 1 {
		t.Errorf("%+v", list[0])
	}
	for _, c := range []struct {
		limits Limits
		want   []string
	}{
		{Limits{}, nil},
		{Limits{Unused: 5 * time.Hour}, nil},
		{Limits{Unused: 150 * time.Minute}, []string{keys[1], keys[0]}},
		{Limits{MaxBytes: 4 * size}, nil},
		{Limits{MaxBytes: 4*size - 1}, []string{keys[0]}},
		{Limits{MaxBytes: 1}, []string{keys[3], keys[2], keys[1], keys[0]}},
		{Limits{MaxBytes: 3 * size, Unused: 150 * time.Minute}, []string{keys[1], keys[0]}},
	} {
		fill()
		removed, err := Prune(ctx, dir, c.limits)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(c.want, names(removed)); diff != "" {
			t.Errorf("%+v (-want +got):\n%s", c.limits, diff)
		}
		if left, err := List(dir); err != nil || len(left) != 4-len(c.want) {
			t.Errorf("%+v: %d left, %v", c.limits, len(left), err)
		}
	}
	fill()
	held, err := Open(ctx, dir, NewKey("entry", "a"))
	if err != nil {
		t.Fatal(err)
	}
	if removed, err := Prune(ctx, dir, Limits{Unused: 1}); err != nil || len(removed) != 3 {
		t.Errorf("%d removed, %v", len(removed), err)
	}
	mustAppend(t, held, rows(100, 1, 4))
	mustClose(t, held)
}

func BenchmarkHit(b *testing.B) {
	dir := b.TempDir()
	e := mustOpen(b, dir)
	for i := 0; i < 1300; i += 256 {
		mustAppend(b, e, rows(i, min(256, 1300-i), 64))
	}
	mustClose(b, e)
	for b.Loop() {
		e, err := Open(context.Background(), dir, testKey)
		if err != nil || e.Rows() != 1300 {
			b.Fatal(err)
		}
		mustRead(b, e)
		mustClose(b, e)
	}
}
