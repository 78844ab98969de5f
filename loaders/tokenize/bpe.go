package tokenize

import "math"

// Byte-pair encoding of one word: of all neighbouring symbols that some merge joins, the pair of the lowest rank is joined first, the
// leftmost where several have it, until no merge applies. A heap holds the candidates, so a word of n bytes takes O(n log n).
//
// The order among equal ranks matters: a heap that leaves it open (as sugarme/tokenizer's Word.MergeAll does) turns "!!!!!!!" into other
// ids than the reference.

// A bpe holds the merges by the ids of their two parts.
type bpe struct {
	first   [256]int32 // id of each byte inside a word, or -1
	last    [256]int32 // id of each byte at the end of a word, or -1
	merges  map[uint64]merge
	unknown int // id for a byte that has none, or -1: such a byte is left out
}

type merge struct{ rank, id int32 }

func pairKey(left, right int32) uint64 { return uint64(uint32(left))<<32 | uint64(uint32(right)) }

// A symbol is a node of a doubly linked list laid out in a slice. A symbol that was merged into its left neighbour has id -1.
type symbol struct{ id, prev, next int32 }

// A candidate is a merge that may be applied at symbol pos; it is stale if the symbols have changed since.
type candidate struct{ rank, pos, id int32 }

func (a candidate) less(b candidate) bool {
	return a.rank < b.rank || a.rank == b.rank && a.pos < b.pos
}

// appendIDs appends the ids of one word, given as UTF-8.
func (b *bpe) appendIDs(out []int, word []byte) []int {
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
	if len(symbols) == 0 {
		return out
	}
	symbols[len(symbols)-1].next = -1

	queue := make(queue, 0, len(symbols))
	offer := func(pos int32) {
		if pos < 0 || symbols[pos].next < 0 {
			return
		}
		if m, ok := b.merges[pairKey(symbols[pos].id, symbols[symbols[pos].next].id)]; ok {
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
		if m, ok := b.merges[pairKey(left.id, right.id)]; !ok || m.id != top.id {
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

// byteOrder lists the 256 bytes in the order of their ids in CLIP's vocabulary: first the printable ones of Latin-1, then the others.
// byteRune is the character that stands for each byte in vocabulary files: itself where printable, else U+0100 and up.
// Source: bytes_to_unicode of GPT-2's encoder.py.
var byteOrder, byteRune = func() (order [256]byte, runes [256]rune) {
	printable := func(b int) bool { return b >= '!' && b <= '~' || b >= 0xA1 && b <= 0xAC || b >= 0xAE }
	n := 0
	for _, want := range []bool{true, false} {
		for b := range 256 {
			if printable(b) != want {
				continue
			}
			order[n] = byte(b)
			runes[b] = rune(b)
			if !want {
				runes[b] = rune(0x100 + n - printables)
			}
			n++
		}
	}
	return order, runes
}()

// printables counts the bytes that stand for themselves: 94 of ASCII, 12 and 82 of Latin-1's upper half.
const printables = 94 + 12 + 82
