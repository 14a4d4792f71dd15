package plan

import (
	"cmp"
	"slices"
)

// block is a piece of memory that is needed from step first to step last.
type block struct {
	size        int
	first, last int
	at          *int // where its offset goes
	offset      int
}

// assign gives each block an offset such that blocks which are needed at the same time do not overlap, and returns
// the bytes that all of them span. Largest first, each goes to the lowest gap that it fits: the greedy-by-size
// strategy of Pisarchyk and Lee, "Efficient Memory Management for Deep Neural Net Inference" (2020), section 4.
func assign(blocks []block) int64 {
	order := make([]*block, len(blocks))
	for i := range blocks {
		order[i] = &blocks[i]
	}
	slices.SortStableFunc(order, func(a, b *block) int {
		return cmp.Or(cmp.Compare(b.size, a.size), cmp.Compare(a.first, b.first))
	})
	var placed []*block // by offset
	total := int64(0)
	for _, b := range order {
		offset := int64(0)
		for _, p := range placed {
			if p.first > b.last || p.last < b.first {
				continue
			}
			if int64(p.offset)-offset >= int64(b.size) {
				break
			}
			offset = max(offset, int64(p.offset)+int64(p.size))
		}
		total = max(total, offset+int64(b.size))
		b.offset = int(offset)
		*b.at = b.offset
		at, _ := slices.BinarySearchFunc(placed, b, func(p, b *block) int { return cmp.Compare(p.offset, b.offset) })
		placed = slices.Insert(placed, at, b)
	}
	return total
}
