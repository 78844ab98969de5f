package randominit

import (
	"io/fs"
	"strings"
	"sync"

	"mindgap/models/builtin"
)

// clipMerges returns the lines of OpenAI's merges.txt, which the built-in model has: a line of version, then 48,894 merges.
var clipMerges = sync.OnceValues(func() ([]string, error) {
	m, err := builtin.Open("emoji")
	if err != nil {
		return nil, err
	}
	b, err := fs.ReadFile(m, "merges.txt")
	if err != nil {
		return nil, err
	}
	return strings.Split(strings.TrimRight(string(b), "\n"), "\n"), nil
})
