package optimize

import (
	"math"
	"slices"

	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/graph"
	"github.com/brinkml/brink/inference/internal/ops"
	"github.com/brinkml/brink/inference/internal/shape"
	"github.com/brinkml/brink/inference/internal/tensor"
	"github.com/brinkml/brink/inference/internal/wire"
)

var noop = Pass{
	Name: "noop",
	Doc:  "drop nodes that hand on a value as it is, alone or in pairs",
	run:  dropNoops,
}

func dropNoops(d *draft) (changed int) {
	p := passing{d, d.makers(), d.uses(), map[neutralKey]bool{}}
	for i := range d.graph.Nodes {
		n := d.node(i)
		if len(n.Out) == 0 || n.Out[0] == graph.None || len(n.In) == 0 || n.In[0] == graph.None || p.wanted(n.Out[1:]) {
			continue
		}
		if from := p.from(n); from != graph.None {
			if d.forward(i, from, p.makers) {
				changed++
			}
		} else if p.shorten(n) {
			changed++
		}
	}
	d.settle()
	return changed
}

// passing finds nodes that hand on a value.
type passing struct {
	*draft
	makers, reads []int32             // by graph.ID
	neutrals      map[neutralKey]bool // constants that were looked at
}

// wanted reports whether any of some outputs is read.
func (p *passing) wanted(out []graph.ID) bool {
	return slices.ContainsFunc(out, func(id graph.ID) bool { return id != graph.None && p.reads[id] > 0 })
}

// from returns the value that the first output of n is always equal to, or None.
func (p *passing) from(n *graph.Node) graph.ID {
	op := p.op(n)
	if op == nil {
		return graph.None
	}
	x, y := n.In[0], n.Out[0]
	same := false
	switch n.Op {
	case "Identity":
		same = true
	case "Dropout":
		same = p.infers(n)
	case "Sum", "Mean", "Max", "Min", "Concat":
		same = len(n.In) == 1
	case "Split":
		same = len(n.Out) == 1
	case "Cast":
		same = p.values[x].Kind == wire.TypeTensor && int64(p.values[x].DType) == op.Int("to")
	case "CastLike":
		same = p.values[x].Kind == wire.TypeTensor && p.values[x].DType != dtype.Undefined && p.values[x].DType == p.values[n.In[1]].DType
	case "Expand":
		same = p.sameShape(x, y)
	case "Tile":
		repeats, known := p.ints(input(n, 1))
		same = known && all(repeats, 1)
	case "Pad":
		same = p.padsNothing(n, op)
	case "Slice":
		same = p.slicesAll(n, op)
	case "Transpose":
		return p.untransposed(n)
	case "Add", "Sub", "Mul", "Div":
		return p.neutral(n, op)
	}
	if same {
		return x
	}
	if op.Version.View {
		return p.unviewed(y, x)
	}
	return graph.None
}

// shorten has n read what it makes its output of from further back, and reports whether it does now.
func (p *passing) shorten(n *graph.Node) bool {
	switch op := p.op(n, "Transpose", "Reshape"); {
	case op == nil:
	case n.Op == "Transpose":
		return p.joinTransposes(n)
	case op.Version.Attr("shape") == nil:
		return p.joinReshapes(n, op)
	}
	return false
}

func all(list []int64, v int64) bool {
	return !slices.ContainsFunc(list, func(o int64) bool { return o != v })
}

// infers reports whether a Dropout drops nothing, as ever outside of training.
func (p *passing) infers(n *graph.Node) bool {
	training := input(n, 2)
	if training == graph.None {
		return true
	}
	t := p.values[training].Known
	return t != nil && !slices.Contains(tensor.View[bool](t), true)
}

// padsNothing reports whether a Pad adds and takes away nothing.
func (p *passing) padsNothing(n *graph.Node, op *ops.Node) bool {
	for _, attr := range [...]string{"pads", "paddings"} {
		if op.Version.Attr(attr) != nil {
			return all(op.Ints(attr), 0)
		}
	}
	pads, known := p.ints(input(n, 1))
	return known && all(pads, 0)
}

// slicesAll reports whether a Slice takes all of its input: forwards, one by one, and from end to end.
func (p *passing) slicesAll(n *graph.Node, op *ops.Node) bool {
	var starts, ends, steps []int64
	if op.Version.Attr("starts") != nil {
		starts, ends = op.Ints("starts"), op.Ints("ends")
	} else {
		var known [3]bool
		starts, known[0] = p.ints(input(n, 1))
		ends, known[1] = p.ints(input(n, 2))
		steps, known[2] = p.ints(input(n, 4))
		if !known[0] || !known[1] || !known[2] && input(n, 4) != graph.None {
			return false
		}
	}
	if !all(steps, 1) {
		return false
	}
	// Writers that do not know how long a dimension is say the greatest int32 or int64.
	short := slices.ContainsFunc(ends, func(end int64) bool { return end < math.MaxInt32 })
	return p.sameShape(n.In[0], n.Out[0]) || all(starts, 0) && !short
}

// order returns the permutation of a Transpose, nil when it is not known.
func (p *passing) order(n *graph.Node) []int64 {
	op := p.op(n, "Transpose")
	if op == nil || !p.values[n.In[0]].Shape.Ranked() {
		return nil
	}
	s := p.values[n.In[0]].Shape
	perm := slices.Clone(op.Ints("perm"))
	if perm == nil {
		for i := range s.Rank() {
			perm = append(perm, int64(s.Rank()-1-i))
		}
	}
	for i := range perm {
		axis, err := shape.Axis(perm[i], s.Rank())
		if err != nil {
			return nil
		}
		perm[i] = int64(axis)
	}
	return perm
}

// joined returns the permutation that a Transpose and the one before it come to, and what that one reads; without one
// before it, its own.
func (p *passing) joined(n *graph.Node) (perm []int64, from graph.ID) {
	perm, from = p.order(n), n.In[0]
	if m := p.makers[from]; m >= 0 && perm != nil {
		before := &p.graph.Nodes[m]
		if first := p.order(before); first != nil && len(first) == len(perm) {
			for i := range perm {
				perm[i] = first[perm[i]]
			}
			from = p.read(before.In[0])
		}
	}
	return perm, from
}

// untransposed returns what a Transpose leaves as it is, or brings back in order, and None when it does neither.
func (p *passing) untransposed(n *graph.Node) graph.ID {
	perm, from := p.joined(n)
	if perm == nil {
		return graph.None
	}
	for i := range perm {
		if perm[i] != int64(i) {
			return graph.None
		}
	}
	return from
}

// joinTransposes makes one Transpose of two.
func (p *passing) joinTransposes(n *graph.Node) bool {
	perm, from := p.joined(n)
	if perm == nil || from == n.In[0] {
		return false
	}
	n.In = []graph.ID{from}
	n.Attrs = []graph.Attr{{Name: "perm", Kind: wire.AttrInts, Value: perm}}
	return true
}
