package tokenize

import (
	"math"

	"github.com/sugarme/tokenizer/model/bpe"
	"github.com/sugarme/tokenizer/pretokenizer"
)

// Byte-pair encoding of one word: of all neighbouring symbols that some merge joins, the pair of the lowest rank is joined first, the
// leftmost where several have it, until no merge applies. A heap holds the candidates, so a word of n bytes takes O(n log n).
//
// The model's tables are sugarme/tokenizer's, and so is the plain twin of the loop, bpe.Word.Merge, which the tests hold it to. The loop
// itself is our own: the order among equal ranks matters, and the heap of the library's Word.MergeAll leaves it open, which turns "!!!!!!!"
// into other ids than the reference.

// A merger holds the merges by the ids of their two parts.
type merger struct {
	first   [256]int32 // id of each byte inside a word, or -1
	last    [256]int32 // id of each byte at the end of a word, or -1
	merges  bpe.Merges
	unknown int // id for a byte that has none, or -1: such a byte is left out
}

// pair returns the merge that joins two symbols.
func (b *merger) pair(left, right int32) (bpe.PairVal, bool) {
	v, ok := b.merges[bpe.Pair{C1: int(left), C2: int(right)}]
	return v, ok
}

// A symbol is a node of a doubly linked list laid out in a slice. A symbol that was merged into its left neighbour has id -1.
type symbol struct{ id, prev, next int32 }

// A candidate is a merge that may be applied at symbol pos; it is stale if the symbols have changed since.
type candidate struct{ rank, pos, id int32 }

func (a candidate) less(b candidate) bool {
	return a.rank < b.rank || a.rank == b.rank && a.pos < b.pos
}

// appendIDs appends the ids of one word, given as UTF-8.
func (b *merger) appendIDs(out []int, word []byte) []int {
	if len(word) > math.MaxInt32 {
		word = word[:math.MaxInt32] // positions are 32 bits wide; no context reaches this far
	}
	symbols := make([]symbol, 0, len(word))
	for i, c := range word {
		id := b.first[c]
		if i == len(word)-1 {
			id = b.last[c]
		}
		if id < 0 {
			id = int32(b.unknown)
		}
		if id >= 0 {
			n := int32(len(symbols))
			symbols = append(symbols, symbol{id: id, prev: n - 1, next: n + 1})
		}
	}
	return b.merge(out, symbols)
}

// merge appends the ids that are left of symbols, which stand in a row, once no merge applies any more.
func (b *merger) merge(out []int, symbols []symbol) []int {
	if len(symbols) == 0 {
		return out
	}
	symbols[len(symbols)-1].next = -1

	queue := make(queue, 0, len(symbols))
	offer := func(pos int32) {
		if pos < 0 || symbols[pos].next < 0 {
			return
		}
		if m, ok := b.pair(symbols[pos].id, symbols[symbols[pos].next].id); ok {
			queue.push(candidate{rank: int32(m.Rank), pos: pos, id: int32(m.NewId)})
		}
	}
	for i := range symbols {
		offer(int32(i))
	}
	for len(queue) > 0 {
		top := queue.pop()
		left := &symbols[top.pos]
		if left.id < 0 || left.next < 0 {
			continue
		}
		right := &symbols[left.next]
		if m, ok := b.pair(left.id, right.id); !ok || int32(m.NewId) != top.id {
			continue // stale
		}
		left.id, left.next, right.id = top.id, right.next, -1
		if left.next >= 0 {
			symbols[left.next].prev = top.pos
		}
		offer(left.prev)
		offer(top.pos)
	}
	for i := int32(0); i >= 0; i = symbols[i].next {
		out = append(out, int(symbols[i].id))
	}
	return out
}

// A queue is a binary heap, least candidate first. container/heap would box every candidate.
type queue []candidate

func (q *queue) push(c candidate) {
	h := append(*q, c)
	i := len(h) - 1
	for i > 0 {
		parent := (i - 1) / 2
		if !h[i].less(h[parent]) {
			break
		}
		h[i], h[parent] = h[parent], h[i]
		i = parent
	}
	*q = h
}

func (q *queue) pop() candidate {
	h := *q
	top, n := h[0], len(h)-1
	h[0] = h[n]
	h = h[:n]
	for i := 0; ; {
		child := 2*i + 1
		if child >= n {
			break
		}
		if child+1 < n && h[child+1].less(h[child]) {
			child++
		}
		if !h[child].less(h[i]) {
			break
		}
		h[i], h[child] = h[child], h[i]
		i = child
	}
	*q = h
	return top
}

// byteRune is the character that stands for each byte in vocabulary files: itself where printable, else U+0100 and up.
var byteRune = func() (runes [256]rune) {
	for b, s := range pretokenizer.BytesChar {
		runes[b] = []rune(s)[0]
	}
	return runes
}()

// byteOrder lists the 256 bytes in the order of their ids in CLIP's vocabulary: first those that stand for themselves, then the others.
var byteOrder = func() (order [256]byte) {
	n := 0
	for _, itself := range []bool{true, false} {
		for b, r := range byteRune {
			if (r == rune(b)) == itself {
				order[n] = byte(b)
				n++
			}
		}
	}
	return order
}()
