package datasets_test

import (
	"path/filepath"

	"mindgap/datasets"
)

func init() {
	conformances = append(conformances,
		conformance{format: "folder", ref: filepath.Join("testdata", "folder"), want: "folder"},
		conformance{format: "folder", ref: "flat", options: datasets.Options{Root: "testdata"}, want: "flat"})
}
