package ort

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"sync"
)

//go:embed pins.json
var pinsJSON []byte

// pins is the contents of pins.json: which library is fetched from where, and what it must be.
type pins struct {
	Version   string              `json:"version"` // the version that is fetched
	Minimum   string              `json:"minimum"` // the oldest version that the binding can use
	Project   string              `json:"project"` // its name in a Python package index
	Python    string              `json:"python"`  // the Python whose wheel is taken; the library inside does not depend on it
	Package   string              `json:"package"` // its name in a Node registry
	Platforms map[string]platform `json:"platforms"`
}

// A platform is what is known for one "GOOS/GOARCH".
type platform struct {
	Library string `json:"library"` // the library's file name in the cache
	Tested  bool   `json:"tested"`  // whether the library was run on this platform, not only hashed
	Release pin    `json:"release"`
	Wheel   pin    `json:"wheel"`
	NPM     pin    `json:"npm"`
}

// A pin is one archive and the library in it.
type pin struct {
	URL           string `json:"url,omitempty"` // only for release archives
	Tag           string `json:"tag,omitempty"` // only for wheels: the platform tag
	File          string `json:"file"`
	Size          int64  `json:"size"`
	SHA256        string `json:"sha256"`
	Member        string `json:"member"`                   // the library's path inside the archive
	LibrarySize   int64  `json:"library_size,omitempty"`   // zero where only the archive's hash is known, which covers its contents
	LibrarySHA256 string `json:"library_sha256,omitempty"` // likewise
}

// libraryHashes returns the pinned hashes of the library itself.
func (p platform) libraryHashes() []string {
	var hashes []string
	for _, q := range []pin{p.Release, p.Wheel, p.NPM} {
		if q.LibrarySHA256 != "" {
			hashes = append(hashes, q.LibrarySHA256)
		}
	}
	return hashes
}

// embeddedPins parses pins.json, which a test checks.
var embeddedPins = sync.OnceValue(func() *pins {
	p := new(pins)
	if err := json.Unmarshal(pinsJSON, p); err != nil {
		panic(fmt.Sprintf("ort: pins.json: %v", err))
	}
	return p
})

// minimum is the oldest usable version.
func (p *pins) minimum() version {
	v, err := parseVersion(p.Minimum)
	if err != nil {
		panic("ort: pins.json: " + err.Error())
	}
	return v
}
