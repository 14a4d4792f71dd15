package ops

import "github.com/brinkml/brink/inference/internal/fault"

var _ = register(&opTrilu)

// opTrilu computes the upper or lower triangle of each matrix of x, from its k-th diagonal on; 0 elsewhere.
var opTrilu = Op{
	Name: "Trilu",
	Versions: []Version{
		{
			Since: 14, In: Args{"T", "int64?"}, Out: Args{"T"}, Types: []Constraint{{Var: "T"}},
			Attrs: []Attr{{"upper", Int, 1}}, Infer: inferTrilu, New: newTrilu,
		},
	},
}

func inferTrilu(n *Node) error {
	if s := n.In[0].Shape; s.Ranked() && s.Rank() < 2 {
		return fault.Shape("%v holds no matrices", s.Ints())
	}
	if n.Has(1) {
		if k := n.In[1].Shape; k.Static() && k.Elems(0, k.Rank()) != 1 {
			return fault.Shape("a diagonal of %v", k.Ints())
		}
	}
	return sameShape(n)
}

// trilu copies the part of each row that lies in the triangle.
type trilu struct {
	rows, cols int
	upper      bool
	put        putFunc
}

func newTrilu(n *Node) (Kernel, error) {
	dims := n.In[0].Dims()
	return &trilu{rows: dims[len(dims)-2], cols: dims[len(dims)-1], upper: n.Flag("upper"), put: putAs(n.In[0].DType)}, nil
}

func (k *trilu) Run(c *Ctx) error {
	diagonal := int64(0)
	if len(c.In) > 1 {
		diagonal = scalarOr(c.In[1], diagonal)
	}
	clear(c.Out[0].Data)
	clear(c.Out[0].Strings)
	if k.cols == 0 {
		return nil
	}
	for row := range c.In[0].Len() / k.cols {
		split := int64(row%k.rows) + min(max(diagonal, -int64(k.rows)), int64(k.cols))
		from, to := int(min(max(split, 0), int64(k.cols))), k.cols
		if !k.upper {
			from, to = 0, int(min(max(split+1, 0), int64(k.cols)))
		}
		k.put(c.Out[0], c.In[0], row*k.cols+from, row*k.cols+from, to-from)
	}
	return nil
}
