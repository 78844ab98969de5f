package report

import (
	"bytes"
	"encoding/base64"
	"html/template"

	"mindgap/probe"
)

type examplesView struct {
	Lambda string
	Lists  []exampleList
}

type exampleList struct {
	Title string
	Items []exampleView
	More  int
}

type exampleView struct {
	ID, Caption, Label, Before, After string
	Image                             template.URL
}

// examples shows the items whose prediction the shift changes.
func examples(e *probe.Examples, thumbnails map[string][]byte) *examplesView {
	if e == nil || len(e.Gained)+len(e.Lost) == 0 {
		return nil
	}
	v := &examplesView{Lambda: signed(float64(e.Lambda))}
	add := func(title string, all []probe.Example) {
		list := exampleList{Title: title}
		for _, x := range all[:min(maxExamples, len(all))] {
			list.Items = append(list.Items, exampleView{clean(x.ID), ellipsis(clean(x.Caption), 140), clean(x.Label), clean(x.Before), clean(x.After),
				dataURL(thumbnails[x.ID])})
		}
		list.More = len(all) - len(list.Items)
		if len(list.Items) > 0 {
			v.Lists = append(v.Lists, list)
		}
	}
	add("Gained: wrong before, right after", e.Gained)
	add("Lost: right before, wrong after", e.Lost)
	return v
}

// dataURL returns a PNG file as a URL that holds it, or "" if b is no PNG or too large for a thumbnail.
func dataURL(b []byte) template.URL {
	if !bytes.HasPrefix(b, []byte("\x89PNG\r\n\x1a\n")) || len(b) > maxThumbnail {
		return ""
	}
	return template.URL("data:image/png;base64," + base64.StdEncoding.EncodeToString(b)) // base64 cannot end the attribute
}
