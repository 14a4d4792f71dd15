package kernels

import "slices"

// MaxOperands is how many operands a Walk can go over at once.
const MaxOperands = 4

// maxLoops is how many loops may be left around the innermost one: a tensor's greatest rank, twice, because Tile
// splits dimensions.
const maxLoops = 32

// Walk goes over the elements of several operands at once, as nested loops of which the innermost is left to the
// caller. It is made once for given shapes; walking allocates nothing.
//
// Loops that all operands can go through as one are merged, so that the innermost is as long as possible.
type Walk struct {
	Run  int              // elements of the innermost loop; 0 when there are no elements at all
	Step [MaxOperands]int // what each operand advances by from one of them to the next

	sizes []int // of the loops around it, outermost first
	steps [][MaxOperands]int
}

// NewWalk makes a walk over dims. Strides holds for each operand what it advances by along each dimension; 0 repeats
// the operand.
func NewWalk(dims []int, strides ...[]int) *Walk {
	w := &Walk{Run: 1}
	var sizes []int
	var steps [][MaxOperands]int
	for i, n := range dims {
		if n == 1 {
			continue
		}
		var step [MaxOperands]int
		for j := range strides {
			step[j] = strides[j][i]
		}
		if last := len(sizes) - 1; last >= 0 && merges(steps[last], step, n) {
			sizes[last] *= n
			steps[last] = step
		} else {
			sizes, steps = append(sizes, n), append(steps, step)
		}
	}
	if slices.Contains(dims, 0) {
		return &Walk{}
	}
	if last := len(sizes) - 1; last >= 0 {
		w.Run, w.Step = sizes[last], steps[last]
		w.sizes, w.steps = sizes[:last], steps[:last]
	}
	return w
}

// merges reports whether going n times by the inner step is the same as going once by the outer one.
func merges(outer, inner [MaxOperands]int, n int) bool {
	for i := range outer {
		if outer[i] != inner[i]*n {
			return false
		}
	}
	return true
}

// Cursor is a place in a walk: the start of one innermost loop.
type Cursor struct {
	Off   [MaxOperands]int // where in each operand
	w     *Walk
	count [maxLoops]int
}

// Start returns the cursor of the first innermost loop. Only a walk whose Run is not 0 has one.
func (w *Walk) Start() Cursor { return Cursor{w: w} }

// Next moves to the next innermost loop and reports whether there is one.
func (c *Cursor) Next() bool {
	for i := len(c.w.sizes) - 1; i >= 0; i-- {
		step := &c.w.steps[i]
		c.count[i]++
		if c.count[i] < c.w.sizes[i] {
			for j := range c.Off {
				c.Off[j] += step[j]
			}
			return true
		}
		for j := range c.Off {
			c.Off[j] -= step[j] * (c.w.sizes[i] - 1)
		}
		c.count[i] = 0
	}
	return false
}

// Contiguous returns the strides of a contiguous row-major tensor.
//
//go:noinline
func Contiguous(dims []int) []int {
	out := make([]int, len(dims))
	n := 1
	for i := len(dims) - 1; i >= 0; i-- {
		out[i] = n
		n *= dims[i]
	}
	return out
}

// Broadcast returns the strides that stretch a contiguous tensor of dimensions from to dimensions to, aligned at the
// last one.
func Broadcast(from, to []int) []int {
	out := make([]int, len(to))
	own := Contiguous(from)
	skip := len(to) - len(from)
	for i, n := range from {
		if n != 1 {
			out[skip+i] = own[i]
		}
	}
	return out
}
