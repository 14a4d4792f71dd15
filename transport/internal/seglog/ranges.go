package seglog

import "slices"

// span is the half-open range [from, to).
type span struct{ from, to uint64 }

// ranges is a set of numbers as sorted, disjoint, non-adjacent spans. Its size
// follows the number of holes, which for acknowledgements is at most the window
// of messages in flight.
type ranges []span

func (r *ranges) add(from, to uint64) {
	if from >= to {
		return
	}
	s := *r
	// i is the first span that touches or follows from, j the first that
	// begins beyond to: those in between merge.
	i, _ := slices.BinarySearchFunc(s, from, func(e span, v uint64) int { return cmp(e.to, v) })
	j := i
	for j < len(s) && s[j].from <= to {
		from, to = min(from, s[j].from), max(to, s[j].to)
		j++
	}
	*r = slices.Replace(s, i, j, span{from, to})
}

// find returns the end of the span that holds v.
func (r ranges) find(v uint64) (end uint64, ok bool) {
	i, _ := slices.BinarySearchFunc(r, v, func(e span, v uint64) int {
		if e.to <= v {
			return -1
		}
		return 1
	})
	if i < len(r) && r[i].from <= v {
		return r[i].to, true
	}
	return 0, false
}

// take removes the spans that continue mark and returns the new mark.
func (r *ranges) take(mark uint64) uint64 {
	n := 0
	for n < len(*r) && (*r)[n].from <= mark+1 {
		mark = max(mark, (*r)[n].to-1)
		n++
	}
	*r = slices.Delete(*r, 0, n)
	return mark
}

func cmp(a, b uint64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}
