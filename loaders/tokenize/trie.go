package tokenize

import (
	"slices"
	"strings"
)

// A trie finds every key that a text begins with. Its nodes lie in one slice, breadth first, so that the children of a node are neighbours
// in the order of their bytes: 12 bytes a node, and nothing to follow but indices.
type trie struct {
	nodes []trieNode
	root  [256]int32 // the root's child for each byte, or 0
}

type trieNode struct {
	child int32 // index of the first child
	value int32 // of the key that ends here, or -1
	count int16 // of children
	label byte
}

// newTrie returns the trie of keys; the value of a key is its index. Where a key comes twice the later one counts. Empty keys are left out.
func newTrie(keys []string) *trie {
	order := make([]int32, 0, len(keys))
	for i, k := range keys {
		if k != "" {
			order = append(order, int32(i))
		}
	}
	slices.SortStableFunc(order, func(a, b int32) int { return strings.Compare(keys[a], keys[b]) })
	t := &trie{nodes: []trieNode{{value: -1}}}
	type interval struct{ node, low, high, depth int32 } // keys order[low:high] share depth bytes, which lead to node
	queue := []interval{{0, 0, int32(len(order)), 0}}
	for len(queue) > 0 {
		q := queue[0]
		queue = queue[1:]
		low := q.low
		for low < q.high && int32(len(keys[order[low]])) == q.depth {
			t.nodes[q.node].value = order[low]
			low++
		}
		t.nodes[q.node].child = int32(len(t.nodes))
		for low < q.high {
			c := keys[order[low]][q.depth]
			high := low + 1
			for high < q.high && keys[order[high]][q.depth] == c {
				high++
			}
			n := int32(len(t.nodes))
			t.nodes = append(t.nodes, trieNode{value: -1, label: c})
			t.nodes[q.node].count++
			if q.node == 0 {
				t.root[c] = n
			}
			queue = append(queue, interval{n, low, high, q.depth + 1})
			low = high
		}
	}
	return t
}

// step returns the child of node under byte c, or 0. Node 0 is the root.
func (t *trie) step(node int32, c byte) int32 {
	if node == 0 {
		return t.root[c]
	}
	n := &t.nodes[node]
	low, high := n.child, n.child+int32(n.count)
	for high-low > 8 {
		if middle := (low + high) / 2; t.nodes[middle].label <= c {
			low = middle
		} else {
			high = middle
		}
	}
	for ; low < high; low++ {
		if t.nodes[low].label == c {
			return low
		}
	}
	return 0
}
