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
//
// Blocks are sorted by their indices: sorting integers is code that other packages have linked already.
func assign(blocks []block) int64 {
	order := make([]int, len(blocks))
	end := 0
	for i := range blocks {
		order[i] = i
		end = max(end, blocks[i].last)
	}
	slices.SortFunc(order, func(i, j int) int {
		a, b := &blocks[i], &blocks[j]
		return cmp.Or(cmp.Compare(b.size, a.size), cmp.Compare(a.first, b.first), cmp.Compare(i, j))
	})
	t := timetable{blocks: blocks, rows: make([][]int, end/stepsPerRow+1)}
	var others []int
	total := int64(0)
	for _, at := range order {
		b := &blocks[at]
		others = t.meet(at, others[:0])
		slices.SortFunc(others, func(i, j int) int { return cmp.Compare(blocks[i].offset, blocks[j].offset) })
		offset := int64(0)
		for _, i := range others {
			o := &blocks[i]
			if int64(o.offset)-offset >= int64(b.size) {
				break
			}
			offset = max(offset, int64(o.offset)+int64(o.size))
		}
		total = max(total, offset+int64(b.size))
		b.offset = int(offset)
		*b.at = b.offset
		t.add(at)
	}
	return total
}

// stepsPerRow is how many steps have a row of a timetable in common.
const stepsPerRow = 32

// timetable lists the blocks that have their place by when they are needed, so that finding those which are needed at
// the same time as another does not mean looking at all of them.
type timetable struct {
	blocks []block
	rows   [][]int
}

func (t *timetable) during(b *block) [][]int {
	return t.rows[max(b.first, 0)/stepsPerRow : max(b.last, 0)/stepsPerRow+1]
}

func (t *timetable) add(at int) {
	rows := t.during(&t.blocks[at])
	for i := range rows {
		rows[i] = append(rows[i], at)
	}
}

// meet appends to list the blocks that are needed at the same time as block at.
func (t *timetable) meet(at int, list []int) []int {
	b := &t.blocks[at]
	for _, row := range t.during(b) {
		for _, i := range row {
			if o := &t.blocks[i]; o.met != b && o.first <= b.last && b.first <= o.last {
				o.met = b
				list = append(list, i)
			}
		}
	}
	return list
}
