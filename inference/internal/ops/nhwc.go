//go:build !arm

package ops

import (
	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/fault"
	"github.com/brinkml/brink/inference/internal/shape"
)

// The operators of the internal domain that are named like one of the standard do the same to images whose channels are
// last: [batch, spatial..., channels], of one or two spatial dimensions.

// onlyFloat32 are the types of operators that compute with float32 alone.
var onlyFloat32 = []Constraint{{"T", 1 << dtype.Float32}}

// inferLast tells the shape of the output by the Infer of the standard's operator.
func inferLast(n *Node, infer func(*Node) error) error {
	s := n.In[0].Shape
	if !s.Ranked() {
		return nil
	}
	if s.Rank() < 3 || s.Rank() > 4 {
		return fault.Shape("the input has %d dimensions; 3 or 4 are possible", s.Rank())
	}
	m := channelsSecond(n)
	if err := infer(m); err != nil {
		return err
	}
	if dims := m.Out[0].Shape.Clone(); len(dims) == s.Rank() {
		channels := dims[1]
		copy(dims[1:], dims[2:])
		dims[len(dims)-1] = channels
		n.SetOut(0, shape.Of(dims...))
	}
	return nil
}
