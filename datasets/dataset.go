// Package datasets says where examples come from: one file per format, each registered with its name and help, all held to one
// conformance suite. It knows bytes, captions and labels; tensors are the loaders' business.
//
// A format is added by one file that registers it, and by a fixture in that file's test, which TestConformance asks for.
package datasets

import (
	"context"
	"iter"
)

// NoLabel marks an item that has no label under the chosen target.
const NoLabel = -1

// An Item is one example.
type Item struct {
	ID       string   // unique in the data set and stable between openings
	Image    Image    // the picture, not yet decoded
	Captions []string // what describes it; empty where the set has only labels
	Label    int      // index into Info.Classes, or NoLabel
	Labels   []int    // every label of an item of a multi-label set, ascending; Label is then NoLabel
}

// An Image is a picture as the data set holds it: either an encoded file or bare pixels. Read and Pixels exclude each other.
type Image struct {
	Name string // for error messages: a path, or archive!member
	// Read reads the encoded file (JPEG, PNG, …). It may put it into *buf, which it grows as needed and the caller keeps for the next, or
	// return bytes that the data set holds, which nobody may change.
	Read   func(buf *[]byte) ([]byte, error)
	Pixels *Pixels // pixels that need no decoding, as in CIFAR
}

// Bytes reads the encoded file into memory of its own.
func (m Image) Bytes() ([]byte, error) { return m.Read(new([]byte)) }

// Pixels is an 8-bit RGB picture, interleaved, rows from the top.
type Pixels struct {
	Width, Height int
	RGB           []uint8 // 3*Width*Height values
}

// Info describes an opened data set.
type Info struct {
	Name        string   // the reference that opened it, in CLIP_benchmark's words where these exist
	Split       string   // the split in use
	Target      string   // which label is in use where a set has several, else ""
	Targets     []string // every target that Options.Target accepts, the default first
	Classes     []string // class names under the target; empty where the set has no labels
	Templates   []string // prompt templates with one {} for the class name, the first being the single template
	Len         int      // number of items that Items yields
	Fingerprint string   // SHA-256 in hexadecimal; equal fingerprints mean equal ids, pictures and captions in equal order, whatever the Target
	Source      string   // where the files lie, for the record
	License     string   // licence of data that ships with mindgap, else ""
}

// A Dataset is an opened set of examples.
type Dataset interface {
	Info() Info
	// Items yields the items in a fixed order. It ends after the first error, or when ctx is done, with ctx's error. It may be called again,
	// and from several goroutines at once; an item stays valid after the next one, until Close.
	Items(ctx context.Context) iter.Seq2[Item, error]
	Close() error
}

// Options say which part of a data set is opened. Zero values mean the set's defaults.
type Options struct {
	Root   string // --data-root: the folder that holds data sets
	Split  string // e.g. "train", "test"
	Target string // which label, where a set has several
	// Columns say which column of a table holds what, for the keys "image", "label" and "caption"; a column that is not named is found by
	// the table's schema. Sets that are no tables take none.
	Columns map[string]string
	Caption string // which of an item's captions: CaptionFirst, CaptionLast, or CaptionAll, which "" is too
	Limit   int    // the first Limit items, 0 = all
	Shard   int    // which of Shards equal, consecutive parts of these, from 0
	Shards  int    // 0 = not divided
}
