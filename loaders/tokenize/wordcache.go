package tokenize

import (
	"hash/maphash"
	"slices"
	"sync"
)

// A wordCache keeps the ids of words already seen. Captions share most of their words, so nearly every look-up hits. It is safe for
// concurrent use, and it is bounded: a shard that is full is emptied, and long words, which hardly come twice, are not kept.
// Its zero value is empty and ready.
type wordCache struct {
	shards [cacheShards]wordShard
}

const (
	cacheShards    = 64
	shardWords     = 1024 // 65,536 words in all
	longestCached  = 48   // bytes
	_cacheLineSize = 64
)

type wordShard struct {
	mu  sync.RWMutex
	ids map[string][]int
	_   [_cacheLineSize]byte // neighbours' locks must not share a cache line
}

var wordSeed = maphash.MakeSeed()

func (c *wordCache) shard(word []byte) *wordShard {
	return &c.shards[maphash.Bytes(wordSeed, word)%cacheShards]
}

// get returns the ids of word. The caller must not change them.
func (c *wordCache) get(word []byte) ([]int, bool) {
	if len(word) > longestCached {
		return nil, false
	}
	s := c.shard(word)
	s.mu.RLock()
	ids, ok := s.ids[string(word)]
	s.mu.RUnlock()
	return ids, ok
}

// put keeps a copy of ids.
func (c *wordCache) put(word []byte, ids []int) {
	if len(word) > longestCached {
		return
	}
	s := c.shard(word)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ids == nil || len(s.ids) >= shardWords {
		s.ids = make(map[string][]int)
	}
	s.ids[string(word)] = slices.Clone(ids)
}

// lookup is get for a string.
func (c *wordCache) lookup(word string) ([]int, bool) {
	if len(word) > longestCached {
		return nil, false
	}
	s := &c.shards[maphash.String(wordSeed, word)%cacheShards]
	s.mu.RLock()
	ids, ok := s.ids[word]
	s.mu.RUnlock()
	return ids, ok
}

// keep is put for a string.
func (c *wordCache) keep(word string, ids []int) {
	if len(word) <= longestCached {
		c.put([]byte(word), ids)
	}
}
