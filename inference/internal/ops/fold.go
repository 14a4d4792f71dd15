package ops

import (
	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/fault"
	"github.com/brinkml/brink/inference/internal/kernels"
	"github.com/brinkml/brink/inference/internal/kernels/vec"
)

// equalShapes is the Infer of operators that take any number of inputs and did not broadcast them before opset 8.
func equalShapes(n *Node) error {
	s := n.In[0].Shape
	for i := range n.In {
		merged, ok := s.Merge(n.In[i].Shape)
		if !ok {
			return fault.Shape("inputs of %v and %v differ in shape", s.Ints(), n.In[i].Shape.Ints())
		}
		s = merged
	}
	n.SetOut(0, s)
	return nil
}

// fold is the kernel of operators that combine any number of broadcasting inputs, two at a time.
type fold struct {
	pairs
	first *kernels.Walk   // over the output and the first two inputs; nil when there is one
	rest  []*kernels.Walk // over the output, the output, and one more input each
}

func newFold(n *Node, f *arithmetic) *fold {
	out := n.Out[0].Dims()
	own := kernels.Contiguous(out)
	k := &fold{pairs: f.of(n.In[0].DType)}
	if n.In[0].DType == dtype.Float32 && vec.Has(n.CPU) && f.vec != 0 {
		k.pairs = vectorised(n, f.vec)
	}
	for i := 1; i < len(n.In); i++ {
		next := kernels.Broadcast(n.In[i].Dims(), out)
		if i == 1 {
			k.first = kernels.NewWalk(out, own, kernels.Broadcast(n.In[0].Dims(), out), next)
		} else {
			k.rest = append(k.rest, kernels.NewWalk(out, own, own, next))
		}
	}
	return k
}

func (k *fold) Scratch() int { return k.scratch }

func (k *fold) Run(c *Ctx) error {
	if k.first == nil {
		copy(c.Out[0].Data, c.In[0].Data)
		return nil
	}
	k.run(k.first, c.Out[0], c.In[0], c.In[1], c.Scratch, c)
	for i, w := range k.rest {
		k.run(w, c.Out[0], c.Out[0], c.In[i+2], c.Scratch, c)
	}
	return nil
}
