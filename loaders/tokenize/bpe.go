package tokenize

import (
	"math"
	"math/bits"

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
	merges  mergeIndex
	unknown int // id for a byte that has none, or -1: such a byte is left out
}

// A mergeIndex finds the merge that joins two symbols: a hash table with open addressing, at most half full, one cache line a look-up. Merging
// is little else than looking up pairs, most of which are not there.
type mergeIndex struct {
	slots []mergeSlot // a power of two
	shift int         // 64 less its binary logarithm
}

type mergeSlot struct {
	pair     uint64 // pairOf its parts, plus one; 0 = free
	rank, id int32
}

func pairOf(left, right int32) uint64 { return uint64(uint32(left))<<32 | uint64(uint32(right)) }

func newMergeIndex(merges bpe.Merges) mergeIndex {
	size := bits.Len(uint(2*len(merges) + 1))
	x := mergeIndex{slots: make([]mergeSlot, 1<<size), shift: 64 - size}
	for p, v := range merges {
		pair := pairOf(int32(p.C1), int32(p.C2)) + 1
		i := x.place(pair)
		for x.slots[i].pair != 0 {
			i = (i + 1) & (len(x.slots) - 1)
		}
		x.slots[i] = mergeSlot{pair, int32(v.Rank), int32(v.NewId)}
	}
	return x
}

// place is where the search for a pair begins: the top bits of a product with 2⁶⁴ over the golden ratio.
func (x *mergeIndex) place(pair uint64) int { return int(pair * 0x9e3779b97f4a7c15 >> x.shift) }

// find returns the merge's slot, nil if no merge joins the symbols.
func (x *mergeIndex) find(left, right int32) *mergeSlot {
	pair := pairOf(left, right) + 1
	for i := x.place(pair); ; i++ {
		s := &x.slots[i&(len(x.slots)-1)]
		if s.pair == pair {
			return s
		}
		if s.pair == 0 {
			return nil
		}
	}
}

// fewSymbols is the number of symbols, and of candidates, that find room on the stack.
const fewSymbols = 48

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
	var few [fewSymbols]symbol // most words need no more
	symbols := few[:0]
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

	var few [fewSymbols]candidate
	queue := queue(few[:0])
	offer := func(pos int32) {
		if pos < 0 || symbols[pos].next < 0 {
			return
		}
		if m := b.merges.find(symbols[pos].id, symbols[symbols[pos].next].id); m != nil {
			queue.push(candidate{rank: m.rank, pos: pos, id: m.id})
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
		if m := b.merges.find(left.id, right.id); m == nil || m.id != top.id {
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
