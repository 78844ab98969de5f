package datasets

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mindgap/models/fault"
)

// onlyFaults fails on an error that is no fault: what a hostile file may cause is a message, never a panic.
func onlyFaults(t *testing.T, err error) {
	t.Helper()
	if _, ok := fault.KindOf(err); err != nil && !ok {
		t.Errorf("error %v (%T), want a fault", err, err)
	}
}

// FuzzShard reads any bytes as a shard.
func FuzzShard(f *testing.F) {
	for _, name := range []string{"wds/bare/0.tar", "wds/crawl/00009.tar", "wds/several/test/0.tar", "archive/folder.tar"} {
		b, err := os.ReadFile(filepath.Join("testdata", filepath.FromSlash(name)))
		if err != nil {
			f.Fatal(err)
		}
		whole := bytes.TrimRight(b, "\x00")
		f.Add(b[:(len(whole)+511)/512*512+1024]) // without the filling that tarfile adds
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		d := &webDataset{shards: &shards{list: []shard{{name: "0.tar", id: "0"}}}}
		err := d.indexShard(context.Background(), 0, &shardFile{bytes.NewReader(b), io.NopCloser(nil), int64(len(b)), ""}, "", 0)
		onlyFaults(t, err)
		if err == nil {
			onlyFaults(t, d.number())
		}
		for _, s := range d.samples {
			if s.image.off < 0 || s.image.size < 0 || s.image.off+s.image.size > int64(len(b)) || err == nil && s.label >= len(d.info.Classes) {
				t.Errorf("%+v of %d bytes, %d classes", s, len(b), len(d.info.Classes))
			}
		}
	})
}

// FuzzNPYVector reads any bytes as labels.
func FuzzNPYVector(f *testing.F) {
	header := "{'descr': '<i8', 'fortran_order': False, 'shape': (2,), }"
	f.Add([]byte("\x93NUMPY\x01\x00" + string(rune(len(header))) + "\x00" + header + strings.Repeat("\x01", 16)))
	f.Add([]byte("\x93NUMPY\x02\x00\xff\xff\xff\xff"))
	f.Fuzz(func(t *testing.T, b []byte) {
		hot, err := npyVector(b)
		if err == nil && len(hot) > len(b) {
			t.Errorf("%d entries of %d bytes", len(hot), len(b))
		}
	})
}

// FuzzTable reads any text as a table of each form.
func FuzzTable(f *testing.F) {
	f.Add("image,caption,label\na.png,\"x, y\",1\n", byte(','))
	f.Add("a.png\tx\n", byte('\t'))
	f.Add("{\"img\":\"a.png\",\"text\":[\"x\"],\"label\":1}\n", byte(0))
	f.Fuzz(func(t *testing.T, text string, form byte) {
		r := &tableReader{file: "x", at: map[string]int{}}
		var err error
		switch form {
		case 0:
			err = r.readJSON(context.Background(), text)
		case ',', '\t':
			err = r.readSeparated(context.Background(), text, rune(form))
		default:
			t.Skip()
		}
		onlyFaults(t, err)
		if err != nil {
			return
		}
		images, classes, err := r.items()
		onlyFaults(t, err)
		for _, m := range images {
			if m.label >= len(classes) {
				t.Errorf("%+v of %d classes", m, len(classes))
			}
		}
	})
}

// FuzzCaptionLines reads any text as each form of Flickr's captions.
func FuzzCaptionLines(f *testing.F) {
	f.Add("image,caption\na.jpg,\"x \"\"y\"\"\"\n")
	f.Add("image_name| comment_number| comment\na.jpg| 4   x\n")
	f.Add("a.jpg#0\tx\n")
	file := filepath.Join(f.TempDir(), "captions.txt")
	f.Fuzz(func(t *testing.T, text string) {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		images, err := readFlickr(context.Background(), file)
		onlyFaults(t, err)
		for _, m := range images {
			if !localPath(m.path) || len(m.captions) == 0 {
				t.Errorf("%+v", m)
			}
		}
	})
}

// FuzzBraces expands any pattern.
func FuzzBraces(f *testing.F) {
	for _, p := range []string{"a/{000..012}.tar", "{a,b}{0..9}.tar", "{", "{0..99999999999999999999}", "{{0..1}}"} {
		f.Add(p)
	}
	f.Fuzz(func(t *testing.T, pattern string) {
		places, err := expandBraces(pattern)
		onlyFaults(t, err)
		if err == nil && (len(places) == 0 || len(places) > maxShards) {
			t.Errorf("%d places", len(places))
		}
	})
}

// TestBraces is what a shell makes of the same patterns.
func TestBraces(t *testing.T) {
	for pattern, want := range map[string]string{
		"a.tar": "a.tar", "{0..2}.tar": "0.tar 1.tar 2.tar", "{008..011}.tar": "008.tar 009.tar 010.tar 011.tar", "{9..11}.tar": "9.tar 10.tar 11.tar",
		"{a,b}/{0..1}.tar": "a/0.tar a/1.tar b/0.tar b/1.tar", "{8..010}": "008 009 010",
	} {
		got, err := expandBraces(pattern)
		if err != nil || strings.Join(got, " ") != want {
			t.Errorf("%s: %q, error %v, want %s", pattern, got, err, want)
		}
	}
}
