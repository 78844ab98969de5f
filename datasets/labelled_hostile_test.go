package datasets_test

import (
	"bytes"
	"compress/zlib"
	"context"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mindgap/datasets"
	"mindgap/models/fault"
)

// labelled returns a copy of a folder of the labelled fixtures, to be spoilt.
func labelled(t testing.TB, elem ...string) string {
	t.Helper()
	root := t.TempDir()
	if err := os.CopyFS(root, os.DirFS(filepath.Join(append([]string{"testdata", "labelled"}, elem...)...))); err != nil {
		t.Fatal(err)
	}
	return root
}

func read(t testing.TB, elem ...string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(elem...))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// openDrain opens a set and reads all of it.
func openDrain(ref string, o datasets.Options) (n int, err error) {
	d, err := datasets.Open(context.Background(), ref, o)
	if err != nil {
		return 0, err
	}
	defer d.Close()
	return drain(d)
}

// TestCIFARPickleHostile spoils the test batch in one way at a time.
func TestCIFARPickleHostile(t *testing.T) {
	good := string(read(t, "testdata", "labelled", "python2", "cifar-10-batches-py", "test_batch"))
	swap := func(old, new string) string {
		t.Helper()
		if strings.Count(good, old) != 1 {
			t.Fatalf("%q is there %d times", old, strings.Count(good, old))
		}
		return strings.Replace(good, old, new, 1)
	}
	for name, c := range map[string]struct {
		batch string
		want  []string
	}{
		"whole":             {good, nil},
		"cut in the pixels": {good[:len(good)/2], []string{"test_batch", "cut short"}},
		"cut at the end":    {good[:len(good)-3], []string{"test_batch", "cut short"}},
		"code":              {"\x80\x02cos\nsystem\nU\x02ls\x85R.", []string{"test_batch", `"os.system"`, "nothing was run"}},
		"no dictionary":     {"\x80\x02].", []string{"test_batch", "wanted a pickled dictionary"}},
		"no labels":         {swap("U\x06labels", "U\x06lobels"), []string{"test_batch", "no list called labels"}},
		"no pixels":         {swap("U\x04data", "U\x04dota"), []string{"test_batch", "no array called data"}},
		"another type":      {swap("U\x02u1", "U\x02f4"), []string{"test_batch", "array of f4", "wanted u1 of shape [100 3072]"}},
		"another shape":     {swap("KdM\x00\x0c", "KcM\x00\x0c"), []string{"test_batch", "shape [99 3072]"}},
		"a label too high":  {swap("(K\x00K\x07K\x04", "(K\x00K\x0aK\x04"), []string{"test_batch", "label 10 for record 1", "0 to 9"}},
		"a label too low":   {swap("(K\x00K\x07K\x04", "(K\x00J\xff\xff\xff\xffK\x04"), []string{"label -1 for record 1"}},
		"a label that holds itself": {"\x80\x02}U\x06labels](}q\x00U\x01xh\x00sesU\x04dataNs.",
			[]string{"label that is no number"}},
	} {
		t.Run(name, func(t *testing.T) {
			root := t.TempDir()
			write(t, filepath.Join(root, "cifar-10-batches-py", "test_batch"), c.batch)
			n, err := openDrain("cifar10", datasets.Options{Root: root})
			wantParts(t, err, c.want)
			if c.want == nil && n != 100 {
				t.Errorf("%d items", n)
			}
		})
	}
	for meta, want := range map[string]string{
		"\x80\x02}.": "no list of 10 names called label_names",
		"\x80\x02}U\x0blabel_names](K\x01K\x02es.":   "no list of 10 names",
		"\x80\x02}U\x0blabel_names](NNNNNNNNNNes.":   "class 0 without a name",
		"\x80\x02cbuiltins\nexec\nU\x02ls\x85R.":     `"builtins.exec"`,
		"\x80\x02}U\x0blabel_namesU\x06airplane\x2e": "batches.meta",
	} {
		root := labelled(t, "python2", "cifar-10-batches-py")
		write(t, filepath.Join(root, "batches.meta"), meta)
		_, err := openDrain(root, datasets.Options{})
		wantParts(t, err, []string{"batches.meta", want})
	}
}

// element is an element of a MAT file, filled to a multiple of eight bytes.
func element(kind uint32, data []byte) []byte {
	b := binary.LittleEndian.AppendUint32(nil, kind)
	b = binary.LittleEndian.AppendUint32(b, uint32(len(data)))
	return append(append(b, data...), make([]byte, -len(data)&7)...)
}

func int32s(v ...int32) []byte {
	var b []byte
	for _, n := range v {
		b = binary.LittleEndian.AppendUint32(b, uint32(n))
	}
	return b
}

// variable is a numeric variable of a MAT file.
func variable(name string, class int32, kind uint32, dims []int32, data []byte) []byte {
	return element(14, bytes.Join([][]byte{element(6, int32s(class, 0)), element(5, int32s(dims...)), element(1, []byte(name)), element(kind, data)}, nil))
}

func deflated(b []byte) []byte {
	var z bytes.Buffer
	w := zlib.NewWriter(&z)
	w.Write(b)
	w.Close()
	data := z.Bytes()
	return append(binary.LittleEndian.AppendUint32(binary.LittleEndian.AppendUint32(nil, 15), uint32(len(data))), data...)
}

func matBytes(variables ...[]byte) []byte {
	head := make([]byte, 128)
	copy(head, "MATLAB 5.0 MAT-file")
	copy(head[124:], "\x00\x01IM")
	return append(head, bytes.Join(variables, nil)...)
}

// TestSVHNHostile spoils a MAT file in one way at a time.
func TestSVHNHostile(t *testing.T) {
	const n = 3
	x := func(dims ...int32) []byte { return variable("X", 9, 2, dims, make([]byte, 3072*n)) }
	y := func(labels ...byte) []byte { return variable("y", 9, 2, []int32{int32(len(labels)), 1}, labels) }
	goodX, goodY := x(32, 32, 3, n), y(1, 10, 5)
	real := read(t, "testdata", "labelled", "svhn", "test_32x32.mat")
	bomb := deflated(append(goodX[:len(goodX):len(goodX)], make([]byte, 1<<22)...))
	for name, c := range map[string]struct {
		file []byte
		want []string
	}{
		"whole":                     {matBytes(goodX, goodY), nil},
		"compressed":                {matBytes(deflated(goodX), deflated(goodY)), nil},
		"more in the stream":        {matBytes(bomb, goodY), nil}, // never inflated
		"no MAT file":               {make([]byte, 500), []string{"no MAT file of version 5"}},
		"version 7.3":               {append(append(make([]byte, 124), "\x00\x02IM"...), "\x89HDF"...), []string{"version 7.3", "-v7"}},
		"short header":              {[]byte("MATLAB"), []string{"6 bytes"}},
		"empty":                     {nil, []string{"0 bytes"}},
		"cut in an element":         {real[:len(real)-9], []string{"cut short"}},
		"cut in a tag":              {matBytes(goodX, goodY[:4]), []string{"cut short"}},
		"no y":                      {matBytes(goodX), []string{"no variable y", `"X"`}},
		"no X":                      {matBytes(goodY), []string{"no variable X"}},
		"digit of eleven":           {matBytes(goodX, y(1, 11, 5)), []string{"label 11 of record 1", "1 to 10"}},
		"digit of zero":             {matBytes(goodX, y(1, 2, 0)), []string{"label 0 of record 2"}},
		"fewer labels":              {matBytes(goodX, y(1, 2)), []string{"[32 32 3 3]", "2"}},
		"no labels":                 {matBytes(goodX, y()), []string{"N labels"}},
		"other dimensions":          {matBytes(x(n, 3, 32, 32), goodY), []string{"[3 3 32 32]"}},
		"negative dimension":        {matBytes(x(32, 32, 3, -n), goodY), []string{"too great dimensions"}},
		"dimensions that overflow":  {matBytes(x(1<<30, 1<<30, 1<<30, 1<<30), goodY), []string{"too great dimensions"}},
		"fewer pixels":              {matBytes(variable("X", 9, 2, []int32{32, 32, 3, n}, make([]byte, 3072)), goodY), []string{"3072 bytes"}},
		"pixels as doubles":         {matBytes(variable("X", 6, 9, []int32{32, 32, 3, 1}, make([]byte, 3072*8)), y(1)), []string{"want uint8"}},
		"labels that are no wholes": {matBytes(goodX, variable("y", 6, 9, []int32{3, 1}, bytes.Repeat([]byte{0, 0, 0, 0, 0, 0, 0xf8, 0x3f}, 3))), []string{"1.5", "whole numbers"}},
		"labels that are text":      {matBytes(goodX, variable("y", 4, 4, []int32{3, 1}, make([]byte, 6))), []string{"class 4"}},
		"labels of an odd type":     {matBytes(goodX, variable("y", 9, 99, []int32{3, 1}, make([]byte, 3))), []string{"type 99"}},
		"no zlib":                   {matBytes(goodX, binary.LittleEndian.AppendUint32([]byte{15, 0, 0, 0}, 8), make([]byte, 8)), []string{"zlib"}},
		"name of 16 MiB":            {matBytes(deflated(element(14, append(append(element(6, int32s(9, 0)), element(5, int32s(1, 1))...), element(1, make([]byte, 1<<24))...)))), []string{"name or header of 16777216 bytes"}},
	} {
		t.Run(name, func(t *testing.T) {
			root := t.TempDir()
			write(t, filepath.Join(root, "test_32x32.mat"), string(c.file))
			got, err := openDrain("svhn", datasets.Options{Root: root})
			wantParts(t, err, append(c.want, map[bool][]string{true: {"test_32x32.mat"}}[c.want != nil]...))
			if c.want == nil && got != n {
				t.Errorf("%d items, want %d", got, n)
			}
		})
	}
	// A compressed array whose stream ends early is found out when its turn comes, with the number of the record.
	root := t.TempDir()
	cut := deflated(goodX[:len(goodX)-100])
	write(t, filepath.Join(root, "test_32x32.mat"), string(matBytes(cut, goodY)))
	got, err := openDrain("svhn", datasets.Options{Root: root})
	wantParts(t, err, []string{"test_32x32.mat record 2", "cut short"})
	if got != 2 {
		t.Errorf("%d items before the fault, want 2", got)
	}
}

// TestSVHNSingle: MATLAB drops a last dimension of one, so a single picture has three.
func TestSVHNSingle(t *testing.T) {
	d, err := datasets.Open(context.Background(), "svhn", datasets.Options{Root: filepath.Join("testdata", "labelled", "svhn"), Split: "extra"})
	if err != nil {
		t.Fatal(err)
	}
	if n, err := drain(d); n != 1 || err != nil {
		t.Errorf("%d items, error %v", n, err)
	}
}

// FuzzMAT opens any bytes as a file of SVHN: items, or a fault.
func FuzzMAT(f *testing.F) {
	f.Add(read(f, "testdata", "labelled", "svhn", "extra_32x32.mat"))
	f.Add(read(f, "testdata", "labelled", "svhn", "train_32x32.mat")[:2000])
	f.Add(matBytes(variable("X", 9, 2, []int32{32, 32, 3, 1}, make([]byte, 3072)), variable("y", 9, 2, []int32{1, 1}, []byte{3})))
	f.Fuzz(func(t *testing.T, b []byte) {
		root := t.TempDir()
		write(t, filepath.Join(root, "test_32x32.mat"), string(b))
		if _, err := openDrain("svhn", datasets.Options{Root: root}); err != nil {
			if _, ok := fault.KindOf(err); !ok {
				t.Errorf("error %v is no fault", err)
			}
		}
	})
}

// TestParquetHostile spoils tables, and asks for what they lack.
func TestParquetHostile(t *testing.T) {
	dir := filepath.Join("testdata", "labelled", "parquet")
	test := read(t, dir, "cifar10", "plain_text", "test-00000-of-00001.parquet")
	one := func(name string, b []byte) func(string) {
		return func(root string) { write(t, filepath.Join(root, name), string(b)) }
	}
	flip := bytes.Clone(test)
	for i := 4; i < len(flip)/2; i += 97 {
		flip[i] ^= 0x55
	}
	columns := func(image, label string) datasets.Options {
		return datasets.Options{Columns: map[string]string{"image": image, "label": label}}
	}
	for name, c := range map[string]struct {
		build func(root string)
		o     datasets.Options
		want  []string
	}{
		"cut short":          {one("test.parquet", test[:len(test)-10]), datasets.Options{}, []string{"test.parquet"}},
		"cut at the head":    {one("test.parquet", test[100:]), datasets.Options{}, []string{"test.parquet"}},
		"empty":              {one("test.parquet", nil), datasets.Options{}, []string{"test.parquet"}},
		"damaged pages":      {one("test.parquet", flip), datasets.Options{}, []string{"test.parquet"}},
		"a shard is missing": {one("train-00000-of-00003.parquet", test), datasets.Options{}, []string{"1 files of split train", "wanted 3"}},
		"no such split":      {one("test.parquet", test), datasets.Options{Split: "train"}, []string{`split "train"`, "one of test"}},
		"no such column":     {one("test.parquet", test), columns("picture", ""), []string{`no column "picture"`, "img, label", "--image-column"}},
		"column of numbers":  {one("test.parquet", test), columns("label", ""), []string{"label", "encoded images"}},
		"label of images":    {one("test.parquet", test), columns("", "img"), []string{"img", "labels, as whole numbers or text"}},
		"no image column":    {one("x.parquet", read(t, dir, "plain.parquet")), datasets.Options{}, []string{"key, pic, kind, words", "--image-column"}},
	} {
		t.Run(name, func(t *testing.T) {
			root := t.TempDir()
			c.build(root)
			for what, column := range c.o.Columns {
				if column == "" {
					delete(c.o.Columns, what)
				}
			}
			_, err := openDrain(root, c.o)
			wantParts(t, err, c.want)
		})
	}
}

// FuzzParquet opens any bytes as a table: items, or a fault, and no panic of the library's.
func FuzzParquet(f *testing.F) {
	f.Add(read(f, "testdata", "labelled", "parquet", "plain.parquet"), 0, byte(0))
	f.Add(read(f, "testdata", "labelled", "parquet", "converted", "test", "0000.parquet"), 700, byte(3))
	f.Fuzz(func(t *testing.T, b []byte, at int, x byte) {
		if at >= 0 && at < len(b) {
			b = bytes.Clone(b)
			b[at] ^= x
		}
		root := t.TempDir()
		write(t, filepath.Join(root, "test.parquet"), string(b))
		for _, o := range []datasets.Options{{}, {Columns: map[string]string{"image": "pic", "label": "kind", "caption": "words"}}} {
			if _, err := openDrain(root, o); err != nil {
				if _, ok := fault.KindOf(err); !ok {
					t.Errorf("error %v is no fault", err)
				}
			}
		}
	})
}

// TestImageNetHostile: what would shift labels without a word is refused.
func TestImageNetHostile(t *testing.T) {
	const truth = "ILSVRC2012_validation_ground_truth.txt"
	pick := func(set string) func(string) string {
		return func(root string) string { return filepath.Join(root, set) }
	}
	for name, c := range map[string]struct {
		from  string
		spoil func(root string)
		ref   func(root string) string
		want  []string
	}{
		"a class of another set":  {"imagenet", func(r string) { plant(t, r, "imagenet-a/n01440764/x.jpg") }, pick("imagenet-a"), []string{"folder n01440764", "200 classes of imagenet-a"}},
		"a folder that is no id":  {"imagenet", func(r string) { plant(t, r, "imagenet_sketch/cat/x.jpg") }, pick("imagenet_sketch"), []string{"folder cat"}},
		"images beside":           {"imagenet", func(r string) { plant(t, r, "imagenet-r/x.jpg") }, pick("imagenet-r"), []string{"1 images beside", "x.jpg"}},
		"number too great":        {"imagenet", func(r string) { plant(t, r, "imagenetv2/imagenetv2-matched-frequency-format-val/1000/x.jpg") }, pick("imagenetv2"), []string{"folder 1000"}},
		"number written twice":    {"imagenet", func(r string) { plant(t, r, "imagenetv2/imagenetv2-matched-frequency-format-val/010/x.jpg") }, pick("imagenetv2"), []string{"folder 010"}},
		"no ground truth":         {"imagenet/flat2", func(r string) { os.Remove(filepath.Join(r, truth)) }, pick(""), []string{"no " + truth, "development kit"}},
		"no mapping":              {"imagenet/flat2", func(r string) { os.Remove(filepath.Join(r, "map_clsloc.txt")) }, pick(""), []string{"no meta.mat", "1 to 1000"}},
		"truth that is short":     {"imagenet/flat2", func(r string) { write(t, filepath.Join(r, truth), "3\n4\n") }, pick(""), []string{"ILSVRC2012_val_00000009.JPEG", "image 9", "1 to 2"}},
		"truth of class 0":        {"imagenet/flat2", func(r string) { write(t, filepath.Join(r, truth), "3\n0\n") }, pick(""), []string{truth + " line 2", `"0"`, "1 to 1000"}},
		"truth of words":          {"imagenet/flat2", func(r string) { write(t, filepath.Join(r, truth), "tench\n") }, pick(""), []string{truth + " line 1", `"tench"`}},
		"half a mapping":          {"imagenet/flat2", func(r string) { write(t, filepath.Join(r, "map_clsloc.txt"), "n01440764 1 tench\n") }, pick(""), []string{"map_clsloc.txt", "1 classes", "1000"}},
		"mapping with two of one": {"imagenet/flat2", func(r string) { write(t, filepath.Join(r, "map_clsloc.txt"), "n01440764 1 a\nn01443537 1 b\n") }, pick(""), []string{"map_clsloc.txt line 2", "class 1"}},
		"mapping to no id":        {"imagenet/flat2", func(r string) { write(t, filepath.Join(r, "map_clsloc.txt"), "cat 1 a\n") }, pick(""), []string{"map_clsloc.txt line 1", `"cat"`}},
		"mapping without numbers": {"imagenet/flat2", func(r string) { write(t, filepath.Join(r, "map_clsloc.txt"), "n01440764 tench\n") }, pick(""), []string{"map_clsloc.txt line 1"}},
		"kit cut short": {"imagenet/flat", func(r string) {
			b := read(t, r, "ILSVRC2012_devkit_t12", "data", "meta.mat")
			write(t, filepath.Join(r, "ILSVRC2012_devkit_t12", "data", "meta.mat"), string(b[:len(b)-50]))
		}, pick("val"), []string{"meta.mat", "cut short"}},
	} {
		t.Run(name, func(t *testing.T) {
			root := labelled(t, filepath.FromSlash(c.from))
			c.spoil(root)
			_, err := openDrain(c.ref(root), datasets.Options{})
			wantParts(t, err, c.want)
		})
	}
}

// TestImageNetSynsetLabels: a WordNet id a line stands in for the development kit.
func TestImageNetSynsetLabels(t *testing.T) {
	root := labelled(t, "imagenet", "flat2")
	write(t, filepath.Join(root, "imagenet_2012_validation_synset_labels.txt"), strings.Repeat("n01443537\n", 29)+"n15075141\n")
	got, err := openAll(t, root, datasets.Options{})
	if err != nil || fmt.Sprint(got.Labels) != "[1 1 1 999]" {
		t.Errorf("labels %v, error %v", got.Labels, err)
	}
	write(t, filepath.Join(root, "imagenet_2012_validation_synset_labels.txt"), "n01443537\nn00000000\n")
	_, err = openAll(t, root, datasets.Options{})
	wantParts(t, err, []string{"synset_labels.txt line 2", "n00000000"})
}

func TestFairFaceAndMemesHostile(t *testing.T) {
	const head = "file,age,gender,race,service_test\n"
	for name, c := range map[string]struct {
		set, file, content string
		want               []string
	}{
		"ragged row":          {"fairface", "fairface_label_val.csv", head + "val/1.jpg,3-9,Male\n", []string{"fairface_label_val.csv", "line 2", "wrong number of fields"}},
		"no column":           {"fairface", "fairface_label_val.csv", "file,age\nval/1.jpg,3-9\n", []string{"the columns file, age", "a column race"}},
		"another race":        {"fairface", "fairface_label_val.csv", head + "val/1.jpg,3-9,Male,Martian,True\n", []string{"line 2", `"Martian"`}},
		"image outside":       {"fairface", "fairface_label_val.csv", head + "../1.jpg,3-9,Male,White,True\n", []string{"line 2", "../1.jpg"}},
		"image missing":       {"fairface", "fairface_label_val.csv", head + "val/77.jpg,3-9,Male,White,True\n", []string{"line 2", "77.jpg"}},
		"image twice":         {"fairface", "fairface_label_val.csv", head + strings.Repeat("val/1.jpg,3-9,Male,White,True\n", 2), []string{"line 3", "again", "line 2"}},
		"empty table":         {"fairface", "fairface_label_val.csv", "", []string{"fairface_label_val.csv"}},
		"header alone":        {"fairface", "fairface_label_val.csv", head, []string{"no images"}},
		"label of two":        {"hateful_memes", "dev_seen.jsonl", `{"id":1,"img":"img/42953.png","label":2,"text":"x"}`, []string{"line 1", "label 2", "0 or 1"}},
		"record cut short":    {"hateful_memes", "dev_seen.jsonl", `{"id":1,"img":"img/42953.png","label":0,"text":"x"}` + "\n{\"id\":2,", []string{"line 2", "cut short"}},
		"no id":               {"hateful_memes", "dev_seen.jsonl", `{"img":"img/42953.png"}`, []string{"line 1", "without id or img"}},
		"meme outside":        {"hateful_memes", "dev_seen.jsonl", `{"id":1,"img":"/etc/passwd"}`, []string{"line 1", "/etc/passwd"}},
		"meme missing":        {"hateful_memes", "dev_seen.jsonl", `{"id":1,"img":"img/0.png"}`, []string{"line 1", "0.png"}},
		"id twice":            {"hateful_memes", "dev_seen.jsonl", strings.Repeat(`{"id":1,"img":"img/42953.png","label":0}`+"\n", 2), []string{"line 2", "again"}},
		"label that is words": {"hateful_memes", "dev_seen.jsonl", `{"id":1,"img":"img/42953.png","label":"no"}`, []string{"line 1", "label"}},
	} {
		t.Run(name, func(t *testing.T) {
			root := labelled(t, c.set)
			write(t, filepath.Join(root, c.file), c.content)
			_, err := openDrain(c.set, datasets.Options{Root: root})
			wantParts(t, err, c.want)
		})
	}
	// Words on some memes alone would not pair, so none are captions.
	root := labelled(t, "hateful_memes")
	write(t, filepath.Join(root, "dev_seen.jsonl"), `{"id":1,"img":"img/42953.png","label":0,"text":"x"}`+"\n"+`{"id":2,"img":"img/42954.png","label":1,"text":" "}`)
	d, err := datasets.Open(context.Background(), "hateful_memes", datasets.Options{Root: root})
	if err != nil {
		t.Fatal(err)
	}
	for it, err := range d.Items(context.Background()) {
		if err != nil || len(it.Captions) > 0 {
			t.Errorf("%s has the captions %q, error %v", it.ID, it.Captions, err)
		}
	}
}

// TestRecordsHostile spoils STL-10 and MNIST, whose pictures and labels lie in files apart, and the lists of Food-101 and the pets.
func TestRecordsHostile(t *testing.T) {
	y := read(t, "testdata", "labelled", "mnist", "t10k-labels-idx1-ubyte")
	x := read(t, "testdata", "labelled", "mnist", "t10k-images-idx3-ubyte")
	zipped := read(t, "testdata", "labelled", "mnist", "train-images-idx3-ubyte.gz")
	edit := func(b []byte, at int, v byte) string {
		b = bytes.Clone(b)
		b[at] = v
		return string(b)
	}
	for name, c := range map[string]struct {
		ref, file, content, split string
		want                      []string
	}{
		"pictures cut short":  {"stl10", "stl10_binary/test_X.bin", "x", "", []string{"test_X.bin", "1 bytes for 4 labels"}},
		"too few labels":      {"stl10", "stl10_binary/test_y.bin", "\x01\x02", "", []string{"test_X.bin", "for 2 labels"}},
		"label of zero":       {"stl10", "stl10_binary/test_y.bin", "\x01\x00\x01\x01", "", []string{"test_y.bin record 1", "label 0"}},
		"label of eleven":     {"stl10", "stl10_binary/test_y.bin", "\x01\x01\x0b\x01", "", []string{"test_y.bin record 2", "label 11"}},
		"no labels":           {"stl10", "stl10_binary/test_y.bin", "", "", []string{"0 labels"}},
		"split is not there":  {"stl10", "stl10_binary/none", "", "train", []string{"train_y.bin", "no such file"}},
		"digit of ten":        {"mnist", "mnist/t10k-labels-idx1-ubyte", edit(y, 9, 10), "", []string{"labels-idx1-ubyte record 1", "label 10"}},
		"labels cut short":    {"mnist", "mnist/t10k-labels-idx1-ubyte", string(y[:10]), "", []string{"labels-idx1-ubyte", "cut short"}},
		"header cut short":    {"mnist", "mnist/t10k-images-idx3-ubyte", string(x[:10]), "", []string{"images-idx3-ubyte", "cut short"}},
		"digits cut short":    {"mnist", "mnist/t10k-images-idx3-ubyte", string(x[:len(x)-1]), "", []string{"images-idx3-ubyte record 4", "cut short"}},
		"labels for pictures": {"mnist", "mnist/t10k-images-idx3-ubyte", string(y), "", []string{"want 00 00 08 03"}},
		"more labels":         {"mnist", "mnist/t10k-images-idx3-ubyte", edit(x, 7, 4), "", []string{"4 pictures for 5 labels"}},
		"pictures of no size": {"mnist", "mnist/t10k-images-idx3-ubyte", edit(x, 15, 0), "", []string{"dimension of 0"}},
		"millions of labels":  {"mnist", "mnist/t10k-labels-idx1-ubyte", edit(y, 4, 0xff), "", []string{"dimension of"}},
		"great pictures":      {"mnist", "mnist/t10k-images-idx3-ubyte", edit(x, 13, 0x0f), "", []string{"pictures of 983068×28"}},
		"no gzip":             {"mnist", "mnist/train-images-idx3-ubyte.gz", "PK", "train", []string{"train-images-idx3-ubyte.gz", "cut short"}},
		"gzip cut short":      {"mnist", "mnist/train-images-idx3-ubyte.gz", string(zipped[:len(zipped)/2]), "train", []string{"train-images-idx3-ubyte.gz record", "cut short"}},
		"list with a stray":   {"food101", "food-101/meta/test.txt", "apple_pie\n", "", []string{"test.txt line 1", "apple_pie"}},
		"list from outside":   {"food101", "food-101/meta/test.txt", "apple_pie/../../../../x\n", "", []string{"test.txt line 1", "inside the folder"}},
		"image not there":     {"food101", "food-101/meta/test.txt", "apple_pie/99\n", "", []string{"test.txt line 1", "99.jpg"}},
		"breed of 38":         {"pets", "oxford-iiit-pet/annotations/test.txt", "Abyssinian_201 38 1 1\n", "", []string{"test.txt line 1", "Abyssinian_201 38"}},
		"breed of none":       {"pets", "oxford-iiit-pet/annotations/test.txt", "Abyssinian_201 1\n", "", []string{"test.txt line 1"}},
	} {
		t.Run(name, func(t *testing.T) {
			root := t.TempDir()
			dir, _, _ := strings.Cut(c.file, "/")
			if err := os.CopyFS(filepath.Join(root, dir), os.DirFS(filepath.Join("testdata", "labelled", dir))); err != nil {
				t.Fatal(err)
			}
			write(t, filepath.Join(root, filepath.FromSlash(c.file)), c.content)
			_, err := openDrain(c.ref, datasets.Options{Root: root, Split: c.split})
			wantParts(t, err, c.want)
		})
	}
}
