package ops

import (
	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/fault"
)

var _ = register(&opBitCast)

// opBitCast computes the bits of x as elements of another type of as many bits.
var opBitCast = Op{
	Name: "BitCast",
	Versions: []Version{
		{
			Since: 26, In: Args{"T1"}, Out: Args{"T2"}, Types: []Constraint{{"T1", dtype.Fixed}, {"T2", dtype.Fixed}},
			Attrs: []Attr{{"to", Int, Required}}, Infer: inferBitCast, New: newBitCast,
		},
	},
}

func inferBitCast(n *Node) error {
	from := n.In[0].DType
	to, err := elementType(n, "to")
	if err != nil {
		return err
	}
	if from.Bits() != to.Bits() {
		return fault.Format("the bits of %v as %v", from, to)
	}
	n.Out[0].DType = to
	return sameShape(n)
}

func newBitCast(n *Node) (Kernel, error) {
	switch to := n.Out[0].DType; {
	case to.Bits() < 8:
		return run(func(c *Ctx) error {
			for i, v := range c.In[0].Data {
				c.Out[0].Data[i] = lowBits(v, to)
			}
			return nil
		}), nil
	case to == dtype.Bool: // of which Go knows two values only
		return run(func(c *Ctx) error {
			for i, v := range c.In[0].Data {
				c.Out[0].Data[i] = min(v, 1)
			}
			return nil
		}), nil
	}
	return newCopy(n)
}
