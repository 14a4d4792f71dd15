package ops

import "github.com/brinkml/brink/inference/internal/kernels"

var _ = register(&opStringConcat)

// opStringConcat computes the strings of the second input appended to those of the first, which broadcast.
var opStringConcat = Op{
	Name: "StringConcat",
	Versions: []Version{
		{Since: 20, In: Args{"string", "string"}, Out: Args{"string"}, Infer: broadcastShape, New: newStringConcat},
	},
}

type stringConcat struct{ walk *kernels.Walk }

func newStringConcat(n *Node) (Kernel, error) { return &stringConcat{pairWalk(n)}, nil }

// Run charges what the new strings take: a loop that appends a string to itself doubles it each time.
func (k *stringConcat) Run(c *Ctx) error {
	dst, a, b := c.Out[0].Strings, c.In[0].Strings, c.In[1].Strings
	w := k.walk
	if w.Run == 0 {
		return nil
	}
	for at := w.Start(c); ; {
		if err := c.Cancelled(); err != nil {
			return err
		}
		for i := range w.Run {
			x, y := a[at.Off[1]+i*w.Step[1]], b[at.Off[2]+i*w.Step[2]]
			if err := c.Budget.TakeBytes(int64(len(x)) + int64(len(y))); err != nil {
				return err
			}
			dst[at.Off[0]+i] = x + y
		}
		if !at.Next() {
			return nil
		}
	}
}
