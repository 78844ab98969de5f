package tokenize

import (
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestCanonicalize(t *testing.T) {
	var pairs [][2]string
	readJSON(t, "testdata/clean.json.gz", &pairs)
	if len(pairs) < 500 {
		t.Fatalf("%d texts", len(pairs))
	}
	for _, p := range pairs {
		if diff := cmp.Diff(p[1], canonicalize(p[0])); diff != "" {
			t.Errorf("%+q (-want +got):\n%s", p[0], diff)
		}
	}
}

func TestClean(t *testing.T) {
	zero := 0
	checkGolden(t, "testdata", "/small", "testdata/small/canonicalize.json", Options{Dir: "small", Clean: "canonicalize", Context: 64, PadID: &zero})
	with, without := mustCLIP(t, Options{Clean: "canonicalize"}), mustCLIP(t, Options{})
	if with.Digest() == without.Digest() {
		t.Error("digest does not depend on cleaning")
	}
	if _, err := Open(os.DirFS("testdata"), Options{Dir: "small", Clean: "whitespace"}); err == nil || !strings.Contains(err.Error(), `"whitespace"`) {
		t.Errorf("unknown cleaning: %v", err)
	}
}
