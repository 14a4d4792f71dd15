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
	met         *block // the block that last looked at this one
}

// assign gives each block an offset such that blocks which are needed at the same time do not overlap, and returns
// the bytes that all of them span. Largest first, each goes to the lowest gap that it fits: the greedy-by-size
// strategy of Pisarchyk and Lee, "Efficient Memory Management for Deep Neural Net Inference" (2020), section 4.
func assign(blocks []block) int64 {
	order := make([]*block, len(blocks))
	end := 0
	for i := range blocks {
		order[i] = &blocks[i]
		end = max(end, blocks[i].last)
	}
	slices.SortFunc(order, func(a, b *block) int {
		return cmp.Or(cmp.Compare(b.size, a.size), cmp.Compare(a.first, b.first))
	})
	t := make(timetable, end/stepsPerRow+1)
	var others []*block
	total := int64(0)
	for _, b := range order {
		others = t.meet(b, others[:0])
		slices.SortFunc(others, func(a, b *block) int { return cmp.Compare(a.offset, b.offset) })
		offset := int64(0)
		for _, o := range others {
			if int64(o.offset)-offset >= int64(b.size) {
				break
			}
			offset = max(offset, int64(o.offset)+int64(o.size))
		}
		total = max(total, offset+int64(b.size))
		b.offset = int(offset)
		*b.at = b.offset
		t.add(b)
	}
	return total
}

// stepsPerRow is how many steps have a row of a timetable in common.
const stepsPerRow = 32

// timetable lists the blocks that have their place by when they are needed, so that finding those which are needed at
// the same time as another does not mean looking at all of them.
type timetable [][]*block

func (t timetable) rows(b *block) [][]*block {
	return t[max(b.first, 0)/stepsPerRow : max(b.last, 0)/stepsPerRow+1]
}

func (t timetable) add(b *block) {
	rows := t.rows(b)
	for i := range rows {
		rows[i] = append(rows[i], b)
	}
}

// meet appends to list the blocks that are needed at the same time as b.
func (t timetable) meet(b *block, list []*block) []*block {
	for _, row := range t.rows(b) {
		for _, o := range row {
			if o.met != b && o.first <= b.last && b.first <= o.last {
				o.met = b
				list = append(list, o)
			}
		}
	}
	return list
}
