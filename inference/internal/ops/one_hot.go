package ops

import (
	"math"

	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/fault"
	"github.com/brinkml/brink/inference/internal/shape"
	"github.com/brinkml/brink/inference/internal/tensor"
)

var _ = register(&opOneHot)

// opOneHot computes for each index a row of one value that has another at the index.
var opOneHot = Op{
	Name: "OneHot",
	Versions: []Version{
		{
			Since: 9, In: Args{"T1", "T2", "T3"}, Out: Args{"T3"},
			Types: []Constraint{{"T1", dtype.Numbers | 1<<dtype.F16}, {"T2", dtype.Numbers | 1<<dtype.F16}, {"T3", data(9)}},
			Attrs: []Attr{{"axis", Int, -1}}, Infer: inferOneHot, New: newOneHot, Again: 1 << 11,
		},
	},
}

func inferOneHot(n *Node) error {
	s := n.In[0].Shape
	if v := n.In[2].Shape; v.Static() && v.Elems(0, v.Rank()) != 2 {
		return fault.Shape("two values are needed, not %v", v.Ints())
	}
	if !s.Ranked() {
		return nil
	}
	axis, err := n.axis("axis", s.Rank()+1)
	if err != nil {
		return err
	}
	depth := shape.Unknown
	if v := n.In[1].Value; v != nil {
		if v.Len() != 1 {
			return fault.Shape("a depth of %d elements", v.Len())
		}
		d, err := castReader(v.DType)(v, 0)
		if d = math.Trunc(d); err != nil || !(d >= 0 && d <= maxDim) {
			return fault.Shape("a depth of %g", d)
		}
		depth = shape.Dim(d)
	}
	out := append(s.Clone()[:axis:axis], depth)
	n.SetOut(0, shape.Of(append(out, s.Dims()[axis:]...)...))
	return nil
}

type oneHot struct {
	outer, depth, inner int
	fromEnd             bool // negative indices count from the end, as they do from version 11 on
	fill                move
	move                moveFunc
	put                 putFunc
	read                func(t *tensor.Tensor, i int) (float64, error)
}

func newOneHot(n *Node) (Kernel, error) {
	if !n.Out[0].Shape.Static() {
		return nil, errNeedsValue
	}
	out := n.Out[0].Dims()
	axis, err := n.axis("axis", len(out))
	return &oneHot{
		outer: tensor.Elems(out[:axis]), depth: out[axis], inner: tensor.Elems(out[axis+1:]),
		fromEnd: n.Version.Since >= 11, fill: repeat(out),
		move: moveOf(n.In[2].DType), put: putAs(n.In[2].DType), read: castReader(n.In[0].DType),
	}, err
}

func (k *oneHot) Run(c *Ctx) error {
	k.move(&k.fill, c.Out[0], c.In[2], c)
	for o := range k.outer {
		for i := range k.inner {
			v, err := k.read(c.In[0], o*k.inner+i)
			if err != nil {
				return err
			}
			if v = math.Trunc(v); v < 0 && k.fromEnd {
				v += float64(k.depth)
			}
			if v >= 0 && v < float64(k.depth) { // an index outside of the row is nowhere in it
				k.put(c.Out[0], c.In[2], (o*k.depth+int(v))*k.inner+i, 1, 1)
			}
		}
	}
	return nil
}
