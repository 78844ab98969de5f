package datasets_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mindgap/datasets"
	"mindgap/datasets/datasetstest"
	"mindgap/models/fault"
)

// TestImages opens files and folders in the order given, and holds the result to the suite as well.
func TestImages(t *testing.T) {
	d, err := datasets.Images(context.Background(), []string{"testdata/flat/2.png", "testdata/folder/cat", "testdata/flat", "testdata/flat/2.png"})
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for it, err := range d.Items(context.Background()) {
		if err != nil {
			t.Fatal(err)
		}
		if it.Label != datasets.NoLabel || it.Captions != nil {
			t.Errorf("%s has label %d and captions %q", it.ID, it.Label, it.Captions)
		}
		b, err := it.Image.Bytes()
		want, werr := os.ReadFile(filepath.FromSlash(it.Image.Name))
		if err := errors.Join(err, werr); err != nil || string(b) != string(want) {
			t.Errorf("%s: %d bytes, error %v", it.ID, len(b), err)
		}
		ids = append(ids, it.ID)
	}
	want := []string{"testdata/flat/2.png", "testdata/folder/cat/a.JPG", "testdata/folder/cat/b.png", "testdata/folder/cat/sub/deep/z.webp",
		"testdata/flat/10.png", "testdata/flat/2.png#2", "testdata/flat/2.png#3"}
	if diff := cmp.Diff(want, ids); diff != "" || d.Info().Len != len(want) {
		t.Errorf("length %d (-want +got)\n%s", d.Info().Len, diff)
	}
}

// TestImagesConform runs the suite on loose images, which no reference opens.
func TestImagesConform(t *testing.T) {
	want := datasetstest.ReadGoldens(t, "testdata/goldens.json")["loose"]
	open := func(ctx context.Context, o datasets.Options) (datasets.Dataset, error) {
		if o.Limit < 0 || o.Split+o.Target != "" {
			return nil, &fault.Error{Kind: fault.Usage} // what the registry says for the formats
		}
		d, err := datasets.Images(ctx, []string{"testdata/flat/2.png", "testdata/folder"})
		if err != nil {
			return nil, err
		}
		if d, err = datasets.WithCaption(d, o.Caption); err != nil {
			return nil, err
		}
		return datasets.First(d, o.Limit), nil
	}
	for _, err := range datasetstest.Check(open, datasets.Options{}, want) {
		t.Error(err)
	}
}

func TestImagesFaults(t *testing.T) {
	empty := t.TempDir()
	for _, c := range []struct {
		paths []string
		want  []string
	}{
		{nil, []string{"no path"}},
		{[]string{"testdata/flat", "testdata/none.png"}, []string{"testdata/none.png", "no such file"}},
		{[]string{os.DevNull}, []string{os.DevNull, "not a file"}},
		{[]string{empty}, []string{empty, "no images", ".png"}},
	} {
		_, err := datasets.Images(context.Background(), c.paths)
		wantParts(t, err, c.want)
	}
}
