package ops

import (
	"github.com/brinkml/brink/inference/internal/kernels"
	"github.com/brinkml/brink/inference/internal/tensor"
)

// einsumStep makes a tensor of one or two others.
type einsumStep struct {
	kind      stepKind
	dst, a, b buffer
	walk      *kernels.Walk // over dst, a and, for a product of elements, b
	size      int           // of dst, for a sum

	// A product of matrices is [m, k] times [k, n] for each of a batch, the rows of dst, a and b being lines apart. If
	// columns is set, b is [n, k].
	m, n, k        int
	columns        bool
	lines          [3]int
	batch          []int
	strides        [3][]int
	blockM, blockN int
}

type stepKind uint8

const (
	stepMove stepKind = iota
	stepSum
	stepMultiply
	stepMatMul
)

// plan decides on the blocks that a product is computed in, between two looks at the context.
func (s *einsumStep) plan() {
	s.blockN = min(max(paceWork/max(s.k, 1), shortRow), max(s.n, 1))
	s.blockM = min(max(paceWork/max(s.k*s.blockN, 1), 1), max(s.m, 1))
}

func (s *einsumStep) blocks() int {
	return tensor.Elems(s.batch) * blockCount(s.m, s.blockM) * blockCount(s.n, s.blockN)
}

// einsumBlock is a block of a product of matrices: its size, and where it is in dst, a and b.
type einsumBlock struct {
	m, n  int
	place [3]int
}

// block returns the i-th of a step's blocks.
func (s *einsumStep) block(i int) einsumBlock {
	cols, rows := blockCount(s.n, s.blockN), blockCount(s.m, s.blockM)
	col, row, at := i%cols*s.blockN, i/cols%rows*s.blockM, i/cols/rows
	b := einsumBlock{m: min(s.blockM, s.m-row), n: min(s.blockN, s.n-col)}
	for o := range b.place {
		b.place[o] = matrixAt(at, s.batch, s.strides[o])
	}
	b.place[0] += row*s.lines[0] + col
	b.place[1] += row * s.lines[1]
	if s.columns {
		col *= s.lines[2]
	}
	b.place[2] += col
	return b
}

// productFunc sets c, [m, n], to the product of a, [m, k], and b: [k, n], or [n, k] when columns is set.
type productFunc[T kernels.Number] func(c, a, b kernels.Rows[T], m, n, k int, columns bool)

func floatProduct[T kernels.Float](c, a, b kernels.Rows[T], m, n, k int, columns bool) {
	if columns && k > 0 {
		kernels.MulTransposed(c, a, b, m, n, k, false)
		return
	}
	for i := range m {
		clear(c.Data[i*c.Stride:][:n])
	}
	kernels.AddMatMul(c, a, b, m, n, k)
}

// intProductOf is the productFunc of integers: a plain loop, because they are rare.
func intProductOf(c, a, b kernels.Rows[int64], m, n, k int, columns bool) {
	next, down := 1, b.Stride
	if columns {
		next, down = down, next
	}
	for i := range m {
		x := a.Data[i*a.Stride:][:k]
		for j := range n {
			var sum int64
			for t, v := range x {
				sum += v * b.Data[j*next+t*down]
			}
			c.Data[i*c.Stride+j] = sum
		}
	}
}

// einsum is the kernel of Einsum.
type einsum[T kernels.Number] struct {
	steps   []einsumStep
	scratch int
	product productFunc[T]
}

// newEinsumKernel makes the kernel for a contraction.
func newEinsumKernel[T kernels.Number](c *contraction, f productFunc[T]) *einsum[T] {
	return &einsum[T]{c.steps, elemBytes[T](int(c.scratch)), f}
}

func (k *einsum[T]) Scratch() int { return k.scratch }

// Parts splits what is a single product of matrices: then no step waits for another.
func (k *einsum[T]) Parts(threads int) int {
	s := &k.steps[0]
	if len(k.steps) > 1 || s.kind != stepMatMul {
		return 1
	}
	return partsFor(threads, s.blocks(), int64(tensor.Elems(s.batch))*int64(s.m)*int64(s.n)*int64(s.k))
}

func (k *einsum[T]) Run(c *Ctx) error { return k.RunPart(c, 0, 1) }

func (k *einsum[T]) RunPart(c *Ctx, part, parts int) error {
	p := pace{c: c}
	for i := range k.steps {
		s := &k.steps[i]
		dst, a, b := k.data(c, s.dst), k.data(c, s.a), k.data(c, s.b)
		var err error
		switch s.kind {
		case stepMove:
			kernels.Move(s.walk, dst, a, 0, 0, c)
		case stepSum:
			clear(dst[:s.size])
			err = sumAlong(s.walk, dst, a, &p)
		case stepMultiply:
			err = multiplyAlong(s.walk, dst, a, b, &p)
		case stepMatMul:
			from, to := share(s.blocks(), part, parts)
			err = k.matMul(s, dst, a, b, from, to, &p)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (k *einsum[T]) data(c *Ctx, b buffer) []T {
	switch b.kind {
	case inInput:
		return tensor.View[T](c.In[b.at])
	case inOutput:
		return tensor.View[T](c.Out[0])
	}
	return tensor.Cast[T](c.Scratch)[b.at:]
}

// matMul computes some of the blocks of a step.
func (k *einsum[T]) matMul(s *einsumStep, dst, a, b []T, from, to int, p *pace) error {
	for i := from; i < to; i++ {
		at := s.block(i)
		if err := p.spend(at.m * at.n * s.k); err != nil {
			return err
		}
		k.product(
			kernels.Rows[T]{Data: dst[at.place[0]:], Stride: s.lines[0]},
			kernels.Rows[T]{Data: a[at.place[1]:], Stride: s.lines[1]},
			kernels.Rows[T]{Data: b[at.place[2]:], Stride: s.lines[2]},
			at.m, at.n, s.k, s.columns)
	}
	return nil
}

// sumAlong adds a to dst along a walk.
func sumAlong[T kernels.Number](w *kernels.Walk, dst, a []T, p *pace) error {
	if w.Run == 0 {
		return nil
	}
	step, from := w.Step[0], w.Step[1]
	for c := w.Start(p.c); ; {
		if err := p.spend(w.Run); err != nil {
			return err
		}
		d, s := dst[c.Off[0]:], a[c.Off[1]:]
		if step == 0 {
			var sum T
			for i := range w.Run {
				sum += s[i*from]
			}
			d[0] += sum
		} else {
			for i := range w.Run {
				d[i*step] += s[i*from]
			}
		}
		if !c.Next() {
			return nil
		}
	}
}

// multiplyAlong sets dst to a * b along a walk.
func multiplyAlong[T kernels.Number](w *kernels.Walk, dst, a, b []T, p *pace) error {
	if w.Run == 0 {
		return nil
	}
	step, fromA, fromB := w.Step[0], w.Step[1], w.Step[2]
	for c := w.Start(p.c); ; {
		if err := p.spend(w.Run); err != nil {
			return err
		}
		d, x, y := dst[c.Off[0]:], a[c.Off[1]:], b[c.Off[2]:]
		for i := range w.Run {
			d[i*step] = x[i*fromA] * y[i*fromB]
		}
		if !c.Next() {
			return nil
		}
	}
}
