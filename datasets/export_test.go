package datasets

import "slices"

// RegisterForTest registers formats and returns what takes them away again.
func RegisterForTest(list ...Format) (restore func()) {
	before := slices.Clone(formats)
	for _, f := range list {
		Register(f)
	}
	return func() { formats = before }
}

// HubPlace is hubPlace.
func HubPlace(at string) string { return hubPlace(at) }
