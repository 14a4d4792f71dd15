//go:build amd64 && !noasm

package ops

import (
	"slices"
	"strings"
	"unsafe"

	"github.com/brinkml/brink/inference/internal/cpu"
	"github.com/brinkml/brink/inference/internal/fault"
	"github.com/brinkml/brink/inference/internal/kernels/recurrence"
	"github.com/brinkml/brink/inference/internal/tensor"
)

// fastGates is how many elements the gates that are computed at once have at most: they share the first-level cache with
// the weights.
const fastGates = 1 << 12

// recurrentLayout is the layout of the weights of one direction for the kernels of a level.
type recurrentLayout struct {
	cell  recurrence.Cell
	dir   int
	level cpu.Level
	r, b  *tensor.Tensor
}

// fastRecurrent is the kernel of LSTM, GRU and RNN with constant weights and their usual activations.
type fastRecurrent struct {
	recurrentSize
	level   cpu.Level
	weights [2]*recurrence.Weights // by direction
	lens    bool                   // the rows of the batch end at different steps
	block   int                    // rows of the batch at a time
	chunk   int                    // steps for which gates are computed at a time
}

// newFastRecurrent returns the fast kernel for a node of float32, or nil when there is none.
func newFastRecurrent(n *Node, size recurrentSize) Kernel {
	cell := [...]recurrence.Cell{1: recurrence.RNN, 3: recurrence.GRU, 4: recurrence.LSTM}[size.gates]
	if cell == recurrence.GRU && n.Version.Attr("linear_before_reset") != nil && n.Flag("linear_before_reset") {
		cell = recurrence.GRULinear
	}
	constant := func(i int) bool { return n.In[i].Constant && n.In[i].Value != nil }
	switch {
	case n.CPU < cpu.AVX2, size.hidden == 0 || size.batch == 0,
		n.HasAttr("clip"), n.Has(recurrentP), cell == recurrence.LSTM && n.Flag("input_forget"),
		!constant(recurrentW), !constant(recurrentR), n.Has(recurrentB) && !constant(recurrentB),
		!usualActivations(n, size):
		return nil
	}
	k := &fastRecurrent{recurrentSize: size, level: n.CPU, lens: n.Has(recurrentLens), block: 1}
	layout := recurrentLayout{cell: cell, level: n.CPU, r: n.In[recurrentR].Value}
	if n.Has(recurrentB) {
		layout.b = n.In[recurrentB].Value
	}
	for d := range size.dirs {
		layout.dir = d
		k.weights[d] = pack(n, recurrentW, layout, func() *recurrence.Weights {
			part := func(t *tensor.Tensor) []float32 {
				if t == nil {
					return nil
				}
				v := tensor.View[float32](t)
				return v[len(v)/size.dirs*d:][:len(v)/size.dirs]
			}
			return recurrence.Pack(n.CPU, cell, size.input, size.hidden, part(n.In[recurrentW].Value), part(layout.r), part(layout.b))
		})
	}
	if !k.weights[0].Fits() {
		return nil
	}
	if !k.lens {
		k.block = min(k.batch, recurrentBlock)
	}
	k.chunk = max(1, min(k.steps, fastGates/(k.block*k.weights[0].GateElems())))
	return k
}

// usualActivations reports whether the node's activations are those that it has when it names none.
func usualActivations(n *Node, size recurrentSize) bool {
	usual := []string{"sigmoid", "tanh", "tanh"}
	switch size.gates {
	case 3:
		usual = usual[:2]
	case 1:
		usual = usual[1:2]
	}
	names := n.Strings("activations")
	for i, name := range names {
		if strings.ToLower(name) != usual[i%len(usual)] {
			return false
		}
	}
	return len(names) == 0 || len(names) >= size.dirs*len(usual)
}

func (k *fastRecurrent) units() int { return k.dirs * ((k.batch + k.block - 1) / k.block) }

func (k *fastRecurrent) Parts(threads int) int { return partsFor(threads, k.units(), k.cost()) }

// scratch returns how many elements the gates, the state with as much again for the next, the cells, and a step of the
// output take.
func (k *fastRecurrent) scratch() (gates, state, cells, y int) {
	w := k.weights[0]
	return k.chunk * k.block * w.GateElems(), 2 * k.block * w.StateElems(), k.block * w.StateElems(), k.block * w.StateElems()
}

func (k *fastRecurrent) Scratch() int {
	gates, state, cells, y := k.scratch()
	return 4 * (gates + state + cells + y)
}

func (k *fastRecurrent) Run(c *Ctx) error { return k.RunPart(c, 0, 1) }

func (k *fastRecurrent) RunPart(c *Ctx, part, parts int) error {
	from, to := share(k.units(), part, parts)
	for u := from; u < to; u++ {
		if err := k.runBlock(c, u%k.dirs, u/k.dirs*k.block, tensor.Cast[float32](c.Part(part, parts))); err != nil {
			return err
		}
	}
	return nil
}

// runBlock takes a block of rows of the batch, from row b on, through all steps in one direction.
func (k *fastRecurrent) runBlock(c *Ctx, dir, b int, mem []float32) error {
	rows, steps, w := min(k.block, k.batch-b), k.steps, k.weights[dir]
	if k.lens {
		steps = int(tensor.View[int32](c.In[recurrentLens])[b])
		if steps < 0 || steps > k.steps {
			return fault.Shape("sequence_lens[%d] is %d, but there are %d steps", b, steps, k.steps)
		}
	}
	take := func(n int) []float32 {
		s := mem[:n]
		mem = mem[n:]
		return s
	}
	nGates, nState, nCells, nY := k.scratch()
	gates, state, cells, y := take(nGates), take(nState), take(nCells), take(nY)
	width := w.StateElems()
	k.load(c, recurrentH, state[:rows*width], width, dir, b)
	k.load(c, recurrentC, cells[:rows*width], width, dir, b)
	s := recurrence.Steps{
		H: unsafe.Pointer(&state[0]), Next: unsafe.Pointer(&state[nState/2]), C: unsafe.Pointer(&cells[0]),
		GateRow: 4 * w.GateElems(), Rows: rows,
	}
	x := tensor.View[float32](c.In[recurrentX])
	for done := 0; done < steps; done += k.chunk {
		if err := c.Cancelled(); err != nil {
			return err
		}
		m := min(k.chunk, steps-done)
		first, start := done, done
		if k.reverse[dir] {
			first = steps - done - m
			start = first + m - 1
		}
		k.multiply(w, gates, x, b, rows, first, m)
		s.Steps, s.GateStep = m, 4*rows*w.GateElems()
		s.Gates, s.Y, s.YStep, s.YRow = unsafe.Pointer(&gates[(start-first)*rows*w.GateElems()]), unsafe.Pointer(&y[0]), 0, 0
		if len(c.Out) > 0 && c.Out[0] != nil {
			s.Y = unsafe.Pointer(&tensor.View[float32](c.Out[0])[k.outputRow(start, dir, b)])
			s.YStep, s.YRow = 4*(k.outputRow(1, 0, 0)), 4*k.outputRow(0, 0, 1)
		}
		if k.reverse[dir] {
			s.GateStep, s.YStep = -s.GateStep, -s.YStep
		}
		w.Go(k.level, &s)
	}
	if len(c.Out) > 0 && c.Out[0] != nil {
		for t := steps; t < k.steps; t++ {
			clear(tensor.View[float32](c.Out[0])[k.outputRow(t, dir, b):][:k.hidden])
		}
	}
	k.store(c, 1, unsafe.Slice((*float32)(s.H), rows*width), width, dir, b)
	k.store(c, 2, cells[:rows*width], width, dir, b)
	return nil
}

// multiply computes the gates' products with the input of m steps from the first on.
func (k *fastRecurrent) multiply(w *recurrence.Weights, gates, x []float32, b, rows, first, m int) {
	n := w.GateElems()
	switch {
	case k.input == 0:
		w.Multiply(k.level, gates, n, nil, 0, m*rows)
	case k.batchMajor || rows == 1:
		for r := range rows {
			w.Multiply(k.level, gates[r*n:], rows*n, x[k.row(first, b+r, k.input):], k.row(1, 0, k.input), m)
		}
	case rows == k.batch:
		w.Multiply(k.level, gates, n, x[k.row(first, b, k.input):], k.input, m*rows)
	default:
		for i := range m {
			w.Multiply(k.level, gates[i*rows*n:], n, x[k.row(first+i, b, k.input):], k.input, rows)
		}
	}
}

// outputRow returns where the state of a row of the batch goes in the output after the given step.
func (k *fastRecurrent) outputRow(step, dir, b int) int {
	if k.batchMajor {
		return ((b*k.steps+step)*k.dirs + dir) * k.hidden
	}
	return ((step*k.dirs+dir)*k.batch + b) * k.hidden
}

// load sets a block's state, of rows of the given width, to input i, or to zero when that is left out.
func (k *fastRecurrent) load(c *Ctx, i int, state []float32, width, dir, b int) {
	clear(state)
	if i >= len(c.In) || c.In[i] == nil {
		return
	}
	v := tensor.View[float32](c.In[i])
	for row := range slices.Chunk(state, width) {
		copy(row[:k.hidden], v[k.stateRow(dir, b):])
		b++
	}
}

// store writes a block's state to output i, if that is wanted.
func (k *fastRecurrent) store(c *Ctx, i int, state []float32, width, dir, b int) {
	if i >= len(c.Out) || c.Out[i] == nil {
		return
	}
	v := tensor.View[float32](c.Out[i])
	for row := range slices.Chunk(state, width) {
		copy(v[k.stateRow(dir, b):], row[:k.hidden])
		b++
	}
}
