package ops

import (
	"github.com/brinkml/brink/inference/internal/fault"
	"github.com/brinkml/brink/inference/internal/shape"
	"github.com/brinkml/brink/inference/internal/tensor"
)

var _ = register(&opScatterND)

// opScatterND computes x with the updates put at the leading coordinates that the last dimension of indices holds.
var opScatterND = Op{
	Name: "ScatterND",
	Versions: []Version{
		{
			Since: 11, In: Args{"T", "int64", "T"}, Out: Args{"T"}, Types: []Constraint{{Var: "T"}},
			Infer: inferScatterND, New: newScatterND, InPlace: 1, Again: 1 << 13,
		},
		{
			Since: 16, In: Args{"T", "int64", "T"}, Out: Args{"T"}, Types: []Constraint{{Var: "T"}},
			Attrs: []Attr{{"reduction", String, "none"}}, Infer: inferScatterND, New: newScatterND, InPlace: 1, Again: 1 << 18,
		},
	},
}

func inferScatterND(n *Node) error {
	n.SetOut(0, n.In[0].Shape)
	x, indices := n.In[0].Shape, n.In[1].Shape
	if !n.ranked() {
		return nil
	}
	if indices.Rank() == 0 {
		return fault.Shape("indices have no dimensions")
	}
	depth := indices.Dim(-1)
	if !depth.Known() {
		return nil
	}
	if int(depth) > x.Rank() {
		return fault.Shape("indices of %v do not lead into %v", indices.Ints(), x.Ints())
	}
	want := shape.Of(append(indices.Clone()[:indices.Rank()-1], x.Dims()[depth:]...)...)
	if _, ok := want.Merge(n.In[2].Shape); !ok {
		return fault.Shape("updates of %v where %v are needed", n.In[2].Shape.Ints(), want.Ints())
	}
	return nil
}

type scatterND struct {
	coordinates
	rows, chunk int
	put         putFunc
}

func newScatterND(n *Node) (Kernel, error) {
	x, indices := n.In[0].Dims(), n.In[1].Dims()
	depth := indices[len(indices)-1]
	return newScatter(n, func(n *Node, put putFunc) (Kernel, error) {
		return &scatterND{
			coordinates: newCoordinates(x, 0, depth),
			rows:        tensor.Elems(indices[:len(indices)-1]), chunk: tensor.Elems(x[depth:]),
			put: put,
		}, nil
	})
}

func (k *scatterND) Run(c *Ctx) error {
	copy(c.Out[0].Data, c.In[0].Data)
	copy(c.Out[0].Strings, c.In[0].Strings)
	p := pace{c: c}
	for i := range k.rows {
		if err := p.spend(scatterWork + k.chunk); err != nil {
			return err
		}
		at, err := k.offset(c.In[1], i)
		if err != nil {
			return err
		}
		k.put(c.Out[0], c.In[2], at, i*k.chunk, k.chunk)
	}
	return nil
}
