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

var opScan = Op{
	Name: "Scan",
	Doc:  "a graph run on slice after slice of its inputs and on what it gave the time before",
	Versions: []Version{
		{
			Since: 8, In: Args{"int64?", "V*..."}, Out: Args{"V*..."}, Types: []Constraint{{"V", dtype.All}},
			Attrs: []Attr{{"body", Graph, Required}, {"directions", Ints, nil}, {"num_scan_inputs", Int, Required}},
			Infer: inferScan, New: newScan,
		},
		{
			Since: 9, Again: []int{11, 16, 19, 21, 23, 24, 25}, In: Args{"V*..."}, Out: Args{"V*..."}, Types: []Constraint{{"V", dtype.All}},
			Attrs: scanAttrs, Infer: inferScan, New: newScan,
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

func (k *scan) Run(c *Ctx) error {
	if !k.batched {
		out, err := k.once(c, c.In[:k.states+len(k.in)], -1)
		for i := range out {
			if err == nil {
				err = c.Deliver(i, out[i])
			}
		}
		return err
	}
	return k.batches(c)
}

// batches runs the scan for each element of a batch, over as many slices as its length says.
func (k *scan) batches(c *Ctx) error {
	in := c.In[1:][:k.states+len(k.in)]
	batch := in[0].Shape[0]
	lengths := c.In[0]
	if lengths != nil && lengths.Len() != batch {
		return fault.Shape("%d lengths for a batch of %d", lengths.Len(), batch)
	}
	stacks := make([]stack, len(c.Out))
	for b := range batch {
		one := make([]*tensor.Tensor, len(in))
		for i, t := range in {
			if len(t.Shape) == 0 || t.Shape[0] != batch {
				return fault.Shape("%v is no batch of %d", t.Shape, batch)
			}
			one[i] = t.Slice(b)
		}
		length := int64(-1)
		if lengths != nil {
			length = tensor.View[int64](lengths)[b]
		}
		out, err := k.once(c, one, length)
		if err != nil {
			return err
		}
		for i := range out {
			if err := stacks[i].push(c, out[i]); err != nil {
				return err
			}
		}
	}
	for i := range stacks {
		if err := c.Deliver(i, stacks[i].tensor(&k.outs[i])); err != nil {
			return err
		}
	}
	return nil
}

// once runs one scan: over all slices, or over the first count of them; what comes after those is zero.
func (k *scan) once(c *Ctx, given []*tensor.Tensor, count int64) ([]*tensor.Tensor, error) {
	in := slices.Clone(given)
	length := -1
	walks := make([]slicer, len(k.in))
	for i := range k.in {
		t := given[k.states+i]
		axis, err := shape.Axis(int64(k.in[i].axis), len(t.Shape))
		if err != nil {
			return nil, err
		}
		if length >= 0 && t.Shape[axis] != length {
			return nil, fault.Shape("inputs to be scanned have %d and %d slices", length, t.Shape[axis])
		}
		length = t.Shape[axis]
		if walks[i], in[k.states+i], err = newSlicer(c, t, axis); err != nil {
			return nil, err
		}
	}
	run := length
	if count >= 0 {
		if count > int64(length) {
			return nil, fault.Shape("a length of %d for %d slices", count, length)
		}
		run = int(count)
	}
	stacks := make([]stack, len(k.out))
	before := c.Budget.Taken()
	for step := range run {
		for i := range walks {
			at := step
			if k.in[i].backward {
				at = run - 1 - step
			}
			walks[i].take(in[k.states+i], at)
		}
		out, err := c.Call(k.body, in...)
		if err != nil {
			return nil, err
		}
		for i := range k.states {
			if in[i], err = c.Keep(out[i]); err != nil {
				return nil, err
			}
		}
		for i := range stacks {
			if err := stacks[i].push(c, out[k.states+i]); err != nil {
				return nil, err
			}
		}
		c.settle(before, in[:k.states], stacks)
	}
	out := slices.Clone(in[:k.states])
	for i := range stacks {
		t, err := k.assemble(c, &stacks[i], i, length)
		if err != nil {
			return nil, err
		}
		out = append(out, t)
	}
	return out, nil
}

// assemble puts the slices of output i in their order along its axis.
func (k *scan) assemble(c *Ctx, s *stack, i, length int) (*tensor.Tensor, error) {
	o := k.outs[k.states+i]
	if s.n == 0 { // nothing is known of a slice but its type
		dims := o.Shape.Clone()
		if k.batched && len(dims) > 0 {
			dims = dims[1:]
		}
		shape := make([]int, len(dims))
		for j, d := range dims {
			shape[j] = int(max(d, 0))
		}
		return tensor.New(o.DType, shape), nil
	}
	for s.n < length { // a batch's shorter element
		zero := tensor.New(s.d, s.shape)
		if err := s.push(c, zero); err != nil {
			return nil, err
		}
	}
	stacked := s.tensor(&o)
	axis, err := shape.Axis(int64(k.out[i].axis), len(stacked.Shape))
	if err != nil || axis == 0 && !k.out[i].backward {
		return stacked, err
	}
	dims := slices.Insert(slices.Clone(s.shape), axis, s.n)
	if err := c.Budget.Take(s.d, dims); err != nil {
		return nil, err
	}
	out := tensor.New(s.d, dims)
	w := slicer{whole: out, outer: tensor.Elems(dims[:axis]), run: tensor.Elems(dims[axis+1:]), n: s.n}
	for at := range s.n {
		from := at
		if k.out[i].backward {
			from = s.n - 1 - at
		}
		w.put(stacked.Slice(from), at)
	}
	return out, nil
}

// slicer takes slices out of a tensor along one axis, and puts them in.
type slicer struct {
	whole         *tensor.Tensor
	outer, n, run int // whole is [outer, n, run]
}

// newSlicer returns a slicer and a tensor that holds one slice.
func newSlicer(c *Ctx, t *tensor.Tensor, axis int) (slicer, *tensor.Tensor, error) {
	dims := slices.Delete(slices.Clone(t.Shape), axis, axis+1)
	if err := c.Budget.Take(t.DType, dims); err != nil {
		return slicer{}, nil, err
	}
	s := slicer{whole: t, outer: tensor.Elems(dims[:axis]), n: t.Shape[axis], run: tensor.Elems(dims[axis:])}
	return s, tensor.New(t.DType, dims), nil
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
