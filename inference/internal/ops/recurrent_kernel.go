package ops

import (
	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/fault"
	"github.com/brinkml/brink/inference/internal/kernels"
	"github.com/brinkml/brink/inference/internal/tensor"
)

const (
	// recurrentBlock is how many rows of the batch go through the steps together: enough to read each weight for
	// several of them, few enough for their state to stay in the first-level cache.
	recurrentBlock = 8

	// recurrentChunk is for how many steps the products with the input are computed at once when rows go one by one.
	recurrentChunk = 16

	// recurrentPartCost is the number of multiply-accumulates from which on a goroutine more is worth it.
	recurrentPartCost = 1 << 16
)

// cell is what an operator does in one direction with the products of its input and its state.
type cell[T kernels.Float] interface {
	// step goes one step on for each row of s.
	step(s cellStep[T])
	// bias is how many of the gates add both biases to the product with the input; the others only the first.
	bias() int
}

// cellStep is one step of a block of rows. All slices hold one row after the other.
type cellStep[T kernels.Float] struct {
	rows, hidden int
	gates        []T // the products with the input and the biases; the cell may change them
	h, c         []T // the state, which the cell replaces; c is only for cells that asked for it
	temp         []T // hidden elements a row
	r            []T // the weights of the direction: gates*hidden rows of hidden
	rb           []T // the biases that go with them, or nil
	p            []T // the peephole weights of the direction, or nil
}

// recurrent is the kernel of LSTM, GRU and RNN.
type recurrent[T kernels.Float] struct {
	recurrentSize
	cells [2]cell[T]
	lens  bool // the rows of the batch end at different steps
	block int  // rows of the batch at a time
	chunk int  // steps for which gates are computed at a time; 1 unless block is
}

// newRecurrent is the New of a recurrent operator; make32 and make64 make the cell of one direction.
func newRecurrent(n *Node, gates int, make32 func(*Node, int) (cell[float32], error), make64 func(*Node, int) (cell[float64], error)) (Kernel, error) {
	size, err := recurrentSizeOf(n, gates)
	if err != nil {
		return nil, err
	}
	return choose(n,
		typed[float32](func(n *Node) (Kernel, error) {
			if k := newFastRecurrent(n, size); k != nil {
				return k, nil
			}
			return recurrentOf(n, size, make32)
		}),
		typed[float64](func(n *Node) (Kernel, error) { return recurrentOf(n, size, make64) }))
}

func recurrentOf[T kernels.Float](n *Node, size recurrentSize, newCell func(*Node, int) (cell[T], error)) (Kernel, error) {
	k := &recurrent[T]{recurrentSize: size, lens: n.Has(recurrentLens), block: 1, chunk: 1}
	for d := range size.dirs {
		var err error
		if k.cells[d], err = newCell(n, d); err != nil {
			return nil, err
		}
	}
	if k.lens || k.batch == 1 {
		k.chunk = max(1, min(k.steps, recurrentChunk))
	} else {
		k.block = max(1, min(k.batch, recurrentBlock))
	}
	return k, nil
}

// units returns how many pieces of work there are that depend on nothing in each other.
func (k *recurrent[T]) units() int { return k.dirs * ((k.batch + k.block - 1) / k.block) }

func (k *recurrent[T]) Parts(threads int) int {
	return max(1, min(threads, k.units(), int(min(k.cost()/recurrentPartCost, 1<<16))))
}

func (k *recurrent[T]) Scratch() int {
	return (k.chunk*k.gates + 3) * k.block * k.hidden * dtype.Of[T]().Size()
}

func (k *recurrent[T]) Run(c *Ctx) error { return k.RunPart(c, 0, 1) }

func (k *recurrent[T]) RunPart(c *Ctx, part, parts int) error {
	units := k.units()
	for u := units * part / parts; u < units*(part+1)/parts; u++ {
		if err := k.runBlock(c, u%k.dirs, u/k.dirs*k.block, c.Part(part, parts)); err != nil {
			return err
		}
	}
	return nil
}

// runBlock takes a block of rows of the batch, from row b on, through all steps in one direction.
func (k *recurrent[T]) runBlock(c *Ctx, dir, b int, scratch []byte) error {
	rows := min(k.block, k.batch-b)
	steps := k.steps
	if k.lens {
		steps = int(tensor.View[int32](c.In[recurrentLens])[b])
		if steps < 0 || steps > k.steps {
			return fault.Shape("sequence_lens[%d] is %d, but there are %d steps", b, steps, k.steps)
		}
	}
	width := k.gates * k.hidden
	mem := tensor.Cast[T](scratch)
	take := func(n int) []T {
		s := mem[:n]
		mem = mem[n:]
		return s
	}
	s := cellStep[T]{
		rows: rows, hidden: k.hidden,
		h: take(rows * k.hidden), c: take(rows * k.hidden), temp: take(rows * k.hidden),
		r: directionOf[T](c, recurrentR, k.dirs, dir),
		p: directionOf[T](c, recurrentP, k.dirs, dir),
	}
	gates := take(k.chunk * rows * width)
	k.load(c, recurrentH, s.h, dir, b)
	k.load(c, recurrentC, s.c, dir, b)
	wb := directionOf[T](c, recurrentB, k.dirs, dir)
	if wb != nil {
		wb, s.rb = wb[:width], wb[width:]
	}
	x := tensor.View[T](c.In[recurrentX])
	w := kernels.Rows[T]{Data: directionOf[T](c, recurrentW, k.dirs, dir), Stride: k.input}
	for done := 0; done < steps; done += k.chunk {
		if err := c.Cancelled(); err != nil {
			return err
		}
		m := min(k.chunk, steps-done)
		first := done
		if k.reverse[dir] {
			first = steps - done - m
		}
		k.startGates(gates[:m*rows*width], wb, s.rb, k.cells[dir].bias()*k.hidden)
		in := kernels.Rows[T]{Data: x[k.row(first, b, k.input):], Stride: k.row(0, 1, k.input)}
		if k.block == 1 {
			in.Stride = k.row(1, 0, k.input)
		}
		kernels.MulTransposed(kernels.Rows[T]{Data: gates, Stride: width}, in, w, m*rows, width, k.input, true)
		for i := range m {
			at := i
			if k.reverse[dir] {
				at = m - 1 - i
			}
			s.gates = gates[at*rows*width:][:rows*width]
			k.cells[dir].step(s)
			k.emit(c, s.h, dir, b, first+at)
		}
	}
	for t := steps; t < k.steps; t++ {
		k.emit(c, nil, dir, b, t)
	}
	k.store(c, 1, s.h, dir, b)
	k.store(c, 2, s.c, dir, b)
	return nil
}

// directionOf returns the part of input i that belongs to one direction, or nil when the input is left out.
func directionOf[T kernels.Float](c *Ctx, i, dirs, dir int) []T {
	if i >= len(c.In) || c.In[i] == nil {
		return nil
	}
	v := tensor.View[T](c.In[i])
	n := len(v) / dirs
	return v[dir*n:][:n]
}

// startGates writes the biases, which products are then added to.
func (k *recurrent[T]) startGates(gates, wb, rb []T, both int) {
	width := k.gates * k.hidden
	if wb == nil {
		clear(gates)
		return
	}
	for ; len(gates) >= width && width > 0; gates = gates[width:] {
		kernels.Add(gates[:both], wb[:both], rb[:both])
		copy(gates[both:width], wb[both:])
	}
}

// load sets a block's state to input i, or to zero when that is left out.
func (k *recurrent[T]) load(c *Ctx, i int, state []T, dir, b int) {
	if i >= len(c.In) || c.In[i] == nil {
		clear(state)
		return
	}
	v := tensor.View[T](c.In[i])
	for ; len(state) > 0; b++ {
		copy(state[:k.hidden], v[k.stateRow(dir, b):])
		state = state[k.hidden:]
	}
}

// store writes a block's state to output i, if that is wanted.
func (k *recurrent[T]) store(c *Ctx, i int, state []T, dir, b int) {
	if i >= len(c.Out) || c.Out[i] == nil {
		return
	}
	v := tensor.View[T](c.Out[i])
	for ; len(state) > 0; b++ {
		copy(v[k.stateRow(dir, b):], state[:k.hidden])
		state = state[k.hidden:]
	}
}

// emit writes a block's state to the output of one step, or zeros for one row when h is nil.
func (k *recurrent[T]) emit(c *Ctx, h []T, dir, b, step int) {
	if len(c.Out) == 0 || c.Out[0] == nil {
		return
	}
	y := tensor.View[T](c.Out[0])
	at := func(b int) []T {
		if k.batchMajor {
			return y[((b*k.steps+step)*k.dirs+dir)*k.hidden:][:k.hidden]
		}
		return y[((step*k.dirs+dir)*k.batch+b)*k.hidden:][:k.hidden]
	}
	if h == nil {
		clear(at(b))
		return
	}
	for ; len(h) > 0; b++ {
		copy(at(b), h[:k.hidden])
		h = h[k.hidden:]
	}
}
