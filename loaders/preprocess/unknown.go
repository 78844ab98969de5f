package preprocess

import (
	"bytes"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"mindgap/models/fault"
)

// lookalikes are kinds of file that turn up where pictures are expected, and what to do about each.
var lookalikes = []struct{ start, name, next string }{
	{"version https://git-lfs", "a Git LFS pointer, not the file it points to", "run git lfs pull in the folder it came from"},
	{"<!DOCTYPE", "a web page", "download the file itself, not the page about it"},
	{"<!doctype", "a web page", "download the file itself, not the page about it"},
	{"<html", "a web page", "download the file itself, not the page about it"},
	{"<svg", "an SVG drawing", "render it as PNG first"},
	{"<?xml", "an XML document", "render it as PNG first if it is an SVG drawing"},
	{"%PDF", "a PDF document", "render its page as PNG first"},
	{"PK\x03\x04", "a ZIP archive", "unpack it first"},
	{"\x1f\x8b", "gzip-compressed data", "unpack it first"},
	{"8BPS", "a Photoshop document", "save it as PNG first"},
	{"\x00\x00\x01\x00", "an icon file", "save it as PNG first"},
	{"\xff\x0a", "a JPEG XL picture", "convert it to PNG or JPEG first"},
	{"\x00\x00\x00\x0cJXL ", "a JPEG XL picture", "convert it to PNG or JPEG first"},
	{"\x00\x00\x00\x0cjP  ", "a JPEG 2000 picture", "convert it to PNG or JPEG first"},
}

// unknown says what data begins with, since it begins as no picture does.
func unknown(name string, data []byte) error {
	e := &fault.Error{Op: opDecode, Thing: name, Found: "an empty file", Wanted: wantedFormats, Next: "get the file again or leave it out"}
	if len(data) == 0 {
		return e
	}
	e.Found = beginning(data)
	if len(data) >= 12 && string(data[4:8]) == "ftyp" {
		e.Found, e.Next = fmt.Sprintf("an ISO media file (%q, as HEIC and AVIF are)", data[8:12]), "convert it to PNG or JPEG first"
		return e
	}
	trimmed := bytes.TrimLeft(data[:min(len(data), 1024)], "\ufeff \t\r\n")
	for _, l := range lookalikes {
		if bytes.HasPrefix(trimmed, []byte(l.start)) {
			e.Found, e.Next = fmt.Sprintf("%s (%s)", l.name, e.Found), l.next
			return e
		}
	}
	return e
}

// beginning describes the first bytes of a file: as text where they are text.
func beginning(data []byte) string {
	const most = 24
	head := data[:min(len(data), 4*most)]
	var text strings.Builder
	n := 0
	for len(head) > 0 && n < most {
		r, size := utf8.DecodeRune(head)
		if r == utf8.RuneError && size <= 1 || !unicode.IsPrint(r) && !unicode.IsSpace(r) {
			return fmt.Sprintf("bytes % x", data[:min(len(data), 8)])
		}
		text.WriteRune(r)
		head, n = head[size:], n+1
	}
	s := text.String()
	if len(s) < len(data) {
		s += "…"
	}
	return fmt.Sprintf("text %q", s)
}
