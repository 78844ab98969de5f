package tokenize

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"strconv"

	"mindgap/models/fault"
)

// maxContext bounds what counts as a context. transformers writes 1e30 as model_max_length when it knows none.
const maxContext = 1 << 20

// context returns the context: the option, else the files', else the kind's, else 77.
func context(s *source, o Options, d *definition) (int, error) {
	minimum := d.minimum
	n, from := o.Context, "the given context"
	if n == 0 {
		switch max := s.config.ModelMaxLength; {
		case max != nil && *max >= 0 && *max <= maxContext:
			n, from = int(*max), s.path("tokenizer_config.json")+" model_max_length"
		case s.json != nil && s.json.Truncation != nil:
			n, from = s.json.Truncation.MaxLength, s.path("tokenizer.json")+" truncation"
		case d.context != 0:
			n = d.context
		default:
			n = defaultContext
		}
	}
	if n < minimum || n > maxContext {
		return 0, &fault.Error{Op: op, Thing: from, Found: strconv.Itoa(n),
			Wanted: "a number of ids from " + strconv.Itoa(minimum) + " to " + strconv.Itoa(maxContext)}
	}
	return n, nil
}

// padID returns the padding id: the option, else the pad token that the files name, else the kind's: the end of
// text for CLIP, as transformers has it, <pad> or [PAD] for the others where the vocabulary has it.
func padID(d *definition, s *source, o Options) (int, error) {
	check := func(id int, from string) (int, error) {
		if id < 0 || id >= d.size {
			return 0, &fault.Error{Op: op, Thing: from, Found: strconv.Itoa(id),
				Wanted: "an id of the vocabulary, 0 to " + strconv.Itoa(d.size-1)}
		}
		return id, nil
	}
	if o.PadID != nil {
		return check(*o.PadID, "the given padding id")
	}
	for _, from := range []struct{ file, token string }{
		{"tokenizer_config.json", string(s.config.PadToken)},
		{"special_tokens_map.json", string(s.special.PadToken)},
	} {
		if from.token == "" {
			continue
		}
		id, ok := d.id(from.token)
		if !ok {
			return 0, &fault.Error{Op: op, Thing: s.path(from.file), Found: "pad_token " + strconv.Quote(from.token),
				Wanted: "a token of the vocabulary"}
		}
		return id, nil
	}
	if s.json != nil && s.json.Padding != nil {
		return check(s.json.Padding.PadID, s.path("tokenizer.json")+" padding")
	}
	return d.pad, nil
}

// digest hashes what the kind hashed together with the shared settings.
func digest(kind []byte, context, pad int, clean string) string {
	h := sha256.New()
	h.Write(kind)
	var b [16]byte
	binary.LittleEndian.PutUint64(b[:8], uint64(context))
	binary.LittleEndian.PutUint64(b[8:], uint64(pad))
	h.Write(b[:])
	h.Write([]byte(clean))
	return hex.EncodeToString(h.Sum(nil))
}
