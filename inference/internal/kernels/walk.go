package kernels

import "slices"

// MaxOperands is how many operands a Walk can go over at once.
const MaxOperands = 4

// maxLoops is how many loops may be left around the innermost one: a tensor's greatest rank, twice, because Tile
// splits dimensions, and the innermost loop in two.
const maxLoops = 33

// Watcher is looked at by walks now and then: they end early when it says that nobody wants the result any more.
type Watcher interface{ Cancelled() error }

const (
	// watchWork is how many elements go by between two looks.
	watchWork = 1 << 20
	// longestRun is the longest innermost loop, where a longer one can be split evenly.
	longestRun = 1 << 16
)

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
		w.split()
	}
	return w
}

// split makes two loops of an innermost one that is so long that a look at the watcher after it would come late.
func (w *Walk) split() {
	if w.Run <= longestRun {
		return
	}
	n := longestRun
	for n > 1 && w.Run%n != 0 {
		n--
	}
	if n < longestRun/64 { // a length without such divisors: looking late is better than crawling
		return
	}
	step := w.Step
	for i := range step {
		step[i] *= n
	}
	w.sizes, w.steps = append(w.sizes, w.Run/n), append(w.steps, step)
	w.Run = n
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
	watch Watcher
	since int // elements since the last look at it
}

// Start returns the cursor of the first innermost loop. Only a walk whose Run is not 0 has one. The watcher may be nil.
func (w *Walk) Start(watch Watcher) Cursor { return Cursor{w: w, watch: watch} }

// Next moves to the next innermost loop and reports whether there is one, and still need for it.
func (c *Cursor) Next() bool {
	if c.since += c.w.Run; c.since >= watchWork && c.watch != nil {
		c.since = 0
		if c.watch.Cancelled() != nil {
			return false
		}
	}
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
