package ops

import (
	"github.com/brinkml/brink/inference/internal/fault"
	"github.com/brinkml/brink/inference/internal/kernels"
	"github.com/brinkml/brink/inference/internal/tensor"
)

var _ = register(&opReverseSequence)

// opReverseSequence computes x with the first steps of each sequence of the batch in reverse, as many as it is long.
var opReverseSequence = Op{
	Name: "ReverseSequence",
	Versions: []Version{
		{
			Since: 10, In: Args{"T", "int64"}, Out: Args{"T"}, Types: []Constraint{{Var: "T"}},
			Attrs: []Attr{{"batch_axis", Int, 1}, {"time_axis", Int, 0}}, Infer: inferReverseSequence, New: newReverseSequence,
		},
	},
}

func inferReverseSequence(n *Node) error {
	s := n.In[0].Shape
	if s.Ranked() {
		batch, time := n.Int("batch_axis"), n.Int("time_axis")
		if batch+time != 1 || batch*time != 0 || s.Rank() < 2 {
			return fault.Shape("axes %d and %d of %v: they must be the first two", batch, time, s.Ints())
		}
		if lens := n.In[1].Shape; lens.Static() && s.Dim(int(batch)).Known() && (lens.Rank() != 1 || lens.Dim(0) != s.Dim(int(batch))) {
			return fault.Shape("lengths of %v for a batch of %v", lens.Ints(), s.Ints())
		}
	}
	return sameShape(n)
}

type reverseSequence struct {
	batch, steps             int
	batchStride, stepsStride int
	chunk                    int
	put                      putFunc
}

func newReverseSequence(n *Node) (Kernel, error) {
	x := n.In[0].Dims()
	strides := kernels.Contiguous(x)
	b, t := n.Int("batch_axis"), n.Int("time_axis")
	return &reverseSequence{x[b], x[t], strides[b], strides[t], tensor.Elems(x[2:]), putAs(n.In[0].DType)}, nil
}

func (k *reverseSequence) Run(c *Ctx) error {
	lens := tensor.View[int64](c.In[1])
	for b := range k.batch {
		length := int(lens[b])
		if lens[b] < 0 || lens[b] > int64(k.steps) {
			return fault.Shape("sequence %d has length %d, but there are %d steps", b, lens[b], k.steps)
		}
		for t := range k.steps {
			from := t
			if t < length {
				from = length - 1 - t
			}
			k.put(c.Out[0], c.In[0], b*k.batchStride+t*k.stepsStride, b*k.batchStride+from*k.stepsStride, k.chunk)
		}
	}
	return nil
}
