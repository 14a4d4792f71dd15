package ops

import (
	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/fault"
	"github.com/brinkml/brink/inference/internal/kernels"
	"github.com/brinkml/brink/inference/internal/shape"
	"github.com/brinkml/brink/inference/internal/tensor"
)

var _ = register(&opConcat)

// opConcat computes the inputs one after the other along an axis.
var opConcat = Op{
	Name: "Concat",
	Versions: []Version{
		{Since: 1, In: Args{"T..."}, Out: Args{"T"}, Types: []Constraint{{"T", dtype.Floats | 1<<dtype.F16}}, Attrs: []Attr{{"axis", Int, nil}}, Infer: inferConcat, New: newConcat},
		{Since: 4, In: Args{"T..."}, Out: Args{"T"}, Types: []Constraint{{Var: "T"}}, Attrs: []Attr{{"axis", Int, Required}}, Infer: inferConcat, New: newConcat, Again: 1<<11 | 1<<13},
	},
}

// concatAxis returns the axis that n joins along: 1 in its first version when it names none.
func concatAxis(n *Node) (int, error) {
	if !n.HasAttr("axis") {
		return shape.Axis(1, n.In[0].Shape.Rank())
	}
	return n.axis("axis", n.In[0].Shape.Rank())
}

func inferConcat(n *Node) error {
	if !n.ranked() {
		return nil
	}
	axis, err := concatAxis(n)
	if err != nil {
		return err
	}
	out := n.In[0].Shape.Clone()
	for i := 1; i < len(n.In); i++ {
		s := n.In[i].Shape
		if s.Rank() != len(out) {
			return fault.Shape("%v and %v cannot be joined", n.In[0].Shape.Ints(), s.Ints())
		}
		for j, d := range s.Dims() {
			switch {
			case j == axis && d.Known() && out[j].Known():
				if int64(out[j])+int64(d) > maxDim {
					return fault.Shape("the joined dimension is too long")
				}
				out[j] += d
			case j == axis:
				out[j] = shape.Unknown
			case d.Known() && out[j].Known() && d != out[j]:
				return fault.Shape("%v and %v cannot be joined along axis %d", n.In[0].Shape.Ints(), s.Ints(), axis)
			case d.Known():
				out[j] = d
			}
		}
	}
	n.SetOut(0, shape.Of(out...))
	return nil
}

func newConcat(n *Node) (Kernel, error) {
	axis, err := concatAxis(n)
	if err != nil {
		return nil, err
	}
	dims := n.Out[0].Dims()
	if size := n.In[0].DType.Size(); size > 0 {
		k := &joiner{rows: tensor.Elems(dims[:axis]), row: tensor.Elems(dims[axis:]) * size}
		for i := range n.In {
			k.parts = append(k.parts, tensor.Elems(n.In[i].Dims()[axis:])*size)
		}
		return k, nil
	}
	strides := kernels.Contiguous(dims)
	moves := make([]move, len(n.In))
	at := 0
	for i := range n.In {
		dims := n.In[i].Dims()
		moves[i] = move{in: i, walk: kernels.NewWalk(dims, strides, kernels.Contiguous(dims)), to: at * strides[axis]}
		at += dims[axis]
	}
	return newMover(n.In[0].DType, moves...), nil
}

// joiner is the kernel of a Concat: every row of the output is one of each input.
type joiner struct {
	rows  int
	row   int   // bytes of a row
	parts []int // of it, bytes
}

// joinPart is how many bytes make a part worth having.
const joinPart = 1 << 15

// Parts implements [Splitter].
func (k *joiner) Parts(threads int) int {
	return max(min(threads, k.rows, k.rows*k.row/joinPart), 1)
}

func (k *joiner) Run(c *Ctx) error { return k.RunPart(c, 0, 1) }

// RunPart implements [Splitter].
func (k *joiner) RunPart(c *Ctx, part, parts int) error {
	if len(c.Out[0].Data) == 0 {
		return nil
	}
	at := 0
	from, to := share(k.rows, part, parts)
	for i, size := range k.parts {
		dst, src := c.Out[0].Data[at:], c.In[i].Data
		p := pace{c: c}
		for r := from; r < to; r++ {
			copy(dst[r*k.row:][:size], src[r*size:])
			if err := p.spend(size / 8); err != nil {
				return err
			}
		}
		at += size
	}
	return nil
}
