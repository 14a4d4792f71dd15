package ops

import "github.com/brinkml/brink/inference/internal/shape"

var _ = register(&opSpaceToDepth)

// opSpaceToDepth computes blocks of an image's pixels gathered in its channels.
var opSpaceToDepth = Op{
	Name: "SpaceToDepth",
	Versions: []Version{
		{
			Since: 1, In: Args{"T"}, Out: Args{"T"}, Types: []Constraint{{Var: "T"}},
			Attrs: []Attr{{"blocksize", Int, Required}}, Infer: inferSpaceToDepth, New: newSpaceToDepth, Again: 1 << 13,
		},
	},
}

func inferSpaceToDepth(n *Node) error {
	size, square, err := blockSize(n)
	if err != nil {
		return err
	}
	return scaleImage(n, [2]shape.Dim{square, 1}, [2]shape.Dim{1, size})
}

func newSpaceToDepth(n *Node) (Kernel, error) {
	x := n.In[0].Dims()
	b := int(n.Int("blocksize"))
	in := []int{x[0], x[1], x[2] / b, b, x[3] / b, b}
	dims := []int{x[0], b, b, x[1], x[2] / b, x[3] / b}
	return newMover(n.In[0].DType, move{walk: permuted(dims, in, []int{0, 3, 5, 1, 2, 4})}), nil
}
