package tokenize

import (
	"fmt"
	"math"
	"unicode/utf8"

	"google.golang.org/protobuf/encoding/protowire"

	"mindgap/models/fault"
)

// A spieceModel is what a SentencePiece model file says: the message ModelProto of sentencepiece_model.proto, as far as it decides ids.
type spieceModel struct {
	pieces       []spiece
	modelType    int    // 1 Unigram, 2 BPE, 3 word, 4 character
	byteFallback bool   // unknown characters become bytes
	suffix       bool   // treat_whitespace_as_suffix
	charsmap     []byte // of the normalizer; none = no replacements
	dummyPrefix  bool   // a space goes before the text
	tidy         bool   // remove_extra_whitespaces
	escape       bool   // spaces become ▁
}

// A spiece is a piece of a SentencePiece model.
type spiece struct {
	text  string
	score float32
	kind  int
}

// The kinds of pieces.
const (
	pieceNormal      = 1
	pieceUnknown     = 2
	pieceControl     = 3
	pieceUserDefined = 4
	pieceUnused      = 5
	pieceByte        = 6
)

// readSpiece parses a SentencePiece model file.
func readSpiece(b []byte) (*spieceModel, error) {
	m := &spieceModel{modelType: 1, dummyPrefix: true, tidy: true, escape: true}
	err := eachField(b, func(number protowire.Number, n uint64, value []byte) error {
		switch number {
		case 1:
			p := spiece{kind: pieceNormal}
			err := eachField(value, func(number protowire.Number, n uint64, value []byte) error {
				switch number {
				case 1:
					p.text = string(value)
				case 2:
					p.score = math.Float32frombits(uint32(n))
				case 3:
					p.kind = int(n)
				}
				return nil
			})
			if len(m.pieces) >= maxVocab {
				return fmt.Errorf("more than %d pieces", maxVocab)
			}
			m.pieces = append(m.pieces, p)
			return err
		case 2:
			return eachField(value, func(number protowire.Number, n uint64, value []byte) error {
				switch number {
				case 3:
					m.modelType = int(n)
				case 24:
					m.suffix = n != 0
				case 35:
					m.byteFallback = n != 0
				}
				return nil
			})
		case 3:
			return eachField(value, func(number protowire.Number, n uint64, value []byte) error {
				switch number {
				case 2:
					m.charsmap = value
				case 3:
					m.dummyPrefix = n != 0
				case 4:
					m.tidy = n != 0
				case 5:
					m.escape = n != 0
				}
				return nil
			})
		}
		return nil
	})
	bad := func(found string) (*spieceModel, error) {
		return nil, &fault.Error{Op: op, Found: found, Wanted: "a SentencePiece model file", Next: "download the file again", Err: err}
	}
	if err != nil {
		return bad("bytes that are no SentencePiece model, or a file that is cut")
	}
	if len(m.pieces) == 0 {
		return bad("no pieces")
	}
	for id, p := range m.pieces {
		switch {
		case p.text == "" || !utf8.ValidString(p.text):
			return bad(fmt.Sprintf("piece %d with the text %q", id, p.text))
		case math.IsNaN(float64(p.score)) || math.IsInf(float64(p.score), 0):
			return bad(fmt.Sprintf("piece %d with the score %v", id, p.score))
		}
	}
	return m, nil
}

// eachField calls f for each field of a protobuf message: n is the value of a number, value that of a text or message.
func eachField(b []byte, f func(number protowire.Number, n uint64, value []byte) error) error {
	for len(b) > 0 {
		number, wire, size := protowire.ConsumeTag(b)
		if size < 0 {
			return protowire.ParseError(size)
		}
		b = b[size:]
		var n uint64
		var value []byte
		switch wire {
		case protowire.VarintType:
			n, size = protowire.ConsumeVarint(b)
		case protowire.Fixed32Type:
			var v uint32
			v, size = protowire.ConsumeFixed32(b)
			n = uint64(v)
		case protowire.Fixed64Type:
			n, size = protowire.ConsumeFixed64(b)
		case protowire.BytesType:
			value, size = protowire.ConsumeBytes(b)
		default:
			size = protowire.ConsumeFieldValue(number, wire, b)
		}
		if size < 0 {
			return protowire.ParseError(size)
		}
		b = b[size:]
		if err := f(number, n, value); err != nil {
			return err
		}
	}
	return nil
}
