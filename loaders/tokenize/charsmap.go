package tokenize

import (
	"encoding/binary"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/rivo/uniseg"

	"mindgap/models/fault"
)

// A charsmap is SentencePiece's table of replacements, which it compiles from its normalization rule (nmt_nfkc and the like): a double-array
// trie (Aoe 1989, in the layout of darts-clone) from texts to offsets in a block of texts that end in NUL.
type charsmap struct {
	units []uint32
	texts string
	ascii [utf8.RuneSelf]replacement // of each single ASCII character
	plain bool                       // no single ASCII character has a replacement
}

// A replacement is what a text becomes.
type replacement struct {
	ok bool
	to string
}

func badCharsmap(found string) error {
	return &fault.Error{Op: op, Found: found, Wanted: "a table of replacements as SentencePiece compiles it", Next: "download the file again"}
}

// parseCharsmap reads the table: the trie's length in bytes, the trie, the texts.
func parseCharsmap(blob []byte) (*charsmap, error) {
	if len(blob) < 4 {
		return nil, badCharsmap("a charsmap of " + strconv.Itoa(len(blob)) + " bytes")
	}
	n := int64(binary.LittleEndian.Uint32(blob))
	blob = blob[4:]
	if n > int64(len(blob)) || n%4 != 0 || n == 0 {
		return nil, badCharsmap("a charsmap whose trie has " + strconv.FormatInt(n, 10) + " bytes of " + strconv.Itoa(len(blob)))
	}
	c := &charsmap{units: make([]uint32, n/4), texts: string(blob[n:]), plain: true}
	for i := range c.units {
		c.units[i] = binary.LittleEndian.Uint32(blob[4*i:])
	}
	if !utf8.ValidString(c.texts) {
		return nil, badCharsmap("a charsmap whose texts are not UTF-8")
	}
	for b := range c.ascii {
		if to, length := c.lookup(string(rune(b)), true); length > 0 {
			c.ascii[b] = replacement{true, to}
			c.plain = false
		}
	}
	return c, nil
}

// lookup returns the replacement of a text that text begins with, and the length of that text: the shortest or the longest; 0 if there is
// none.
func (c *charsmap) lookup(text string, shortest bool) (to string, length int) {
	position := uint32(0)
	offset := func(unit uint32) uint32 { return unit >> 10 << (unit & (1 << 9) >> 6) }
	position ^= offset(c.units[0])
	for i := range len(text) {
		b := uint32(text[i])
		position ^= b
		if b == 0 || int64(position) >= int64(len(c.units)) {
			break
		}
		unit := c.units[position]
		if unit&(1<<31|0xff) != b {
			break
		}
		position ^= offset(unit)
		if unit>>8&1 == 0 {
			continue
		}
		if int64(position) >= int64(len(c.units)) {
			break
		}
		value := c.units[position] & (1<<31 - 1)
		if int64(value) >= int64(len(c.texts)) {
			break
		}
		to = c.texts[value:]
		if end := strings.IndexByte(to, 0); end >= 0 {
			to = to[:end]
		}
		length = i + 1
		if shortest {
			break
		}
	}
	return to, length
}

// byGraphemes is the normalizer Precompiled of package tokenizers. Its rule is its own: a grapheme of less than six bytes becomes the
// replacement of the shortest text that it begins with, whatever else stands in it; else each of its characters goes by itself.
func (c *charsmap) byGraphemes(text string) string {
	if c.plain && isASCII(text) {
		return text
	}
	out := make([]byte, 0, len(text)+8)
	for len(text) > 0 {
		if text[0] < utf8.RuneSelf && (len(text) == 1 || text[1] < utf8.RuneSelf && (text[0] != '\r' || text[1] != '\n')) {
			out = c.appendChar(out, text[:1])
			text = text[1:]
			continue
		}
		grapheme, rest, _, _ := uniseg.FirstGraphemeClusterInString(text, -1)
		for rest != "" {
			r, size := utf8.DecodeRuneInString(rest)
			if r < utf8.RuneSelf || !unicode.Is(newExtenders, r) {
				break
			}
			grapheme, rest = text[:len(grapheme)+size], rest[size:]
		}
		text = rest
		if len(grapheme) < 6 {
			if to, n := c.lookup(grapheme, true); n > 0 {
				out = append(out, to...)
				continue
			}
		}
		for len(grapheme) > 0 {
			_, n := utf8.DecodeRuneInString(grapheme)
			out = c.appendChar(out, grapheme[:n])
			grapheme = grapheme[n:]
		}
	}
	return string(out)
}

// appendChar appends the replacement of one character, or itself.
func (c *charsmap) appendChar(out []byte, char string) []byte {
	if len(char) == 1 {
		if r := &c.ascii[char[0]]; r.ok {
			return append(out, r.to...)
		}
		return append(out, char[0])
	}
	if to, n := c.lookup(char, true); n > 0 {
		return append(out, to...)
	}
	return append(out, char...)
}
