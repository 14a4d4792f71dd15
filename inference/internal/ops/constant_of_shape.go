package ops

import (
	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/fault"
	"github.com/brinkml/brink/inference/internal/kernels"
	"github.com/brinkml/brink/inference/internal/tensor"
)

var _ = register(Op{
	Name: "ConstantOfShape",
	Doc:  "a tensor of a given shape whose elements are all one value, 0 by default",
	Versions: []Version{
		{
			Since: 9, In: Args{"T1"}, Out: Args{"T2"}, Types: []Constraint{{"T1", 1 << dtype.Int64}, {"T2", dtype.Numbers | dtype.Bools | 1<<dtype.F16}},
			Attrs: []Attr{{"value", Tensor, nil}}, Infer: inferConstantOfShape, New: newConstantOfShape,
		},
	},
})

func inferConstantOfShape(n *Node) error {
	n.Out[0].DType = dtype.Float32
	if v := n.Tensor("value"); v != nil {
		if v.Len() != 1 {
			return fault.Shape("the value has %d elements instead of 1", v.Len())
		}
		n.Out[0].DType = v.DType
	}
	dims, known := n.In[0].Ints()
	if !known {
		return nil
	}
	s, err := shapeOf(dims)
	n.SetOut(0, s)
	return err
}

func newConstantOfShape(n *Node) (Kernel, error) {
	v := n.Tensor("value")
	if v == nil {
		v = scalar[float32](0)
	}
	return &filler{v, kernels.NewWalk(n.Out[0].Dims(), kernels.Contiguous(n.Out[0].Dims()), make([]int, n.Out[0].Shape.Rank()))}, nil
}

// filler is the kernel that repeats one value.
type filler struct {
	value *tensor.Tensor
	walk  *kernels.Walk
}

func (k *filler) Run(c *Ctx) error {
	moveOf(k.value.DType)(&move{walk: k.walk}, c.Out[0], k.value)
	return nil
}
