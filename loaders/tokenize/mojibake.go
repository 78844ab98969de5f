package tokenize

import (
	"bytes"
	"strings"
	"sync"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
)

// Mojibake is text in UTF-8 that was read as if it were in an encoding of one byte a character. ftfy turns it back: it writes the text in
// each such encoding that has all its characters, and takes the first whose bytes are UTF-8, if need be after small repairs.

// A codec is an encoding of one byte a character.
type codec struct {
	bytes  map[rune]byte // of the upper half
	sloppy bool          // unassigned bytes stand for themselves, and U+FFFD is byte 1A
	mac    bool          // in which a dash and a space look like a lost byte
}

// codecs are the encodings in the order in which they are tried; the first is Latin-1, the second Windows-1252.
var codecs = sync.OnceValue(func() []codec {
	latin1 := codec{bytes: make(map[rune]byte)}
	for b := 0x80; b <= 0xff; b++ {
		latin1.bytes[rune(b)] = byte(b)
	}
	list := []codec{latin1}
	for _, m := range []struct {
		charmap *charmap.Charmap
		sloppy  bool
	}{
		{charmap.Windows1252, true}, {charmap.Windows1251, true}, {charmap.Windows1250, true}, {charmap.Windows1253, true},
		{charmap.Windows1254, true}, {charmap.Windows1257, true}, {charmap.ISO8859_2, false}, {charmap.Macintosh, false},
		{charmap.CodePage437, false},
	} {
		c := codec{bytes: make(map[rune]byte), sloppy: m.sloppy, mac: m.charmap == charmap.Macintosh}
		for b := 0x80; b <= 0xff; b++ {
			r := m.charmap.DecodeByte(byte(b))
			if r == utf8.RuneError {
				r = rune(b)
			}
			c.bytes[r] = byte(b)
		}
		if c.sloppy {
			c.bytes[utf8.RuneError] = substitute
		}
		list = append(list, c)
	}
	return list
})

// substitute is the control character that stands for a byte that was lost.
const substitute = 0x1a

// encode returns text in the encoding, and whether it has all of its characters.
func (c *codec) encode(text string) ([]byte, bool) {
	out := make([]byte, 0, len(text))
	for _, r := range text {
		if r < utf8.RuneSelf {
			if r == substitute && c.sloppy {
				return nil, false
			}
			out = append(out, byte(r))
			continue
		}
		b, ok := c.bytes[r]
		if !ok {
			return nil, false
		}
		out = append(out, b)
	}
	return out, true
}

// fixEncoding undoes mojibake until there is no more.
func fixEncoding(text string) string {
	for {
		fixed := fixEncodingOnce(text)
		if fixed == text {
			return text
		}
		text = fixed
	}
}

func fixEncodingOnce(text string) string {
	m := loadMojibake()
	if !m.bad(text) {
		return text
	}
	latin1, isLatin1 := []byte(nil), false
	for i, c := range codecs() {
		encoded, ok := c.encode(text)
		if !ok {
			continue
		}
		if i == 0 {
			latin1, isLatin1 = bytes.Clone(encoded), true
		}
		if !c.mac {
			encoded = restoreSpaces(encoded)
		}
		if c.sloppy {
			encoded = markLost(encoded)
		}
		if fixed, ok := decodeVariants(encoded); ok {
			return fixed
		}
	}
	if fixed := m.fixParts(text); fixed != text {
		return fixed
	}
	if isLatin1 { // Latin-1 that was meant to be Windows-1252
		if fixed, ok := windows1252(latin1); ok && fixed != text {
			return fixed
		}
	}
	return fixControls(text)
}

// fixParts undoes mojibake in stretches of text that look like it.
func (m *mojibake) fixParts(text string) string {
	var b strings.Builder
	last := rune(-1)
	for i := 0; i < len(text); {
		n := 0
		if last < 0 || !m.strict[last] {
			n = m.sequence(text[i:])
		}
		if n == 0 {
			r, size := utf8.DecodeRuneInString(text[i:])
			b.WriteString(text[i : i+size])
			last = r
			i += size
			continue
		}
		part := text[i : i+n]
		last, _ = utf8.DecodeLastRuneInString(part)
		if n < len(text) && m.bad(part) {
			part = fixEncoding(part)
		}
		b.WriteString(part)
		i += n
	}
	return b.String()
}

// restoreSpaces puts back byte A0 where something made it a space within what would be UTF-8.
func restoreSpaces(b []byte) []byte {
	if bytes.IndexByte(b, ' ') < 0 || alteredAt(b, 0) < 0 {
		return b
	}
	out := make([]byte, 0, len(b)+8)
	for i := 0; i < len(b); { // "à" as a word of its own keeps its space
		if b[i] == 0xc3 && i+1 < len(b) && b[i+1] == ' ' && !graveWord(b[i+2:]) {
			out = append(out, 0xc3, 0xa0, ' ')
			i += 2
			continue
		}
		out = append(out, b[i])
		i++
	}
	for i := 0; ; {
		at := alteredAt(out, i)
		if at < 0 {
			return out
		}
		n := altered(out[at:])
		for k := at; k < at+n; k++ {
			if out[k] == ' ' {
				out[k] = 0xa0
			}
		}
		i = at + n
	}
}

// graveWord reports whether what follows "Ã " is a space, or the rest of a Portuguese word that begins with à.
func graveWord(b []byte) bool {
	for _, rest := range []string{" ", "quele", "quela", "quilo", "s "} {
		if bytes.HasPrefix(b, []byte(rest)) {
			return true
		}
	}
	return false
}

// alteredAt returns the first place from which an altered sequence begins, or -1.
func alteredAt(b []byte, from int) int {
	for i := from; i < len(b); i++ {
		if b[i] >= 0xc2 && altered(b[i:]) > 0 {
			return i
		}
	}
	return -1
}

// altered returns the length of the UTF-8 sequence that b begins with, one of whose bytes A0 became a space; 0 if it begins with none. Only
// sequences that give likely characters count.
func altered(b []byte) int {
	at := func(i int) byte {
		if i < len(b) {
			return b[i]
		}
		return 0
	}
	follow := func(c byte) bool { return 0x80 <= c && c <= 0xbf }
	plain := func(c byte) bool { return follow(c) && c != 0x85 && c != 0xa0 }
	switch c := b[0]; {
	case (c == 0xc2 || c == 0xc3 || c == 0xc5 || c == 0xce || c == 0xd0 || c == 0xd9) && at(1) == ' ':
		return 2
	case (c == 0xe2 || c == 0xe3) && at(1) == ' ' && plain(at(2)):
		return 3
	case 0xe0 <= c && c <= 0xe3 && plain(at(1)) && at(2) == ' ':
		return 3
	case c == 0xf0:
		spaces, rest := 0, 0
		for i := 1; i < 4; i++ {
			if at(i) == ' ' {
				spaces++
			} else if follow(at(i)) {
				rest++
			}
		}
		if spaces == 1 && rest == 2 {
			return 4
		}
	}
	return 0
}

// markLost makes U+FFFD of each sequence that would be UTF-8 if it had not lost a byte.
func markLost(b []byte) []byte {
	var out []byte
	done := 0
	for i := 0; i < len(b); {
		n := lost(b[i:])
		if n == 0 {
			i++
			continue
		}
		out = append(append(out, b[done:i]...), "\ufffd"...)
		i += n
		done = i
	}
	if done == 0 {
		return b
	}
	return append(out, b[done:]...)
}

// lost returns the length of the UTF-8 or CESU-8 sequence that b begins with, in which a byte was lost: byte 1A, or for one byte of a
// sequence a question mark. It returns 0 if b begins with none.
func lost(b []byte) int {
	at := func(i int) byte {
		if i < len(b) {
			return b[i]
		}
		return 0
	}
	in := func(i int, low, high byte) bool { return low <= at(i) && at(i) <= high && i < len(b) }
	gone := func(i int) bool { return at(i) == substitute || at(i) == '?' }
	follow := func(i int) bool { return in(i, 0x80, 0xbf) || at(i) == substitute }
	c := b[0]
	switch {
	case 0xc2 <= c && c <= 0xdf && at(1) == substitute, (c == 0xc2 || c == 0xc3) && at(1) == '?':
		return 2
	case c == 0xed && in(1, 0xa0, 0xaf) && at(3) == 0xed && in(4, 0xb0, 0xbf) &&
		(gone(2) && (gone(5) || in(5, 0x80, 0xbf)) || in(2, 0x80, 0xbf) && gone(5)):
		return 6
	case 0xe0 <= c && c <= 0xef && (gone(1) && follow(2) || follow(1) && gone(2)):
		return 3
	case 0xf0 <= c && c <= 0xf4 && (gone(1) && follow(2) && follow(3) || follow(1) && gone(2) && follow(3) || follow(1) && follow(2) && gone(3)):
		return 4
	case c == substitute:
		return 1
	}
	return 0
}

// decodeVariants decodes UTF-8. Surrogates in pairs (CESU-8) and the byte pair C0 80 for NUL (Java) are understood as well.
func decodeVariants(b []byte) (string, bool) {
	if utf8.Valid(b) {
		return string(b), true
	}
	if bytes.IndexByte(b, 0xed) < 0 && bytes.IndexByte(b, 0xc0) < 0 {
		return "", false
	}
	out := make([]byte, 0, len(b))
	for i := 0; i < len(b); {
		switch rest := b[i:]; {
		case len(rest) >= 2 && rest[0] == 0xc0 && rest[1] == 0x80:
			out = append(out, 0)
			i += 2
		case surrogates(rest):
			high := rune(rest[1]&0xf)<<16 | rune(rest[2]&0x3f)<<10
			out = utf8.AppendRune(out, high+(rune(rest[4]&0xf)<<6|rune(rest[5]&0x3f))+0x10000)
			i += 6
		default:
			r, size := utf8.DecodeRune(rest)
			if r == utf8.RuneError && size == 1 {
				return "", false
			}
			out = utf8.AppendRune(out, r)
			i += size
		}
	}
	return string(out), true
}

func surrogates(b []byte) bool {
	return len(b) >= 6 && b[0] == 0xed && b[1]&0xf0 == 0xa0 && b[2]&0xc0 == 0x80 && b[3] == 0xed && b[4]&0xf0 == 0xb0 && b[5]&0xc0 == 0x80
}

// windows1252 decodes b, unless a byte is not assigned.
func windows1252(b []byte) (string, bool) {
	out := make([]byte, 0, len(b)+8)
	for _, c := range b {
		r := charmap.Windows1252.DecodeByte(c)
		if 0x80 <= r && r <= 0x9f || r == utf8.RuneError {
			return "", false
		}
		out = utf8.AppendRune(out, r)
	}
	return string(out), true
}

// fixControls makes each C1 control character the character that Windows-1252 has in its place.
func fixControls(text string) string {
	if isASCII(text) {
		return text
	}
	return strings.Map(func(r rune) rune {
		if 0x80 <= r && r <= 0x9f {
			if w := charmap.Windows1252.DecodeByte(byte(r)); w != utf8.RuneError {
				return w
			}
		}
		return r
	}, text)
}
