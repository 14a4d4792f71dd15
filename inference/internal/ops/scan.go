package ops

import (
	"slices"

	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/fault"
	"github.com/brinkml/brink/inference/internal/graph"
	"github.com/brinkml/brink/inference/internal/shape"
	"github.com/brinkml/brink/inference/internal/tensor"
	"github.com/brinkml/brink/inference/internal/wire"
)

var _ = register(&opScan)

var scanAttrs = []Attr{
	{"body", Graph, Required},
	{"num_scan_inputs", Int, Required},
	{"scan_input_axes", Ints, nil},
	{"scan_input_directions", Ints, nil},
	{"scan_output_axes", Ints, nil},
	{"scan_output_directions", Ints, nil},
}

// opScan computes a graph run on slice after slice of its inputs and on what it gave the time before.
var opScan = Op{
	Name: "Scan",
	Versions: []Version{
		{
			Since: 8, In: Args{"int64?", "V*..."}, Out: Args{"V*..."}, Types: []Constraint{{"V", dtype.All}},
			Attrs: []Attr{{"body", Graph, Required}, {"directions", Ints, nil}, {"num_scan_inputs", Int, Required}},
			Infer: inferScan, New: newScan,
		},
		{
			Since: 9, Again: 1<<11 | 1<<16 | 1<<19 | 1<<21 | 1<<23 | 1<<24 | 1<<25, In: Args{"V*..."}, Out: Args{"V*..."}, Types: []Constraint{{"V", dtype.All}},
			Common: &scanAttrs, Infer: inferScan, New: newScan,
		},
	},
}

// scan is the kernel of Scan: which of its inputs and outputs are states, handed from one iteration to the next, and how
// the others are scanned up and put together.
type scan struct {
	body    *Body
	batched bool // version 8: the first axis of everything is a batch, and the second is gone along
	first   int  // the first state among the inputs
	states  int
	in, out []scanned // by scanned input and output
	outs    []Operand
}

// scanned says along which axis of a tensor slices lie, and from which end they are taken.
type scanned struct {
	axis     int // may count from the end: ranks are known when it runs
	backward bool
}

// scanOf reads the node and checks it against its body.
func scanOf(n *Node) (*scan, error) {
	k := &scan{body: n.Body("body"), batched: n.Version.Since < 9, outs: n.Out}
	if k.batched {
		k.first = 1
	}
	given := n.Explicit() - k.first
	cuts := n.Int("num_scan_inputs")
	if cuts < 1 || cuts > int64(given) {
		return nil, fault.Format("%d of %d inputs to be scanned", cuts, given)
	}
	k.states = given - int(cuts)
	if k.states > len(n.Out) || len(k.body.Graph.Inputs) != given || len(k.body.Graph.Outputs) != len(n.Out) {
		return nil, fault.Format("a body of %d inputs and %d outputs for %d inputs and %d outputs",
			len(k.body.Graph.Inputs), len(k.body.Graph.Outputs), given, len(n.Out))
	}
	directions, axes := "scan_input_directions", "scan_input_axes"
	if k.batched {
		directions, axes = "directions", ""
	}
	var err error
	if k.in, err = scansOf(n, int(cuts), axes, directions); err != nil {
		return nil, err
	}
	outAxes, outDirections := "scan_output_axes", "scan_output_directions"
	if k.batched {
		outAxes, outDirections = "", ""
	}
	k.out, err = scansOf(n, len(n.Out)-k.states, outAxes, outDirections)
	return k, err
}

// scansOf reads the attributes that say how count tensors are cut.
func scansOf(n *Node, count int, axes, directions string) ([]scanned, error) {
	out := make([]scanned, count)
	for _, name := range []string{axes, directions} {
		if name == "" {
			continue
		}
		list := n.Ints(name)
		if len(list) != 0 && len(list) != count {
			return nil, fault.Format("attribute %q has %d entries instead of %d", name, len(list), count)
		}
		for i, v := range list {
			switch {
			case name == directions && (v == 0 || v == 1):
				out[i].backward = v == 1
			case name == axes && v >= -tensor.MaxRank && v < tensor.MaxRank:
				out[i].axis = int(v)
			default:
				return nil, fault.Format("attribute %q has the entry %d", name, v)
			}
		}
	}
	return out, nil
}

func inferScan(n *Node) error {
	k, err := scanOf(n)
	if err != nil {
		return err
	}
	length, batch := shape.Unknown, shape.Unknown
	in := make([]Operand, k.states+len(k.in))
	for i := range in {
		t := n.In[k.first+i].Type
		if t.Kind != wire.TypeTensor {
			return fault.Format("input %d is %v and cannot be scanned", k.first+i, &t)
		}
		if s := t.Shape; s.Ranked() && (k.batched || i >= k.states) {
			dims := s.Clone()
			if k.batched {
				if len(dims) == 0 {
					return fault.Shape("input %d has no batch", k.first+i)
				}
				batch, dims = dims[0], dims[1:]
			}
			if i >= k.states {
				axis, err := shape.Axis(int64(k.in[i-k.states].axis), len(dims))
				if err != nil {
					return err
				}
				if l := dims[axis]; length.Known() && l.Known() && l != length {
					return fault.Shape("inputs to be scanned have %d and %d slices", length, l)
				} else if l.Known() {
					length = l
				}
				dims = slices.Delete(dims, axis, axis+1)
			}
			t.Shape = shape.Of(dims...)
		}
		in[i].Type = t
	}
	out, err := stable(k.body, in, 0, 0, k.states)
	if err != nil {
		return err
	}
	for i := range n.Out {
		s := out[i].Shape
		if i < k.states {
			s = in[i].Shape
		}
		n.Out[i].Type = graph.TensorType(out[i].DType, shape.Shape{})
		if !s.Ranked() {
			continue
		}
		dims := s.Clone()
		if i >= k.states {
			axis, err := shape.Axis(int64(k.out[i-k.states].axis), len(dims)+1)
			if err != nil {
				return err
			}
			dims = slices.Insert(dims, axis, length)
		}
		if k.batched {
			dims = slices.Insert(dims, 0, batch)
		}
		n.SetOut(i, shape.Of(dims...))
	}
	return nil
}

func newScan(n *Node) (Kernel, error) { return scanOf(n) }

// scanMemory is what a Scan works with.
type scanMemory struct {
	given []*tensor.Tensor // what is scanned and the states it starts with: of one element of the batch where there is one
	in    []*tensor.Tensor // of the body
	kept  []*tensor.Tensor // copies of the states, so that the body may overwrite its own
	from  []slicer         // of what is scanned

	parts []tensor.Tensor // of a batch, by what is given
	room  tensor.Tensor   // of an output of a batch
}

func (k *scan) memory(c *Ctx) *scanMemory {
	m, ok := c.loop.(*scanMemory)
	if !ok {
		n := k.states + len(k.in)
		m = &scanMemory{
			given: make([]*tensor.Tensor, n), in: make([]*tensor.Tensor, n), kept: make([]*tensor.Tensor, k.states),
			from: make([]slicer, len(k.in)), parts: make([]tensor.Tensor, n),
		}
		c.loop = m
	}
	return m
}

func (k *scan) Run(c *Ctx) error {
	m := k.memory(c)
	given := c.In[k.first:][:len(m.given)]
	if !k.batched {
		copy(m.given, given)
		return k.once(c, m, 0, 1, -1)
	}
	batch := given[0].Shape[0]
	lengths := c.In[0]
	if lengths != nil && lengths.Len() != batch {
		return fault.Shape("%d lengths for a batch of %d", lengths.Len(), batch)
	}
	for b := range batch {
		for i, t := range given {
			if len(t.Shape) == 0 || t.Shape[0] != batch {
				return fault.Shape("%v is no batch of %d", t.Shape, batch)
			}
			m.parts[i] = t.Slice(b)
			m.given[i] = &m.parts[i]
		}
		length := int64(-1)
		if lengths != nil {
			length = tensor.View[int64](lengths)[b]
		}
		if err := k.once(c, m, b, batch, length); err != nil {
			return err
		}
	}
	return nil
}

// once scans element b of a batch: all slices when count is negative, or the first count of them, after which all is
// zero.
func (k *scan) once(c *Ctx, m *scanMemory, b, batch int, count int64) error {
	length, err := k.open(c, m)
	if err != nil {
		return err
	}
	run := length
	if count >= 0 {
		if count > int64(length) {
			return fault.Shape("a length of %d for %d slices", count, length)
		}
		run = int(count)
	}
	copy(m.in, m.given[:k.states])
	before := int64(0)
	for step := range run {
		for i := range m.from {
			at := step
			if k.in[i].backward {
				at = run - 1 - step
			}
			m.from[i].take(m.in[k.states+i], at)
		}
		out, err := c.Call(k.body, m.in...)
		if err != nil {
			return err
		}
		for i := range k.states {
			if m.kept[i], err = c.keepIn(m.kept[i], out[i]); err != nil {
				return err
			}
			m.in[i] = m.kept[i]
		}
		for i := range k.out {
			at := step
			if k.out[i].backward {
				at = run - 1 - step
			}
			room, err := k.room(c, k.states+i, out[k.states+i], k.out[i].axis, length, batch)
			if err != nil {
				return err
			}
			if k.batched {
				m.room = room.Slice(b)
				room = &m.room
			}
			if step == 0 && run < length {
				clear(room.Data)
				clear(room.Strings)
			}
			into, err := slicerOf(room, k.out[i].axis)
			if err != nil {
				return err
			}
			into.put(out[k.states+i], at)
		}
		if step == 0 {
			before = c.Budget.Taken() // with the states and the outputs
		}
		c.Budget.Back(before)
	}
	return k.finish(c, m, b, batch, length)
}

// open prepares to take slices, and returns how many there are.
func (k *scan) open(c *Ctx, m *scanMemory) (int, error) {
	length := -1
	for i := range m.from {
		t := m.given[k.states+i]
		var err error
		if m.from[i], err = slicerOf(t, k.in[i].axis); err != nil {
			return 0, err
		}
		if n := m.from[i].n; length >= 0 && n != length {
			return 0, fault.Shape("inputs to be scanned have %d and %d slices", length, n)
		}
		length = m.from[i].n
		if slice := m.in[k.states+i]; slice != nil && m.from[i].fits(slice) {
			continue
		}
		dims := slices.Delete(slices.Clone(t.Shape), m.from[i].axis, m.from[i].axis+1)
		if err := c.Budget.Take(t.DType, dims); err != nil {
			return 0, err
		}
		m.in[k.states+i] = tensor.New(t.DType, dims)
	}
	return length, nil
}

// room returns output i, taking its memory when it has none: length values like v along an axis, for each element of
// the batch.
func (k *scan) room(c *Ctx, i int, v *tensor.Tensor, axis, length, batch int) (*tensor.Tensor, error) {
	out := c.Out[i]
	if out.Shape == nil {
		at, err := shape.Axis(int64(axis), len(v.Shape)+1)
		if err != nil {
			return nil, err
		}
		dims := slices.Insert(slices.Clone(v.Shape), at, length)
		if k.batched {
			dims = slices.Insert(dims, 0, batch)
		}
		if out, err = c.Alloc(i, v.DType, dims); err != nil {
			return nil, err
		}
	}
	if v.DType != out.DType || v.Len()*length*batch != out.Len() {
		return nil, fault.Shape("output %d is %v%v, which does not take %d of %v%v", i, out.DType, out.Shape, length, v.DType, v.Shape)
	}
	return out, nil
}

// finish hands out the states, and gives outputs shapes for which there was no slice.
func (k *scan) finish(c *Ctx, m *scanMemory, b, batch, length int) error {
	for i := range k.states {
		if !k.batched {
			if err := c.Deliver(i, m.in[i]); err != nil {
				return err
			}
			continue
		}
		out := c.Out[i]
		if out.Shape == nil {
			var err error
			if out, err = c.Alloc(i, m.in[i].DType, slices.Insert(slices.Clone(m.in[i].Shape), 0, batch)); err != nil {
				return err
			}
		}
		if m.in[i].Len()*batch != out.Len() {
			return fault.Shape("a state has %v at the end of one scan and not of another", m.in[i].Shape)
		}
		part := out.Slice(b)
		copy(part.Data, m.in[i].Data)
		copy(part.Strings, m.in[i].Strings)
	}
	for i := k.states; i < len(c.Out); i++ {
		if c.Out[i].Shape != nil {
			continue
		}
		dims := k.outs[i].Shape.Ints()
		for j := range dims {
			dims[j] = max(dims[j], 0)
		}
		if _, err := c.Alloc(i, k.outs[i].DType, dims); err != nil {
			return err
		}
	}
	return nil
}

// slicer takes slices out of a tensor along one axis, and puts them in.
type slicer struct {
	whole         *tensor.Tensor
	axis          int
	outer, n, run int // whole is [outer, n, run]
}

func slicerOf(t *tensor.Tensor, axis int) (slicer, error) {
	axis, err := shape.Axis(int64(axis), len(t.Shape))
	if err != nil {
		return slicer{}, err
	}
	return slicer{t, axis, tensor.Elems(t.Shape[:axis]), t.Shape[axis], tensor.Elems(t.Shape[axis+1:])}, nil
}

// fits reports whether a slice has the dimensions of t.
func (s *slicer) fits(t *tensor.Tensor) bool {
	return slices.Equal(t.Shape[:min(s.axis, len(t.Shape))], s.whole.Shape[:s.axis]) && slices.Equal(t.Shape[min(s.axis, len(t.Shape)):], s.whole.Shape[s.axis+1:])
}

// take copies the slice at a position to dst.
func (s *slicer) take(dst *tensor.Tensor, at int) {
	for o := range s.outer {
		s.move(dst, o, s.whole, o*s.n+at)
	}
}

// put copies src to the slice at a position.
func (s *slicer) put(src *tensor.Tensor, at int) {
	for o := range s.outer {
		s.move(s.whole, o*s.n+at, src, o)
	}
}

// move copies one run of elements.
func (s *slicer) move(dst *tensor.Tensor, to int, src *tensor.Tensor, from int) {
	if dst.DType == dtype.String {
		copy(dst.Strings[to*s.run:][:s.run], src.Strings[from*s.run:])
		return
	}
	bytes := s.run * dst.DType.Size()
	copy(dst.Data[to*bytes:][:bytes], src.Data[from*bytes:])
}
