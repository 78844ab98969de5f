// Package builtin holds the models that come with mindgap: two small CLIPs that were trained from scratch for it, and untrained twins of
// the same architecture that show where the gap starts.
//
// Each is handed out as a file system laid out as transformers.js lays out a model: config.json, preprocessor_config.json, the
// tokenizer's files and onnx/{vision,text}_model.onnx. The trained weights are embedded. The twins' are drawn when they are read, from
// the generator of package torchrand in the order in which PyTorch drew them; every file that is made rather than stored is compared with the
// SHA-256 of the file that PyTorch's exporter wrote, so a reader gets those bytes or an error.
//
// The scripts that trained and exported the models, and that packed them into data/, lie in scripts/.
package builtin

import (
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"strings"
	"sync"

	"mindgap/models/fault"
)

// Default is the name of the model that is meant where none is named.
const Default = "emoji"

//go:embed data
var data embed.FS

// twins is the number of untrained twins of a family; their seeds are 1 to twins.
const twins = 3

// families in the order in which they are listed.
var families = []string{"emoji", "cifar10"}

// Names returns the names of the built-in models: each trained model, [Default] first, followed by its untrained twins.
func Names() []string {
	var names []string
	for _, family := range families {
		names = append(names, family)
		for seed := 1; seed <= twins; seed++ {
			names = append(names, twinName(family, seed))
		}
	}
	return names
}

func twinName(family string, seed int) string { return fmt.Sprintf("%s-random%d", family, seed) }

// Open returns the files of the built-in model called name. Nothing is read, unpacked or drawn before a file is. The file system may
// be used concurrently; it implements [fs.ReadFileFS], [fs.ReadDirFS] and [fs.StatFS], and has a method SHA256(name string) (string, bool)
// that tells a file's hash without making its content. For an unknown name the error is a [fault.Error] that lists the names.
func Open(name string) (fs.FS, error) {
	all, err := catalogue()
	if err != nil {
		return nil, err
	}
	m, ok := all[name]
	if !ok {
		return nil, unknown("open built-in model", name)
	}
	return m, nil
}

func unknown(op, name string) error {
	return &fault.Error{
		Kind: fault.Input, Op: op, Thing: fmt.Sprintf("%q", name),
		Wanted: "one of " + strings.Join(Names(), ", "),
		Next:   "choose one of these names",
	}
}

// A fingerprint is what files.json keeps of a file.
type fingerprint struct {
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
}

// catalogue builds the file systems of all models, once; they are small as long as nothing is read.
var catalogue = sync.OnceValues(func() (map[string]*modelFS, error) {
	raw, err := data.ReadFile("data/files.json")
	if err != nil {
		return nil, damaged("data/files.json", err)
	}
	var prints map[string]map[string]fingerprint
	if err := json.Unmarshal(raw, &prints); err != nil {
		return nil, damaged("data/files.json", err)
	}
	all := make(map[string]*modelFS)
	for _, family := range families {
		all[family] = newModelFS(prints[family], trainedFiles(family))
	}
	for seed := 1; seed <= twins; seed++ {
		first := twinName(families[0], seed)
		vision := onceVerified(prints[first][visionFile], func() ([]byte, error) { return drawVision(uint64(seed)) })
		text := onceVerified(prints[first][textFile], func() ([]byte, error) { return drawText(uint64(seed)) })
		for _, family := range families {
			name := twinName(family, seed)
			all[name] = newModelFS(prints[name], twinFiles(family, name, vision, text))
		}
	}
	return all, nil
})

// damaged reports an embedded file that cannot be what was built in.
func damaged(thing string, err error) error {
	return &fault.Error{
		Kind: fault.System, Op: "read built-in model", Thing: thing, Err: err,
		Next: "build or install mindgap anew; if this stays, report it with your processor and Go version",
	}
}
