package ops

import (
	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/fault"
	"github.com/brinkml/brink/inference/internal/kernels"
	"github.com/brinkml/brink/inference/internal/tensor"
)

var _ = register(&opEyeLike)

// opEyeLike computes a matrix of the shape of x with ones on a diagonal and zeros elsewhere.
var opEyeLike = Op{
	Name: "EyeLike",
	Versions: []Version{
		{
			Since: 9, In: Args{"T1"}, Out: Args{"T2"},
			Types: []Constraint{{"T1", dtype.Numbers | dtype.Halves | dtype.Bools}, {"T2", dtype.Numbers | dtype.Halves | dtype.Bools}},
			Attrs: []Attr{{"dtype", Int, nil}, {"k", Int, 0}}, Infer: inferEyeLike, New: newEyeLike, Again: 1 << 22,
		},
	},
}

func inferEyeLike(n *Node) error {
	n.Out[0].DType = n.In[0].DType
	if n.HasAttr("dtype") {
		d := n.Int("dtype")
		if d < 0 || d > 255 || !dtype.DType(d).Valid() {
			return fault.Format("there is no element type %d", d)
		}
		n.Out[0].DType = dtype.DType(d)
	}
	if s := n.In[0].Shape; s.Ranked() && s.Rank() != 2 {
		return fault.Shape("%v is no matrix", s.Ints())
	}
	return sameShape(n)
}

func newEyeLike(n *Node) (Kernel, error) {
	k := &eyeLike{shape: n.In[0].Dims(), diagonal: n.Int("k"), put: putAs(n.Out[0].DType), one: tensor.New(n.Out[0].DType, []int{1})}
	castWriter(k.one.DType, n)(k.one, 0, 1)
	return k, nil
}

type eyeLike struct {
	shape    []int
	diagonal int64
	one      *tensor.Tensor
	put      putFunc
}

func (k *eyeLike) Run(c *Ctx) error {
	kernels.Fill(c.Out[0].Data, 0)
	for row := range k.shape[0] {
		if col := int64(row) + k.diagonal; col >= 0 && col < int64(k.shape[1]) {
			k.put(c.Out[0], k.one, row*k.shape[1]+int(col), 0, 1)
		}
	}
	return nil
}
