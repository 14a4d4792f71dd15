package ops

import (
	"math"
	"slices"

	"github.com/brinkml/brink/inference/internal/fault"
	"github.com/brinkml/brink/inference/internal/kernels"
	"github.com/brinkml/brink/inference/internal/shape"
)

// buffer is where the elements of a term are: those of an input, of the output, or from a place in the scratch memory on.
type buffer struct {
	kind bufferKind
	at   int // which input, or where in the scratch memory
}

type bufferKind uint8

const (
	inInput bufferKind = iota
	inOutput
	inScratch
)

// term is a tensor with a label for each dimension that is longer than 1: what it advances by along that.
type term struct {
	of      buffer
	labels  []label
	strides []int
}

func (t *term) has(l label) bool { return slices.Contains(t.labels, l) }

// along returns what t advances by along each of labels, 0 for those that it does not have.
func (t *term) along(labels []label) []int {
	out := make([]int, len(labels))
	for i, l := range labels {
		if at := slices.Index(t.labels, l); at >= 0 {
			out[i] = t.strides[at]
		}
	}
	return out
}

// sorted sorts labels into the order in which they lie in t, outermost first.
func (t *term) sorted(labels []label) []label {
	steps := t.along(labels)
	for i := range labels {
		for j := i; j > 0 && steps[j-1] < steps[j]; j-- {
			steps[j-1], steps[j] = steps[j], steps[j-1]
			labels[j-1], labels[j] = labels[j], labels[j-1]
		}
	}
	return labels
}

// contraction plans the steps of an Einsum: sums over what only one operand has, then products of two operands at a
// time, the pairs being chosen so that what is between them stays small.
type contraction struct {
	lengths [256]int
	out     []label
	terms   []term
	steps   []einsumStep
	scratch int64 // elements
}

// newContraction plans an equation for contiguous operands of the given dimensions.
func newContraction(e *equation, lengths *[256]shape.Dim, dims [][]int) (*contraction, error) {
	c := &contraction{}
	for i, d := range lengths {
		c.lengths[i] = int(d)
	}
	for _, l := range e.out {
		if c.lengths[l] != 1 {
			c.out = append(c.out, l)
		}
	}
	for i, labels := range e.terms {
		t := term{of: buffer{inInput, i}}
		own := kernels.Contiguous(dims[i])
		for j, l := range labels {
			if dims[i][j] == 1 {
				continue
			}
			if at := slices.Index(t.labels, l); at >= 0 {
				t.strides[at] += own[j] // a diagonal
				continue
			}
			t.labels, t.strides = append(t.labels, l), append(t.strides, own[j])
		}
		c.terms = append(c.terms, t)
	}
	for len(c.terms) > 1 {
		i, j := c.cheapest()
		a, b := c.terms[i], c.terms[j]
		c.terms = slices.Delete(c.terms, j, j+1)
		c.terms = slices.Delete(c.terms, i, i+1)
		t, err := c.pair(a, b)
		if err != nil {
			return nil, err
		}
		c.terms = append(c.terms, t)
	}
	last := c.terms[0]
	if last.of.kind != inOutput {
		c.reduce(last, term{of: buffer{kind: inOutput}, labels: c.out, strides: c.contiguous(c.out)})
	}
	_, err := scratchFor(c.scratch)
	return c, err
}

// dims returns the lengths of labels.
func (c *contraction) dims(labels []label) []int {
	out := make([]int, len(labels))
	for i, l := range labels {
		out[i] = c.lengths[l]
	}
	return out
}

func (c *contraction) contiguous(labels []label) []int { return kernels.Contiguous(c.dims(labels)) }

// size returns the product of the lengths of labels.
func (c *contraction) size(labels []label) float64 {
	n := 1.0
	for _, l := range labels {
		n *= float64(c.lengths[l])
	}
	return n
}

// count is size for what has been checked to fit.
func (c *contraction) count(labels []label) int { return int(c.size(labels)) }

// kept reports whether the output or one of the terms that are left has a label.
func (c *contraction) kept(l label) bool {
	return slices.Contains(c.out, l) || slices.ContainsFunc(c.terms, func(t term) bool { return t.has(l) })
}

// cheapest returns the two terms whose product takes the least memory more than they do.
func (c *contraction) cheapest() (i, j int) {
	var uses [256]int
	for _, l := range c.out {
		uses[l]++
	}
	for _, t := range c.terms {
		for _, l := range t.labels {
			uses[l]++
		}
	}
	best := math.Inf(1)
	i, j = 0, 1
	for x := range c.terms {
		for y := x + 1; y < len(c.terms); y++ {
			a, b := &c.terms[x], &c.terms[y]
			size := 1.0
			for _, l := range a.labels {
				if own := 1 + count(b.has(l)); uses[l] > own {
					size *= float64(c.lengths[l])
				}
			}
			for _, l := range b.labels {
				if !a.has(l) && uses[l] > 1 {
					size *= float64(c.lengths[l])
				}
			}
			if cost := size - c.size(a.labels) - c.size(b.labels); cost < best {
				best, i, j = cost, x, y
			}
		}
	}
	return i, j
}

// count returns 1 for true.
func count(b bool) int {
	if b {
		return 1
	}
	return 0
}

// temporary returns a new term in the scratch memory, contiguous in the order of labels.
func (c *contraction) temporary(labels []label) (term, error) {
	size := c.size(labels)
	if len(labels) > maxRank || float64(c.scratch)+size > maxScratch/8 {
		return term{}, &fault.LimitError{What: "elements between the operands of an equation", Got: int64(min(size, math.MaxInt64/2)), Max: maxScratch / 8}
	}
	t := term{buffer{inScratch, int(c.scratch)}, labels, c.contiguous(labels)}
	c.scratch += int64(size)
	return t, nil
}

// reduce adds the step that sums src over the labels that dst does not have, or only moves it when it has all.
func (c *contraction) reduce(src, dst term) {
	labels := slices.Clone(dst.labels)
	for _, l := range src.labels {
		if !dst.has(l) {
			labels = append(labels, l)
		}
	}
	s := einsumStep{kind: stepMove, dst: dst.of, a: src.of, walk: kernels.NewWalk(c.dims(labels), dst.along(labels), src.along(labels))}
	if len(labels) > len(dst.labels) {
		s.kind, s.size = stepSum, c.count(dst.labels)
	}
	c.steps = append(c.steps, s)
}

// only returns t summed over the labels that neither other nor anything else has.
func (c *contraction) only(t, other term) (term, error) {
	keep := slices.DeleteFunc(slices.Clone(t.labels), func(l label) bool { return !other.has(l) && !c.kept(l) })
	if len(keep) == len(t.labels) {
		return t, nil
	}
	out, err := c.temporary(keep)
	if err == nil {
		c.reduce(t, out)
	}
	return out, err
}

// pair adds the steps that make the product of two terms, which are no longer among those that are left, and returns
// it.
func (c *contraction) pair(a, b term) (term, error) {
	var err error
	if a, err = c.only(a, b); err != nil {
		return a, err
	}
	if b, err = c.only(b, a); err != nil {
		return b, err
	}
	var g grouping
	for _, l := range a.labels {
		switch {
		case !b.has(l):
			g.m = append(g.m, l)
		case c.kept(l):
			g.batch = append(g.batch, l)
		default:
			g.k = append(g.k, l)
		}
	}
	for _, l := range b.labels {
		if !a.has(l) {
			g.n = append(g.n, l)
		}
	}
	dst := term{of: buffer{kind: inOutput}, labels: c.out, strides: c.contiguous(c.out)}
	last := len(c.terms) == 0
	if len(g.k) == 0 {
		if !last {
			if dst, err = c.temporary(slices.Concat(g.batch, g.m, g.n)); err != nil {
				return dst, err
			}
		}
		c.steps = append(c.steps, einsumStep{
			kind: stepMultiply, dst: dst.of, a: a.of, b: b.of,
			walk: kernels.NewWalk(c.dims(dst.labels), dst.strides, a.along(dst.labels), b.along(dst.labels)),
		})
		return dst, nil
	}
	return c.multiply(a, b, dst, g, last)
}

// grouping says what the labels of two factors are in their product: the dimensions of a stack of matrices, the rows of
// the first factor, the columns of the second, and what they are summed over.
type grouping struct{ batch, m, n, k []label }

// line returns what t advances by along all of labels in order, as if they were one dimension, and whether it does so
// evenly.
func (c *contraction) line(t *term, labels []label) (step int, ok bool) {
	steps := t.along(labels)
	for i := len(labels) - 2; i >= 0; i-- {
		if steps[i] != steps[i+1]*c.lengths[labels[i+1]] {
			return 0, false
		}
	}
	if len(labels) == 0 {
		return 0, true
	}
	return steps[len(steps)-1], true
}

// multiply is pair for factors that are summed over something: as products of matrices. Factors that do not lie as
// matrices with contiguous rows are copied first.
func (c *contraction) multiply(a, b, dst term, g grouping, last bool) (term, error) {
	if len(g.n) == 0 { // a column: as a row
		a, b, g.m, g.n = b, a, g.n, g.m
	}
	g.m, g.n, g.k = a.sorted(g.m), b.sorted(g.n), a.sorted(g.k)
	order := slices.Concat(g.batch, g.m, g.n)
	result := dst
	fits := false
	if last {
		_, even := c.line(&dst, g.m)
		step, whole := c.line(&dst, g.n)
		fits = even && whole && (step == 1 || len(g.n) == 0)
		if !fits { // perhaps the other way around
			_, even = c.line(&dst, g.n)
			step, whole = c.line(&dst, g.m)
			if even && whole && step == 1 {
				fits = true
				a, b, g.m, g.n = b, a, g.n, g.m
				g.k = a.sorted(g.k)
			}
		}
	}
	var err error
	if !fits {
		if result, err = c.temporary(order); err != nil {
			return result, err
		}
	}
	s := einsumStep{kind: stepMatMul, dst: result.of, m: c.count(g.m), n: c.count(g.n), k: c.count(g.k)}
	rows, even := c.line(&a, g.m)
	if step, whole := c.line(&a, g.k); !even || !whole || step != 1 {
		if a, err = c.copyOf(a, slices.Concat(g.batch, g.m, g.k)); err != nil {
			return result, err
		}
		rows = s.k
	}
	rowsN, evenN := c.line(&b, g.n)
	stepK, evenK := c.line(&b, g.k)
	s.columns = evenN && evenK && stepK == 1
	along := evenN && evenK && (rowsN == 1 || len(g.n) == 0)
	lines := rowsN
	switch {
	case s.columns:
	case along && (s.n >= shortRow || s.m < turnRows):
		lines = stepK
	case s.n >= shortRow:
		if b, err = c.copyOf(b, slices.Concat(g.batch, g.k, g.n)); err != nil {
			return result, err
		}
		lines = s.n
	default:
		if b, err = c.copyOf(b, slices.Concat(g.batch, g.n, g.k)); err != nil {
			return result, err
		}
		s.columns, lines = true, s.k
	}
	across, _ := c.line(&result, g.m)
	s.lines = [3]int{across, rows, lines}
	s.a, s.b = a.of, b.of
	s.batch = c.dims(g.batch)
	s.strides = [3][]int{result.along(g.batch), a.along(g.batch), b.along(g.batch)}
	s.plan()
	c.steps = append(c.steps, s)
	if !last || fits {
		return result, nil
	}
	c.reduce(result, dst)
	return dst, nil
}

// copyOf adds the step that copies t, in the order of labels, and returns the copy.
func (c *contraction) copyOf(t term, labels []label) (term, error) {
	out, err := c.temporary(labels)
	if err == nil {
		c.reduce(t, out)
	}
	return out, err
}
