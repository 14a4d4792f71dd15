package ops

import (
	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/kernels"
	"github.com/brinkml/brink/inference/internal/tensor"
)

// move says which elements of an input go where in an output: along a walk whose operands are the output and the
// input, from the given starts.
type move struct {
	in, out  int
	walk     *kernels.Walk
	from, to int
}

// mover is the kernel of operators that only move elements. It does not care what they mean, only how large they are.
type mover struct {
	f     moveFunc
	moves []move
}

type moveFunc func(m *move, dst, src *tensor.Tensor, watch kernels.Watcher)

func newMover(d dtype.DType, moves ...move) Kernel { return &mover{moveOf(d), moves} }

func (k *mover) Run(c *Ctx) error {
	for i := range k.moves {
		m := &k.moves[i]
		k.f(m, c.Out[m.out], c.In[m.in], c)
	}
	return nil
}

// moveOf returns the function that moves elements of type d.
func moveOf(d dtype.DType) moveFunc {
	switch d.Size() {
	case 1:
		return moveAs[uint8]
	case 2:
		return moveAs[uint16]
	case 4:
		return moveAs[uint32]
	case 8:
		return moveAs[uint64]
	case 16:
		return moveAs[[2]uint64]
	}
	return moveStrings
}

func moveAs[T any](m *move, dst, src *tensor.Tensor, watch kernels.Watcher) {
	kernels.Move(m.walk, tensor.View[T](dst), tensor.View[T](src), m.to, m.from, watch)
}

func moveStrings(m *move, dst, src *tensor.Tensor, watch kernels.Watcher) {
	kernels.Move(m.walk, dst.Strings, src.Strings, m.to, m.from, watch)
}

// newCopy makes the kernel that copies input 0 to output 0 as it is: what a view does where it cannot share memory.
func newCopy(n *Node) (Kernel, error) {
	size := []int{n.In[0].Len()}
	walk := kernels.NewWalk(size, []int{1}, []int{1})
	return newMover(n.In[0].DType, move{walk: walk}), nil
}
