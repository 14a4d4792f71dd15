//go:build !arm

package ops

import (
	"slices"

	"github.com/brinkml/brink/inference/internal/cpu"
	"github.com/brinkml/brink/inference/internal/kernels"
	f32kernels "github.com/brinkml/brink/inference/internal/kernels/f32"
	"github.com/brinkml/brink/inference/internal/tensor"
)

// turner is the kernel of a Transpose of elements of four bytes that moves the last dimension: the transposes of many
// matrices.
type turner struct {
	level    cpu.Level
	n        int                 // elements
	matrices f32kernels.Matrices // those of each step of the walk
	walk     *kernels.Walk       // over the dimensions around the matrices, of the output and the input; its steps are theirs
}

// newTurner returns a turner for n, or nil when it is none: dimension i of the output is dimension perm[i] of the input.
func newTurner(n *Node, out, in, perm []int) Kernel {
	if n.In[0].DType.Size() != 4 || tensor.Elems(in) == 0 {
		return nil
	}
	// Dimensions of 1 do not count, and those that stay next to each other are one.
	type dim struct{ size, from, to int } // steps in the input and the output
	var dims []dim
	from, to, last := kernels.Contiguous(in), kernels.Contiguous(out), -1
	for i, p := range perm {
		switch {
		case out[i] == 1:
			continue
		case len(dims) > 0 && dims[len(dims)-1].from == from[p]*out[i]:
			d := &dims[len(dims)-1]
			*d = dim{d.size * out[i], from[p], to[i]}
		default:
			dims = append(dims, dim{out[i], from[p], to[i]})
		}
	}
	last = slices.IndexFunc(dims, func(d dim) bool { return d.from == 1 })
	if len(dims) < 2 || last == len(dims)-1 {
		return nil
	}
	rows, cols := dims[len(dims)-1], dims[last]
	dims = slices.Delete(dims[:len(dims)-1], last, last+1)
	k := &turner{level: n.CPU, n: tensor.Elems(in), matrices: f32kernels.Matrices{
		Rows: rows.size, Cols: cols.size, Src: rows.from, Dst: cols.to, Count: 1,
	}}
	sizes, steps := []int{1}, [2][]int{{0}, {0}} // so that there is something to walk
	for _, d := range dims {
		sizes = append(sizes, d.size)
		steps[0], steps[1] = append(steps[0], d.to), append(steps[1], d.from)
	}
	k.walk = kernels.NewWalk(sizes, steps[0], steps[1])
	m := &k.matrices
	m.Count, m.DstNext, m.SrcNext = k.walk.Run, k.walk.Step[0], k.walk.Step[1]
	return k
}

// turnPart is how many elements make a part worth having.
const turnPart = 1 << 13

// Parts implements [Splitter].
func (k *turner) Parts(threads int) int {
	_, units := k.units()
	return max(1, min(vectorParts(threads, k.n, turnPart), units))
}

// units returns whether columns of the matrices are shared out rather than rows, and how many cache lines of them.
func (k *turner) units() (columns bool, n int) {
	m := &k.matrices
	return m.Cols >= m.Rows, max(m.Cols, m.Rows) / turnLine
}

// turnLine is how many elements a cache line has.
const turnLine = 16

// Run implements [Kernel].
func (k *turner) Run(c *Ctx) error { return k.RunPart(c, 0, 1) }

// RunPart implements [Splitter].
func (k *turner) RunPart(c *Ctx, part, parts int) error {
	dst, src := tensor.View[uint32](c.Out[0]), tensor.View[uint32](c.In[0])
	p := pace{c: c}
	own, from, to := k.matrices, 0, 0 // the part of each matrix, and where it begins
	if parts > 1 {
		columns, units := k.units()
		first, last := share(units, part, parts)
		first, last = first*turnLine, last*turnLine
		of, next, step := &own.Rows, own.Src, 1
		if columns {
			of, next, step = &own.Cols, 1, own.Dst
		}
		if part == parts-1 {
			last = *of
		}
		*of, from, to = last-first, first*next, first*step
	}
	size := own.Rows * own.Cols
	if size == 0 {
		return nil
	}
	for at := k.walk.Start(c); ; {
		m := own
		for i := 0; i < own.Count; i += m.Count {
			m.Count = min(max(paceWork/size, 1), own.Count-i)
			if err := k.slices(&p, m, dst[at.Off[0]+to+i*m.DstNext:], src[at.Off[1]+from+i*m.SrcNext:]); err != nil {
				return err
			}
		}
		if !at.Next() {
			return c.Cancelled()
		}
	}
}

// slices transposes matrices, large ones by as many rows or columns at a time as go by between two looks at the context.
func (k *turner) slices(p *pace, m f32kernels.Matrices, dst, src []uint32) error {
	rows, cols := m.Rows, m.Cols
	if m.Count*rows*cols > paceWork {
		if rows >= cols {
			m.Rows = min(max(paceWork/cols&^15, 16), rows)
		} else {
			m.Cols = min(max(paceWork/rows&^15, 16), cols)
		}
	}
	step, across := m.Rows, m.Cols
	for r := 0; r < rows; r += step {
		m.Rows = min(step, rows-r)
		for c := 0; c < cols; c += across {
			m.Cols = min(across, cols-c)
			if err := p.spend(m.Count * m.Rows * m.Cols); err != nil {
				return err
			}
			m.Transpose(k.level, dst[c*m.Dst+r:], src[r*m.Src+c:])
		}
	}
	return nil
}
