package report

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html/template"
	"strings"

	"mindgap/probe"
)

//go:embed page/*.js
var scriptFiles embed.FS

// scriptOrder is the order in which the files of the script are joined: what a file runs while it loads may use only what stands above it.
var scriptOrder = []string{"format.js", "data.js", "shift.js", "record.js", "colour.js", "camera.js", "gl.js", "pace.js", "pick.js", "cloud.js", "overlay.js",
	"pointer.js", "keyboard.js", "inspector.js", "selection.js", "histogram.js", "slider.js", "search.js", "figures.js", "export.js", "explorer.js", "controls.js", "main.js"}

// pageScript is the one script of the page: the files of the folder page inside a function, so that none of their names is global.
var pageScript = func() string {
	var b strings.Builder
	b.WriteString("(() => {\n\"use strict\";\n")
	for _, name := range scriptOrder {
		text, err := scriptFiles.ReadFile("page/" + name)
		if err != nil {
			panic("report: a file of the page's script is missing")
		}
		b.Write(text)
	}
	b.WriteString("})();\n")
	return b.String()
}()

// hashOf is how a content security policy names the text of an element.
func hashOf(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}

// policy is the content security policy of the page: this script, this style sheet, pictures that the page itself holds, and nothing else; a
// served page may also ask its own server.
func policy(served bool) string {
	images, connect := "data: blob:", "'none'"
	if served {
		images, connect = "'self' "+images, "'self'"
	}
	return "default-src 'none'; script-src " + hashOf(pageScript) + "; style-src " + hashOf(pageStyle) + "; img-src " + images + "; connect-src " +
		connect + "; base-uri 'none'; form-action 'none'"
}

// embed fills in what the script reads: the record without the points of its maps, which the scene holds, the scene unless it is served,
// and the tables of the figures. encoding/json escapes <, >, & and the separators U+2028 and U+2029, so that no string can end its element.
func (d *pageData) embed(rec *probe.Record, res *probe.ReportResults, tables map[string]string, o Options) error {
	short, results := *rec, *res
	results.Maps = append([]probe.Map(nil), res.Maps...)
	for i := range results.Maps {
		results.Maps[i].Images, results.Maps[i].Texts = nil, nil
	}
	short.Results = &results
	for _, part := range []struct {
		into  *template.JS
		value any
		held  bool
	}{{&d.Record, &short, true}, {&d.Tables, tables, true}, {&d.Scene, o.Scene, d.Explorer != nil && !o.Served}} {
		if !part.held {
			continue
		}
		b, err := json.Marshal(part.value)
		if err != nil {
			return err
		}
		*part.into = template.JS(visible(b))
	}
	return nil
}

// visible writes the hidden characters of a JSON text as escapes, which mean the same: nothing in the source of the page then steers how an
// editor shows it. The script cleans what it shows.
func visible(text []byte) string {
	if bytes.IndexFunc(text, hidden) < 0 {
		return string(text)
	}
	var b strings.Builder
	for _, r := range string(text) {
		if hidden(r) { // none is beyond the basic plane, and none stands outside a string
			fmt.Fprintf(&b, `\u%04x`, r)
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}
