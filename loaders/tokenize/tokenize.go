// Package tokenize turns text into the ids that a text tower is fed, exactly as the reference implementation of each kind of tokenizer
// does.
//
// [Open] reads the files that lie beside a checkpoint. Each kind of tokenizer is one file of this package that registers itself:
//
//   - CLIP's byte-level BPE (clip.go), held to the ids of Hugging Face's fast tokenizer, and with Options.Clean to open_clip's;
//   - SentencePiece's Unigram (unigram.go, sentencepiece.go): SigLIP, XLM-R, XLM-V;
//   - SentencePiece's BPE with bytes for unknown characters (charbpe.go): Gemma, SigLIP 2;
//   - BERT's WordPiece (wordpiece.go, vocabtxt.go): Chinese-CLIP, jina-clip-v1.
//
// [CLIP] gives OpenAI's vocabulary, which ships with the package, for checkpoints that bring no tokenizer file.
package tokenize

import (
	"io/fs"
	"path"
	"slices"
	"strings"

	"mindgap/models/fault"
)

// A Tokenizer turns text into ids. It is safe for concurrent use.
type Tokenizer interface {
	// Encode returns the ids of text without padding: the beginning of text first (where the kind has one), then at most as many ids as
	// leave room, the end of text last (where the kind has one). It returns at most Context ids, each in [0, VocabSize). Bytes that are not valid UTF-8 are read
	// as U+FFFD, one for each such byte.
	Encode(text string) []int
	// Context is the greatest number of ids that Encode returns: the length that the text tower is made for.
	Context() int
	// PadID is the id that fills a row up to the length of its batch.
	PadID() int
	// EOS is the id of the end of text.
	EOS() int
	// VocabSize is one more than the greatest id.
	VocabSize() int
	// Digest is the SHA-256, in hexadecimal, of everything that decides the ids and the padding. Two sets of files that define the same
	// CLIP tokenizer (tokenizer.json, or vocab.json with merges.txt) have the same digest; a SentencePiece model and the tokenizer.json
	// made from it, which sums in another precision, have two.
	Digest() string
}

// Options override what the files say.
type Options struct {
	Dir     string // folder inside the file system, "" for its root
	Context int    // number of ids that the tower is made for; 0 = as the files say, else 77
	PadID   *int   // padding id; nil = as the files say, else the end of text
	// Clean says what is done to a text first: "" nothing; "canonicalize" what Immich does where open_clip's configuration says so;
	// "open_clip" what open_clip's own tokenizer does (ftfy, HTML references, single spaces, for CLIP's BPE lower case; and that
	// tokenizer's special tokens and pattern); "open_clip_canonicalize" the same without punctuation.
	Clean string
}

// A kind is one family of tokenizers. A new one is a new file that calls register in its init.
type kind struct {
	name string                                          // as fault messages list it
	fits func(s *source) bool                            // whether the files are of this kind; called before any other check
	open func(s *source, o Options) (*definition, error) // what the files define
}

// A definition is an opened tokenizer of some kind, before the things that all kinds share are settled.
type definition struct {
	id      func(token string) (int, bool) // looks a token up, special ones included
	size    int                            // one more than the greatest id
	eos     int
	pad     int // padding id where the files name none
	context int // length where the files say none; 0 = defaultContext
	minimum int // fewest ids that Encode may be limited to
	digest  []byte
	build   func(common) Tokenizer
	// lower builds the tokenizer that open_clip has of its own for this kind, nil where it has none.
	lower func(c common, clean func(string) string) Tokenizer
}

// common is the part of every Tokenizer that does not depend on its kind.
type common struct {
	context, pad, eos, size int
	digest                  string
}

func (c *common) Context() int   { return c.context }
func (c *common) PadID() int     { return c.pad }
func (c *common) EOS() int       { return c.eos }
func (c *common) VocabSize() int { return c.size }
func (c *common) Digest() string { return c.digest }

var kinds []kind

// register adds a kind. Kinds are tried in the order of their names, so that the order of files does not matter.
func register(k kind) {
	kinds = append(kinds, k)
	slices.SortFunc(kinds, func(a, b kind) int { return strings.Compare(a.name, b.name) })
}

func kindNames() string {
	names := make([]string, len(kinds))
	for i, k := range kinds {
		names[i] = k.name
	}
	return strings.Join(names, ", ")
}

// Open reads the tokenizer in o.Dir of fsys: tokenizer.json if it is there, else vocab.json with merges.txt, merges.txt alone, vocab.txt, or a
// SentencePiece model (spiece.model, sentencepiece.bpe.model, tokenizer.model). Where tokenizer_config.json names SiglipTokenizer, which
// transformers has only for spiece.model, that file goes before tokenizer.json.
// The padding token and the context come from tokenizer_config.json, special_tokens_map.json and tokenizer.json, in this order.
//
// Every error is a *fault.Error: no tokenizer files, a Git LFS pointer in place of a file, JSON that does not parse, a kind of tokenizer
// that is not supported, a setting that is not supported, a vocabulary at odds with its merges.
func Open(fsys fs.FS, o Options) (Tokenizer, error) {
	s, err := readSource(fsys, path.Clean("./"+o.Dir))
	if err != nil {
		return nil, err
	}
	for _, k := range kinds {
		if k.fits(s) {
			d, err := k.open(s, o)
			if err != nil {
				return nil, err
			}
			return finish(d, s, o)
		}
	}
	found, thing := s.describe()
	return nil, &fault.Error{Op: op, Thing: thing, Found: found, Wanted: "one of the supported kinds: " + kindNames(),
		Next: "use a checkpoint whose tokenizer is of a supported kind"}
}

const op = "open tokenizer"

// defaultContext is the context of OpenAI's CLIP.
const defaultContext = 77

// finish settles context and padding and builds the tokenizer.
func finish(d *definition, s *source, o Options) (Tokenizer, error) {
	c := common{eos: d.eos, size: d.size}
	var err error
	if c.context, err = context(s, o, d); err != nil {
		return nil, err
	}
	if c.pad, err = padID(d, s, o); err != nil {
		return nil, err
	}
	c.digest = digest(d.digest, c.context, c.pad, o.Clean)
	return d.withCleaning(o.Clean, c)
}
