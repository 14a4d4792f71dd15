package ops

import (
	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/kernels"
	"github.com/brinkml/brink/inference/internal/shape"
	"github.com/brinkml/brink/inference/internal/tensor"
)

// pairs is the candidate that computes every element of the output from one element of each of two inputs, which
// broadcast.
func pairs[T, R dtype.Element](f func(dst []R, a, b []T)) candidate {
	return typed[T](func(n *Node) (Kernel, error) { return &binary[T, R]{f, pairWalk(n)}, nil })
}

type binary[T, R any] struct {
	f    kernels.Binary[T, R]
	walk *kernels.Walk
}

func (k *binary[T, R]) Run(c *Ctx) error {
	k.f.Apply(k.walk, tensor.View[R](c.Out[0]), tensor.View[T](c.In[0]), tensor.View[T](c.In[1]))
	return nil
}

// pairWalk returns the walk over n's output and its two inputs.
func pairWalk(n *Node) *kernels.Walk {
	out := n.Out[0].Dims()
	a, b := n.In[0].Dims(), n.In[1].Dims()
	if n.Version.Attr("broadcast") != nil {
		b = alignLegacy(n, b, len(a))
	}
	return kernels.NewWalk(out, kernels.Contiguous(out), kernels.Broadcast(a, out), kernels.Broadcast(b, out))
}

// legacyBroadcast are the attributes by which operators broadcast before opset 7: only if asked to, only the second
// input, and from a given axis of the first.
var legacyBroadcast = []Attr{{"axis", Int, nil}, {"broadcast", Int, 0}}

// legacyShape is the Infer of operators that broadcast in that way.
func legacyShape(n *Node) error {
	n.SetOut(0, n.In[0].Shape)
	a, b := n.In[0].Shape, n.In[1].Shape
	if !a.Static() || !b.Static() {
		return nil
	}
	if !n.Flag("broadcast") {
		if !a.Equal(b) {
			return shapeMismatch(n)
		}
		return nil
	}
	aligned := alignLegacy(n, n.In[1].Dims(), a.Rank())
	s, err := shape.Broadcast(a, shape.FromInts(aligned))
	if err != nil || !s.Equal(a) {
		return shapeMismatch(n)
	}
	return nil
}

// alignLegacy returns the dimensions of the second input with ones appended, so that its first lies at the axis.
func alignLegacy(n *Node, b []int, rank int) []int {
	if !n.HasAttr("axis") {
		return b
	}
	axis := n.Int("axis")
	if axis < 0 {
		axis += int64(rank)
	}
	for int64(rank)-axis > int64(len(b)) && len(b) < rank {
		b = append(b, 1)
	}
	return b
}
