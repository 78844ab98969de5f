package datasets_test

import (
	"context"
	"path/filepath"
	"testing"

	"mindgap/datasets"
)

func init() {
	for _, c := range []conformance{
		{format: "coco-captions", ref: "mscoco_captions", options: datasets.Options{Root: "captioned"}, want: "coco val2017"},
		{format: "coco-captions", ref: "captioned/coco", options: datasets.Options{Split: "val2017"}, want: "coco val2017"},
		{format: "coco-captions", ref: "mscoco_captions", options: datasets.Options{Root: "captioned/karpathy"}, want: "karpathy coco test"},
		{format: "flickr30k-captions", ref: "flickr30k", options: datasets.Options{Root: "captioned/karpathy"}, want: "karpathy flickr30k test"},
		{format: "flickr30k-captions", ref: "flickr30k", options: datasets.Options{Root: "captioned/karpathy", Split: "train"}, want: "karpathy flickr30k train"},
		{format: "flickr30k-captions", ref: "flickr30k", options: datasets.Options{Root: "captioned/results"}, want: "flickr30k results.csv"},
		{format: "flickr8k-captions", ref: "flickr8k", options: datasets.Options{Root: "captioned", Split: "all"}, want: "flickr8k captions.txt"},
		{format: "flickr8k-captions", ref: "flickr8k", options: datasets.Options{Root: "captioned/benchmark"}, want: "flickr8k karpathy.txt"},
		{format: "flickr8k-captions", ref: "captioned/token/flickr8k", want: "flickr8k token.txt"},
	} {
		if c.options.Root != "" {
			c.options.Root = filepath.Join("testdata", c.options.Root)
		} else {
			c.ref = filepath.Join("testdata", c.ref)
		}
		conformances = append(conformances, c)
	}
}

// TestCaptionChoice: the paper keeps the last caption in one figure and the first in another.
func TestCaptionChoice(t *testing.T) {
	goldens := readGoldens(t)
	for _, which := range []string{datasets.CaptionFirst, datasets.CaptionLast} {
		d, err := datasets.Open(context.Background(), "mscoco_captions", datasets.Options{Root: "testdata/captioned", Caption: which})
		if err != nil {
			t.Fatal(err)
		}
		i := 0
		want := goldens["coco val2017 "+which].First
		for it, err := range d.Items(context.Background()) {
			if err != nil {
				t.Fatal(err)
			}
			if i < len(want) && fieldOf(want[i], 2) != it.Captions[0] || len(it.Captions) != 1 {
				t.Errorf("%s caption of %s: %q, want of %q", which, it.ID, it.Captions, want[i])
			}
			i++
		}
	}
}

// TestCaptionFaults spoils one thing at a time.
func TestCaptionFaults(t *testing.T) {
	const coco = `{"images":[{"id":1,"file_name":"a.jpg"}],"annotations":[{"id":7,"image_id":1,"caption":"x"}]}`
	for _, c := range []struct {
		name, ref string
		files     map[string]string
		split     string
		want      []string
	}{
		{"no JSON", "mscoco_captions", map[string]string{"coco/annotations/captions_val2017.json": "{"}, "", []string{"captions_val2017.json", "unexpected end"}},
		{"instances", "mscoco_captions", map[string]string{"coco/annotations/captions_val2017.json": `{"images":[{"id":1,"file_name":"a.jpg"}],"annotations":[{"id":7,"image_id":1,"bbox":[1]}]}`}, "", []string{"annotation 7", "no caption"}},
		{"an unknown image", "mscoco_captions", map[string]string{"coco/annotations/captions_val2017.json": `{"images":[{"id":1,"file_name":"a.jpg"}],"annotations":[{"id":7,"image_id":2,"caption":"x"}]}`}, "", []string{"annotation 7", "image 2"}},
		{"an image twice", "mscoco_captions", map[string]string{"coco/annotations/captions_val2017.json": `{"images":[{"id":1,"file_name":"a.jpg"},{"id":1,"file_name":"b.jpg"}],"annotations":[{"id":7,"image_id":1,"caption":"x"}]}`}, "", []string{"image 1", "twice"}},
		{"a name twice", "mscoco_captions", map[string]string{"coco/annotations/captions_val2017.json": `{"images":[{"id":1,"file_name":"a.jpg"},{"id":2,"file_name":"a.jpg"}],"annotations":[{"id":7,"image_id":1,"caption":"x"}]}`, "coco/val2017/a.jpg": "x"}, "", []string{"image 2", `"a.jpg" again`, "image 1"}},
		{"a name that leads outside", "mscoco_captions", map[string]string{"coco/annotations/captions_val2017.json": `{"images":[{"id":1,"file_name":"../../a.jpg"}],"annotations":[{"id":7,"image_id":1,"caption":"x"}]}`, "a.jpg": "x"}, "", []string{"image 1", "../../a.jpg", "inside"}},
		{"no images", "mscoco_captions", map[string]string{"coco/annotations/captions_val2017.json": coco}, "", []string{"no image a.jpg in", "val2017", "cocodataset.org"}},
		{"a missing image", "mscoco_captions", map[string]string{"coco/annotations/captions_val2017.json": `{"images":[{"id":1,"file_name":"a.jpg"},{"id":2,"file_name":"b.jpg"}],"annotations":[{"id":7,"image_id":1,"caption":"x"}]}`, "coco/val2017/a.jpg": "x"}, "", []string{"image 2", "b.jpg", "no such file"}},
		{"another split", "mscoco_captions", map[string]string{"coco/annotations/captions_val2017.json": coco}, "test", []string{`split "test"`, "one of val2017"}},
		{"a split without images", "flickr30k", map[string]string{"flickr30k/dataset_flickr30k.json": `{"images":[{"filename":"a.jpg","split":"train"}]}`}, "val", []string{"split val", "another --split"}},
		{"Karpathy's name that leads outside", "flickr30k", map[string]string{"flickr30k/dataset_flickr30k.json": `{"images":[{"filename":"a.jpg","filepath":"/etc","split":"test"}]}`}, "", []string{"image 0", "/etc/a.jpg"}},
		{"an empty set", "flickr8k", map[string]string{"flickr8k/captions.txt": "image,caption\n"}, "", []string{"captions.txt", "no images"}},
		{"a ragged line", "flickr8k", map[string]string{"flickr8k/captions.txt": "image,caption\na.jpg,x\nb without a caption\n"}, "", []string{"line 3", "b without"}},
		{"an empty caption", "flickr8k", map[string]string{"flickr8k/Flickr8k.token.txt": "a.jpg#0\tx\nb.jpg#0\t\n"}, "", []string{"line 2"}},
		{"a lost separator", "flickr30k", map[string]string{"flickr30k/results.csv": "image_name| comment_number| comment\na.jpg| x\n"}, "", []string{"line 2", "a.jpg| x"}},
		{"bytes that are no text", "flickr8k", map[string]string{"flickr8k/captions.txt": "image,caption\na.jpg,\xff\n"}, "", []string{"line 2", "UTF-8"}},
		{"an image outside", "flickr8k", map[string]string{"flickr8k/captions.txt": "image,caption\n../a.jpg,x\n"}, "", []string{"line 2", "../a.jpg"}},
		{"nothing there", "flickr8k", nil, "", []string{"captions.txt", "Flickr8k.token.txt", "no such files", "hockenmaier"}},
		{"no target", "flickr8k", map[string]string{"flickr8k/captions.txt": "image,caption\n"}, "no", []string{`split "no"`, "all"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			root := t.TempDir()
			for name, text := range c.files {
				write(t, filepath.Join(root, filepath.FromSlash(name)), text)
			}
			_, err := datasets.Open(context.Background(), c.ref, datasets.Options{Root: root, Split: c.split})
			wantParts(t, err, c.want)
		})
	}
}
