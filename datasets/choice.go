package datasets

import (
	"slices"
	"strconv"
	"strings"

	"mindgap/models/fault"
)

// choose returns which of known a user asked for: asked itself, or the first where nothing was asked for. What says what is chosen,
// "split" or "target". Asking for what is not known is a fault of the command line.
func choose(set, what, asked string, known []string) (string, error) {
	switch {
	case asked == "" && len(known) > 0:
		return known[0], nil
	case slices.Contains(known, asked) || asked == "":
		return asked, nil
	case len(known) == 0:
		return "", &fault.Error{Kind: fault.Usage, Op: "open data set", Thing: set, Found: what + " " + strconv.Quote(asked),
			Wanted: "none, since the set has no " + what + "s", Next: "leave --" + what + " out"}
	}
	return "", &fault.Error{Kind: fault.Usage, Op: "open data set", Thing: set, Found: what + " " + strconv.Quote(asked),
		Wanted: "one of " + strings.Join(known, ", ")}
}
