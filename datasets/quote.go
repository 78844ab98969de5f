package datasets

import "strconv"

// quoteShort quotes what a file holds for a message, cut where it is long: a hostile name may be of any length.
func quoteShort(s string) string {
	const most = 120
	if len(s) > most {
		return strconv.Quote(s[:most]) + "…"
	}
	return strconv.Quote(s)
}
