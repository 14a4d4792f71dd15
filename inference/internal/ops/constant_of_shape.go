package ops

import (
	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/fault"
	"github.com/brinkml/brink/inference/internal/kernels"
	"github.com/brinkml/brink/inference/internal/tensor"
)

var _ = register(&opConstantOfShape)

// opConstantOfShape computes a tensor of a given shape whose elements are all one value, 0 by default.
var opConstantOfShape = Op{
	Name: "ConstantOfShape",
	Versions: []Version{
		{
			Since: 9, In: Args{"T1"}, Out: Args{"T2"}, Types: []Constraint{{"T1", 1 << dtype.Int64}, {"T2", dtype.Fixed &^ dtype.Complex}},
			Attrs: []Attr{{"value", Tensor, nil}}, Infer: inferConstantOfShape, New: newConstantOfShape, Again: 1<<20 | 1<<21 | 1<<23 | 1<<24 | 1<<25,
		},
	},
}

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
	return &filler{v, moveOf(v.DType), repeat(n.Out[0].Dims())}, nil
}

// filler is the kernel that repeats one value.
type filler struct {
	value *tensor.Tensor
	f     moveFunc
	move  move
}

// repeat returns the move of one element to all of a tensor of the given dimensions.
func repeat(dims []int) move {
	return move{walk: kernels.NewWalk(dims, kernels.Contiguous(dims), make([]int, len(dims)))}
}

func (k *filler) Run(c *Ctx) error {
	k.f(&k.move, c.Out[0], k.value, c)
	return nil
}
