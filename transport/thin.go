package transport

import (
	"hash/maphash"
	"math/bits"
	"math/rand/v2"
)

const (
	thinWays = 8
	thinSets = 128
	maxThin  = 30
)

// thinner takes every 2nd, 4th, 8th, ... message of each topic. It counts up to
// 1,024 topics; what is beyond that is taken at random.
type thinner struct {
	seed maphash.Seed
	tick uint32
	sets [thinSets][thinWays]thinTopic
}

type thinTopic struct {
	hash uint64
	seen uint32
	used uint32 // tick of the last message; 0: free
}

func newThinner() *thinner { return &thinner{seed: maphash.MakeSeed()} }

// takes counts a message and reports whether it is one of those to take, of
// which there are one in 2^halvings.
func (t *thinner) takes(topic string, halvings int) bool {
	t.tick++
	if t.tick == 0 { // once in four thousand million messages: all are equally old
		t.tick = 1
	}
	hash := maphash.String(t.seed, topic)
	set := &t.sets[hash%thinSets]
	oldest := &set[0]
	for i := range set {
		c := &set[i]
		if c.used != 0 && c.hash == hash {
			c.used = t.tick
			c.seen++
			return (c.seen-1)&(1<<halvings-1) == 0
		}
		if c.used == 0 || c.used < oldest.used {
			oldest = c
		}
	}
	seen := uint32(0)
	if oldest.used != 0 {
		// Topics that keep pushing each other out must not all begin with a
		// message that is taken.
		seen = rand.Uint32()
	}
	*oldest = thinTopic{hash: hash, seen: seen + 1, used: t.tick}
	return seen&(1<<halvings-1) == 0
}

// halvings is how often what a Thin lane takes is halved as it is filled now:
// not at all until half, once until three quarters, and so on.
func (q *queue) halvings(size int64) int {
	n := halved(q.MaxBytes, q.MaxBytes-q.bytes, size)
	if q.MaxCount > 0 {
		n = max(n, halved(int64(q.MaxCount), int64(q.MaxCount-q.pending), 1))
	}
	return n
}

func halved(all, free, least int64) int {
	return min(bits.Len64(uint64(max(all/max(free, least, 1), 1)))-1, maxThin)
}
