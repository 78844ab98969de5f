package datasets_test

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mindgap/datasets"
)

func init() {
	folder := filepath.Join("testdata", "archive")
	conformances = append(conformances,
		conformance{format: "archive", ref: filepath.Join(folder, "folder.zip"), want: "folder"},
		conformance{format: "archive", ref: filepath.Join(folder, "folder.tar"), want: "folder"},
		conformance{format: "archive", ref: filepath.Join(folder, "folder.tar.gz"), want: "archive tgz"},
		conformance{format: "cifar10-binary-archive", ref: "cifar10", options: datasets.Options{Root: folder}, want: "cifar10 test"},
		conformance{format: "cifar10-binary-archive", ref: "cifar10", options: datasets.Options{Root: folder, Split: "train"}, want: "cifar10 train"},
		conformance{format: "cifar100-binary-archive", ref: filepath.Join(folder, "cifar-100-binary.tar.gz"), want: "cifar100 test fine"},
		conformance{format: "cifar100-binary-archive", ref: "cifar100", options: datasets.Options{Root: folder, Split: "train", Target: "coarse"}, want: "cifar100 train coarse"})
}

// TestCIFARArchivePrint: embeddings of the folder serve the archive too.
func TestCIFARArchivePrint(t *testing.T) {
	var prints []string
	for _, root := range []string{"cifar", "archive"} {
		d, err := datasets.Open(context.Background(), "cifar10", datasets.Options{Root: filepath.Join("testdata", root), Split: "train"})
		if err != nil {
			t.Fatal(err)
		}
		prints = append(prints, d.Info().Fingerprint)
	}
	if prints[0] != prints[1] {
		t.Errorf("fingerprints %q", prints)
	}
}

// A zipFile is a file of a zip that a test makes; claim is the size that it claims to have, if that is not its own.
type zipFile struct {
	name, content string
	claim         uint64
	mode          uint32
}

func makeZip(t testing.TB, files ...zipFile) string {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, f := range files {
		h := &zip.FileHeader{Name: f.name, Method: zip.Deflate, ExternalAttrs: f.mode << 16, CreatorVersion: 3 << 8}
		var out io.Writer
		var err error
		content := []byte(f.content)
		if f.claim == 0 {
			out, err = w.CreateHeader(h)
		} else {
			content = deflate(t, content)
			h.UncompressedSize64, h.CompressedSize64, h.CRC32 = f.claim, uint64(len(content)), crc32.ChecksumIEEE([]byte(f.content))
			out, err = w.CreateRaw(h)
		}
		if err == nil {
			_, err = out.Write(content)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// deflate squeezes without gzip's frame.
func deflate(t testing.TB, content []byte) []byte {
	t.Helper()
	b := squeeze(t, content)
	return b[10 : len(b)-8]
}

func squeeze(t testing.TB, content []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, err := w.Write(content)
	if err = errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// bomb is a .tar.gz of a hundred kilobytes that holds a picture of 100 MiB: a header, and a megabyte of zeros a hundred times.
func bomb(t testing.TB) string {
	t.Helper()
	head := makeTar(t, tarFile{name: "a/x.png"})[:512]
	copy(head[124:136], fmt.Sprintf("%011o\x00", 100<<20))
	sum := 8 * int(' ') // what its own field counts as
	for i, v := range head {
		if i < 148 || i >= 156 {
			sum += int(v)
		}
	}
	copy(head[148:156], fmt.Sprintf("%06o\x00 ", sum))
	return string(squeeze(t, head)) + strings.Repeat(string(squeeze(t, make([]byte, 1<<20))), 100)
}

func TestArchiveFaults(t *testing.T) {
	tgz := func(files ...tarFile) string { return string(squeeze(t, makeTar(t, files...))) }
	whole := tgz(tarFile{"a/x.png", strings.Repeat("xyz", 5000)}, tarFile{"b/y.png", "y"})
	broken := []byte(whole)
	broken[len(broken)-6] ^= 1 // in gzip's checksum
	for _, c := range []struct {
		name, file, content string
		options             datasets.Options
		want                []string
	}{
		{"a name that leads up", "x.zip", makeZip(t, zipFile{name: "a/x.png", content: "x"}, zipFile{name: "../../y.png", content: "y"}), datasets.Options{}, []string{`"../../y.png"`, "inside the archive"}},
		{"an absolute name", "x.zip", makeZip(t, zipFile{name: "/etc/y.png", content: "y"}), datasets.Options{}, []string{`"/etc/y.png"`}},
		{"a name of another system", "x.zip", makeZip(t, zipFile{name: `..\y.png`, content: "y"}), datasets.Options{}, []string{`y.png`, "inside the archive"}},
		{"a link", "x.zip", makeZip(t, zipFile{name: "a/x.png", content: "/etc/passwd", mode: 0o120777}), datasets.Options{}, []string{"x.zip!a/x.png", "a link"}},
		{"a file twice", "x.zip", makeZip(t, zipFile{name: "a/x.png", content: "x"}, zipFile{name: "a/x.png", content: "y"}), datasets.Options{}, []string{"x.zip!a/x.png", "again"}},
		{"a claim of terabytes", "x.zip", makeZip(t, zipFile{name: "a/x.png", content: "x", claim: 1 << 40}), datasets.Options{}, []string{"x.zip!a/x.png", "1099511627776 bytes"}},
		{"many claims", "x.zip", makeZip(t, zipFile{name: "a/x.png", content: "x", claim: 60 << 20}, zipFile{name: "a/y.png", content: "x", claim: 60 << 20}), datasets.Options{}, []string{"x.zip!a/y.png", "200 times"}},
		{"a caption of megabytes", "x.zip", makeZip(t, zipFile{name: "a/x.txt", content: strings.Repeat("x", 2<<20)}), datasets.Options{}, []string{"x.zip!a/x.txt", "2097152 bytes"}},
		{"no zip", "x.zip", "PK", datasets.Options{}, []string{"x.zip", "not a valid zip"}},
		{"cut short", "x.zip", makeZip(t, zipFile{name: "a/x.png", content: "x"})[:60], datasets.Options{}, []string{"x.zip", "cut short"}},
		{"no images", "x.zip", makeZip(t, zipFile{name: "a/x.md", content: "x"}), datasets.Options{}, []string{"no images"}},
		{"splits", "x.zip", makeZip(t, zipFile{name: "s/train/a/x.png", content: "x"}, zipFile{name: "s/test/a/x.png", content: "x"}), datasets.Options{}, []string{"test, train", "--split"}},
		{"no such split", "x.zip", makeZip(t, zipFile{name: "s/train/a/x.png", content: "x"}), datasets.Options{Split: "dev"}, []string{"dev", "--split"}},
		{"a tar with a link", "x.tar", string(makeTar(t, tarFile{"a/x.png", "x"}, tarFile{"a/y.png", "->/etc/passwd"})), datasets.Options{}, []string{`the link "a/y.png"`}},
		{"a tar with a name that leads up", "x.tar", string(makeTar(t, tarFile{"a/x.png", "x"}, tarFile{"a/../../y.png", "x"})), datasets.Options{}, []string{`"a/../../y.png"`}},
		{"a tar without its end", "x.tar", string(makeTar(t, tarFile{"a/x.png", "x"})[:1024]), datasets.Options{}, []string{"no end mark"}},
		{"no gzip", "x.tgz", "no gzip at all", datasets.Options{}, []string{"x.tgz", "gzip: invalid header"}},
		{"a gzip cut short", "x.tgz", whole[:len(whole)-20], datasets.Options{}, []string{"x.tgz", "cut short"}},
		{"a gzip with a wrong checksum", "x.tgz", string(broken), datasets.Options{}, []string{"x.tgz", "checksum"}},
		{"a gzip bomb", "x.tar.gz", bomb(t), datasets.Options{}, []string{"x.tar.gz", "more than 200 times its own size", "trust"}},
		{"a gzip of a link", "x.tgz", tgz(tarFile{"a/x.png", "x"}, tarFile{"a/y.png", "->../x"}), datasets.Options{}, []string{`the link "a/y.png"`}},
		{"CIFAR without its batch", "cifar-10-binary.tar.gz", tgz(tarFile{"cifar-10-batches-bin/data_batch_1.bin", strings.Repeat("x", 3073)}), datasets.Options{}, []string{"cifar-10-binary.tar.gz!test_batch.bin", "0 bytes", "3073"}},
		{"CIFAR cut between records", "cifar-10-binary.tar.gz", tgz(tarFile{"cifar-10-batches-bin/test_batch.bin", strings.Repeat("\x00", 3000)}), datasets.Options{}, []string{"3000 bytes"}},
		{"CIFAR with another label", "cifar-10-binary.tar.gz", tgz(tarFile{"cifar-10-batches-bin/test_batch.bin", "\x0b" + strings.Repeat("\x00", 3072)}), datasets.Options{}, []string{"cifar-10-binary.tar.gz!test_batch.bin record 0", "label 11"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			around := t.TempDir()
			write(t, filepath.Join(around, "in", c.file), c.content)
			_, err := openAll(t, filepath.Join(around, "in", c.file), c.options)
			wantParts(t, err, c.want)
			for _, dir := range []string{around, filepath.Join(around, "in")} {
				if left, err := filepath.Glob(filepath.Join(dir, "*")); err != nil || len(left) != 1 {
					t.Errorf("files %q, error %v: something was unpacked", left, err)
				}
			}
		})
	}
}

// TestZipLies: a picture that is larger than it claims is not read beyond the claim.
func TestZipLies(t *testing.T) {
	file := filepath.Join(t.TempDir(), "x.zip")
	write(t, file, makeZip(t, zipFile{name: "a/x.png", content: strings.Repeat("\x00", 8<<20), claim: 10}))
	d, err := datasets.Open(context.Background(), file, datasets.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	for it, err := range d.Items(context.Background()) {
		if err != nil {
			t.Fatal(err)
		}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err = it.Image.Bytes()
		runtime.ReadMemStats(&after)
		wantParts(t, err, []string{"x.zip!a/x.png"})
		if used := after.TotalAlloc - before.TotalAlloc; used > 1<<20 {
			t.Errorf("%d bytes were allocated", used)
		}
	}
}

// TestArchiveTree: the folder around everything is passed over, and so is what is hidden.
func TestArchiveTree(t *testing.T) {
	for _, c := range []struct {
		name    string
		files   []string
		options datasets.Options
		want    opened
	}{
		{"classes in a folder", []string{"set/b/1.png", "set/a/2.png", "set/.DS_Store", "__MACOSX/set/b/._1.png"}, datasets.Options{}, opened{[]string{"a/2.png", "b/1.png"}, []int{0, 1}, []string{"a", "b"}, single}},
		{"numbers", []string{"10/1.png", "9/1.png"}, datasets.Options{}, opened{[]string{"9/1.png", "10/1.png"}, []int{0, 1}, []string{"9", "10"}, single}},
		{"images alone", []string{"set/b.png", "set/a.png"}, datasets.Options{}, opened{IDs: []string{"a.png", "b.png"}, Labels: []int{-1, -1}}},
		{"a split", []string{"set/val/b/1.png", "set/val/a/1.png", "set/train/a/1.png"}, datasets.Options{Split: "val"}, opened{[]string{"a/1.png", "b/1.png"}, []int{0, 1}, []string{"a", "b"}, single}},
	} {
		var zips []zipFile
		var tars []tarFile
		for _, f := range c.files {
			zips, tars = append(zips, zipFile{name: f, content: f}), append(tars, tarFile{f, f})
		}
		root := t.TempDir()
		write(t, filepath.Join(root, "x.zip"), makeZip(t, zips...))
		write(t, filepath.Join(root, "x.tar"), string(makeTar(t, tars...)))
		for _, file := range []string{"x.zip", "x.tar"} {
			got, err := openAll(t, filepath.Join(root, file), c.options)
			if diff := cmp.Diff(c.want, got); err != nil || diff != "" {
				t.Errorf("%s, %s: error %v (-want +got)\n%s", c.name, file, err, diff)
			}
		}
	}
}
