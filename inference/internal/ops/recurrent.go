package ops

import (
	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/fault"
	"github.com/brinkml/brink/inference/internal/kernels"
	"github.com/brinkml/brink/inference/internal/shape"
	"github.com/brinkml/brink/inference/internal/tensor"
)

// The inputs that LSTM, GRU and RNN have in common, and the two more of LSTM.
const (
	recurrentX = iota // [steps, batch, input], or [batch, steps, input] when the layout is 1
	recurrentW        // [directions, gates*hidden, input]
	recurrentR        // [directions, gates*hidden, hidden]
	recurrentB        // [directions, 2*gates*hidden]: those that go with W, then those that go with R
	recurrentLens
	recurrentH // [directions, batch, hidden], or [batch, directions, hidden] when the layout is 1
	recurrentC // as recurrentH
	recurrentP // [directions, 3*hidden]
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

// recurrentTypes are the type constraints of all recurrent operators.
var recurrentTypes = []Constraint{{"T", dtype.Floats}, {"T1", dtype.SetOf(dtype.Int32)}}

// recurrentAttrs returns the attributes that all recurrent operators have in all versions, and more.
func recurrentAttrs(direction string, activations any, more ...Attr) []Attr {
	return append([]Attr{
		{"activation_alpha", Floats, nil},
		{"activation_beta", Floats, nil},
		{"activations", Strings, activations},
		{"clip", Float, nil},
		{"direction", String, direction},
		{"hidden_size", Int, nil},
	}, more...)
}

// with returns v as of another version of the operator set, with other attributes.
func (v Version) with(since int, attrs []Attr) Version {
	v.Since, v.Attrs = since, attrs
	return v
}

// recurrentSize is what the shapes and attributes of a recurrent node say.
type recurrentSize struct {
	steps, batch, input, hidden int
	gates                       int // rows of W and R for each element of the hidden state
	dirs                        int
	batchMajor                  bool    // layout 1
	reverse                     [2]bool // by direction
}

// directions returns which directions the node has, true for those from the last step to the first.
func directions(n *Node) ([]bool, error) {
	switch d := n.String("direction"); d {
	case "forward", "foward": // version 1 of GRU misspells it
		return []bool{false}, nil
	case "reverse":
		return []bool{true}, nil
	case "bidirectional":
		return []bool{false, true}, nil
	default:
		return nil, fault.Format("direction %q is none of forward, reverse and bidirectional", d)
	}
}

// batchMajor reports whether the batch is the first dimension of a recurrent node's tensors.
func batchMajor(n *Node) (bool, error) {
	if n.Version.Attr("layout") == nil {
		return false, nil
	}
	l := n.Int("layout")
	if l != 0 && l != 1 {
		return false, fault.Format("layout %d is neither 0 nor 1", l)
	}
	return l == 1, nil
}

// inferRecurrent returns the Infer of a recurrent operator with that many gates.
func inferRecurrent(gates int) func(*Node) error {
	return func(n *Node) error {
		reverse, err := directions(n)
		if err != nil {
			return err
		}
		major, err := batchMajor(n)
		if err != nil {
			return err
		}
		dirs := shape.Dim(len(reverse))
		steps, batch, input, hidden := shape.Unknown, shape.Unknown, shape.Unknown, shape.Unknown
		if x := n.In[recurrentX].Shape; x.Ranked() {
			if x.Rank() != 3 {
				return fault.Shape("X has %d dimensions, not 3", x.Rank())
			}
			steps, batch, input = x.Dim(0), x.Dim(1), x.Dim(2)
			if major {
				steps, batch = batch, steps
			}
		}
		if r := n.In[recurrentR].Shape; r.Ranked() && r.Rank() == 3 {
			hidden = r.Dim(2)
		}
		if h := n.Int("hidden_size"); n.HasAttr("hidden_size") {
			if h < 0 || hidden.Known() && h != int64(hidden) {
				return fault.Shape("hidden_size is %d, but R is %v", h, n.In[recurrentR].Shape.Ints())
			}
			if int64(int32(h)) != h {
				return &fault.LimitError{What: "hidden_size", Got: h, Max: 1<<31 - 1}
			}
			hidden = shape.Dim(h)
		}
		times := func(k int) shape.Dim {
			if !hidden.Known() || int(hidden) > (1<<31-1)/k {
				return shape.Unknown
			}
			return hidden * shape.Dim(k)
		}
		state := shape.Of(dirs, batch, hidden)
		y := shape.Of(steps, dirs, batch, hidden)
		if major {
			state = shape.Of(batch, dirs, hidden)
			y = shape.Of(batch, steps, dirs, hidden)
		}
		for i, want := range []shape.Shape{
			recurrentW:    shape.Of(dirs, times(gates), input),
			recurrentR:    shape.Of(dirs, times(gates), hidden),
			recurrentB:    shape.Of(dirs, times(2*gates)),
			recurrentLens: shape.Of(batch),
			recurrentH:    state,
			recurrentC:    state,
			recurrentP:    shape.Of(dirs, times(3)),
		} {
			if i == recurrentX || !n.Has(i) {
				continue
			}
			if _, ok := want.Merge(n.In[i].Shape); !ok {
				return fault.Shape("input %d is %v where %v is needed (-1 is any)", i, n.In[i].Shape.Ints(), want.Ints())
			}
		}
		n.SetOut(0, y)
		n.SetOut(1, state)
		n.SetOut(2, state)
		return nil
	}
}

// recurrentSizeOf returns the sizes of a node that inferRecurrent has accepted, with numbers for all shapes.
func recurrentSizeOf(n *Node, gates int) (recurrentSize, error) {
	reverse, err := directions(n)
	if err != nil {
		return recurrentSize{}, err
	}
	major, err := batchMajor(n)
	if err != nil {
		return recurrentSize{}, err
	}
	x := n.In[recurrentX].Dims()
	s := recurrentSize{
		steps: x[0], batch: x[1], input: x[2], hidden: n.In[recurrentR].Dims()[2],
		gates: gates, dirs: len(reverse), batchMajor: major,
	}
	if major {
		s.steps, s.batch = s.batch, s.steps
	}
	copy(s.reverse[:], reverse)
	return s, nil
}

// recurrentCost returns the Cost of a recurrent operator with that many gates.
func recurrentCost(gates int) func(*Node) int64 {
	return func(n *Node) int64 {
		s, err := recurrentSizeOf(n, gates)
		if err != nil {
			return 0
		}
		return s.cost()
	}
}

// cost returns the multiply-accumulates of a run.
func (s *recurrentSize) cost() int64 {
	return int64(s.dirs) * int64(s.steps) * int64(s.batch) * int64(s.gates*s.hidden) * int64(s.input+s.hidden)
}

// row returns where the given step of a row of the batch begins in a tensor like X, with elements of the given width.
func (s *recurrentSize) row(step, b, width int) int {
	if s.batchMajor {
		return (b*s.steps + step) * width
	}
	return (step*s.batch + b) * width
}

// stateRow returns where a row of the batch begins in a tensor like initial_h.
func (s *recurrentSize) stateRow(dir, b int) int {
	if s.batchMajor {
		return (b*s.dirs + dir) * s.hidden
	}
	return (dir*s.batch + b) * s.hidden
}

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

// newRecurrent returns the New of a recurrent operator; make32 and make64 make the cell of one direction.
func newRecurrent(gates int, make32 func(*Node, int) (cell[float32], error), make64 func(*Node, int) (cell[float64], error)) func(*Node) (Kernel, error) {
	return func(n *Node) (Kernel, error) {
		size, err := recurrentSizeOf(n, gates)
		if err != nil {
			return nil, err
		}
		switch n.In[recurrentX].DType {
		case dtype.Float32:
			return recurrentOf(n, size, make32)
		case dtype.Float64:
			return recurrentOf(n, size, make64)
		}
		return nil, noKernel(n)
	}
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
