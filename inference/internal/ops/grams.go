package ops

import "github.com/brinkml/brink/inference/internal/fault"

// grams are the n-grams of a pool as a tree: each node but the first, the root, stands for the items on the way to it.
type grams[K comparable] struct {
	next  map[gramStep[K]]int32
	place []int32 // by node, where its n-gram is counted, or noGram
}

// gramStep leads from a node to the one for an item more.
type gramStep[K comparable] struct {
	node int32
	item K
}

// noGram is the place of nodes that stand for no n-gram of the pool.
const noGram = -1

// newGrams plants the n-grams of length least to most of a pool, in which those of length n start at the n-th of
// counts, from 1 on. Those that it has twice count where the last one does.
func newGrams[K comparable](pool []K, counts, places []int64, least, most int64) (*grams[K], error) {
	g := &grams[K]{next: map[gramStep[K]]int32{}, place: []int32{noGram}}
	for i, from := range counts {
		to := int64(len(pool))
		if i+1 < len(counts) {
			to = counts[i+1]
		}
		length := int64(i) + 1
		if from < 0 || to < from || to > int64(len(pool)) || (to-from)%length != 0 {
			return nil, fault.Format("ngram_counts: items %d to %d of %d are no %d-grams", from, to, len(pool), length)
		}
		if n := (to - from) / length; n > int64(len(places)) {
			return nil, fault.Format("ngram_indexes has too few elements for the pool")
		}
		for ; from < to; from, places = from+length, places[1:] {
			if length >= least && length <= most {
				g.add(pool[from:from+length], int32(places[0]))
			}
		}
	}
	return g, nil
}

// add plants an n-gram.
func (g *grams[K]) add(items []K, place int32) {
	node := int32(0)
	for _, item := range items {
		step := gramStep[K]{node, item}
		to, ok := g.next[step]
		if !ok {
			to = int32(len(g.place))
			g.place = append(g.place, noGram)
			g.next[step] = to
		}
		node = to
	}
	g.place[node] = place
}

// count adds to counts the n-grams of length least to most that the items of a row make, when all follow each other at
// the given distance.
func (g *grams[K]) count(counts []uint32, row []K, distance int, least, most int64, p *pace) error {
	for start := range row {
		if int64(start)+int64(distance)*(least-1) >= int64(len(row)) {
			return nil
		}
		if err := p.spend(16); err != nil {
			return err
		}
		node := int32(0)
		for n, at := int64(1), start; n <= most && at < len(row); n, at = n+1, at+distance {
			to, ok := g.next[gramStep[K]{node, row[at]}]
			if !ok {
				break
			}
			node = to
			if n >= least && g.place[node] != noGram {
				counts[g.place[node]]++
			}
		}
	}
	return nil
}
