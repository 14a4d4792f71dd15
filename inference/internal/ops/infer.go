package ops

import (
	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/fault"
	"github.com/brinkml/brink/inference/internal/shape"
)

// sameShape is the Infer of operators whose first output has the shape of the first input.
func sameShape(n *Node) error {
	n.SetOut(0, n.In[0].Shape)
	return nil
}

// broadcastShape is the Infer of operators whose inputs all broadcast to the output.
func broadcastShape(n *Node) error {
	shapes := make([]shape.Shape, 0, len(n.In))
	for i := range n.In {
		if n.In[i].Present {
			shapes = append(shapes, n.In[i].Shape)
		}
	}
	s, err := shape.Broadcast(shapes...)
	n.SetOut(0, s)
	return err
}

// shapeMismatch says that n's first two inputs do not fit each other.
func shapeMismatch(n *Node) error {
	return fault.Shape("%v and %v do not fit each other", n.In[0].Shape.Ints(), n.In[1].Shape.Ints())
}

// compareShape is the Infer of broadcasting operators whose output is bool.
func compareShape(n *Node) error {
	n.Out[0].DType = dtype.Bool
	return broadcastShape(n)
}

// legacyCompare is compareShape with the broadcasting of old.
func legacyCompare(n *Node) error {
	n.Out[0].DType = dtype.Bool
	return legacyShape(n)
}
