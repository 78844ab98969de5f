package ort

import (
	"fmt"
	"regexp"
	"strconv"
)

// A version is major, minor and patch.
type version [3]int

var versionPattern = regexp.MustCompile(`^(\d{1,6})\.(\d{1,6})\.(\d{1,6})`)

// parseVersion reads the three numbers at the beginning of s; what follows them ("-rc1", "+cu13") is ignored.
func parseVersion(s string) (version, error) {
	m := versionPattern.FindStringSubmatch(s)
	if m == nil {
		return version{}, fmt.Errorf("%q is no version", s)
	}
	var v version
	for i := range v {
		v[i], _ = strconv.Atoi(m[i+1]) // at most six digits
	}
	return v, nil
}

func (v version) String() string { return fmt.Sprintf("%d.%d.%d", v[0], v[1], v[2]) }

// less reports whether v comes before w.
func (v version) less(w version) bool {
	for i := range v {
		if v[i] != w[i] {
			return v[i] < w[i]
		}
	}
	return false
}

// fits reports whether a library of version v offers the C API that the binding was built against: ONNX Runtime 1.N offers the versions
// up to N of its API, so the same major number and at least the minimum will do.
func (v version) fits(minimum version) bool { return v[0] == minimum[0] && !v.less(minimum) }
