package browser_test

import (
	"bytes"
	"encoding/base64"
	"encoding/xml"
	"fmt"
	"image/png"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"mindgap/probe/report/browser"
)

// Every figure can be taken away: the CSV is that of the folder, the SVG parses, the PNG is twice the picture's size.
func TestFiguresAreFiles(t *testing.T) {
	r, p := openExplorer(t, browser.Start(t), browser.Desktop)
	var names []string
	p.Evaluate(`Array.from(document.querySelectorAll(".exports[data-figure]"), e => e.dataset.figure)`, &names)
	plots, err := filepath.Glob(filepath.Join(r.dir, "plots", "*.csv"))
	if err != nil || len(plots) != len(names) {
		t.Fatalf("%d figures with buttons, %d plots (%v)", len(names), len(plots), err)
	}
	// Instead of the reader's disk, a file goes into a variable.
	p.Evaluate(`(() => {
		window.saved = [];
		const make = URL.createObjectURL;
		let last;
		URL.createObjectURL = (blob) => { last = blob; return make.call(URL, blob); };
		HTMLAnchorElement.prototype.click = function() { saved.push({name: this.download, blob: last}); };
	})()`, nil)
	take := func(name, kind string) []byte {
		var file struct{ Name, Data string }
		p.Evaluate(fmt.Sprintf(`(async () => {
			saved.length = 0;
			document.querySelector('[data-figure="%s"] [data-export=%s]').click();
			while (saved.length === 0) await new Promise(done => setTimeout(done, 10));
			const reader = new FileReader();
			await new Promise(done => { reader.onload = done; reader.readAsDataURL(saved[0].blob); });
			return {name: saved[0].name, data: reader.result.split(",")[1]};
		})()`, name, kind), &file)
		if file.Name != name+"."+kind {
			t.Errorf("%s of %s is saved as %q", kind, name, file.Name)
		}
		b, err := base64.StdEncoding.DecodeString(file.Data)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	for _, name := range names {
		want, err := os.ReadFile(filepath.Join(r.dir, "plots", name+".csv"))
		if err != nil {
			t.Fatal(err)
		}
		if got := take(name, "csv"); !bytes.Equal(got, want) {
			t.Errorf("%s.csv has %d bytes, the one in the folder %d", name, len(got), len(want))
		}
		d := xml.NewDecoder(bytes.NewReader(take(name, "svg")))
		for {
			if _, err := d.Token(); err == io.EOF {
				break
			} else if err != nil {
				t.Errorf("%s.svg is not well-formed: %v", name, err)
				break
			}
		}
	}
	img, err := png.Decode(bytes.NewReader(take("accuracy", "png")))
	if err != nil {
		t.Fatal(err)
	}
	if b := img.Bounds(); b.Dx() != 1440 {
		t.Errorf("accuracy.png is %v", b)
	}
	if c := p.Complaints(); len(c) > 0 {
		t.Errorf("complaints: %q", c)
	}
}

// Search finds captions, ids and classes whatever their case, steps through what it found, and selects it.
func TestSearchSteps(t *testing.T) {
	r, p := openExplorer(t, browser.Start(t), browser.Desktop)
	var want []int
	for i, id := range r.scene.IDs { // by id or class
		class := r.scene.Classes[int(r.scene.Arrays["label"].At(i))]
		if strings.Contains(strings.ToLower(id+"\x00"+class), "umbrella") {
			want = append(want, i)
		}
	}
	for j, caption := range r.scene.Captions {
		if strings.Contains(strings.ToLower(caption), "umbrella") {
			want = append(want, r.scene.Images+j)
		}
	}
	type found struct {
		Points   []int
		Focus    []int
		Count    string
		Selected int
	}
	var got found
	p.Evaluate(`(async () => {
		const input = document.getElementById("search"), wait = ms => new Promise(done => setTimeout(done, ms)), focus = [];
		input.value = " uMbrella ";
		input.dispatchEvent(new Event("input"));
		await wait(400);
		for (const id of ["search-next", "search-next", "search-previous"]) { document.getElementById(id).click(); focus.push(mindgap.state().focus); }
		const count = document.getElementById("search-count").textContent;
		document.getElementById("search-select").click();
		const s = mindgap.state().selection ?? {images: [], texts: []};
		return {points: mindgap.search("umbrella"), focus, count, selected: s.images.length + s.texts.length};
	})()`, &got)
	if len(want) < 4 || !slices.Equal(got.Points, want) {
		t.Fatalf("found %v, want %v", got.Points, want)
	}
	n := len(got.Points)
	if want := []int{want[0], want[1], want[0]}; !slices.Equal(got.Focus, want) {
		t.Errorf("the steps led to %v, want %v", got.Focus, want)
	}
	if want := fmt.Sprintf("1 of %d", n); got.Count != want {
		t.Errorf("the page says %q, want %q", got.Count, want)
	}
	if got.Selected != n {
		t.Errorf("%d points are selected, want %d", got.Selected, n)
	}
}
