package ops

import (
	"github.com/brinkml/brink/inference/internal/fault"
	"github.com/brinkml/brink/inference/internal/shape"
)

var _ = register(&opDepthToSpace)

// opDepthToSpace computes channels of an image spread over blocks of its pixels.
var opDepthToSpace = Op{
	Name: "DepthToSpace",
	Versions: []Version{
		{
			Since: 1, In: Args{"T"}, Out: Args{"T"}, Types: []Constraint{{Var: "T"}},
			Attrs: []Attr{{"blocksize", Int, Required}}, Infer: inferDepthToSpace, New: newDepthToSpace,
		},
		{
			Since: 11, In: Args{"T"}, Out: Args{"T"}, Types: []Constraint{{Var: "T"}},
			Attrs: []Attr{{"blocksize", Int, Required}, {"mode", String, "DCR"}}, Infer: inferDepthToSpace, New: newDepthToSpace, Again: 1 << 13,
		},
	},
}

// blockSize returns n's block size, and the square of it.
func blockSize(n *Node) (size, square shape.Dim, err error) {
	b := n.Int("blocksize")
	if b < 1 || b > 1<<15 {
		return 0, 0, fault.Format("a block size of %d", b)
	}
	return shape.Dim(b), shape.Dim(b * b), nil
}

// scaled returns d * num / den, which must be whole.
func scaled(d, num, den shape.Dim) (shape.Dim, error) {
	switch {
	case !d.Known():
		return shape.Unknown, nil
	case d%den != 0:
		return 0, fault.Shape("%d is no multiple of %d", d, den)
	case int64(d/den)*int64(num) > maxDim:
		return 0, fault.Shape("%d times %d is too long", d, num)
	}
	return d / den * num, nil
}

// scaleImage tells the shape of an image whose channels, height and width are scaled.
func scaleImage(n *Node, channels, space [2]shape.Dim) error {
	s := n.In[0].Shape
	if !s.Ranked() {
		return nil
	}
	if s.Rank() != 4 {
		return fault.Shape("%v is no batch of images", s.Ints())
	}
	out := s.Clone()
	for i, by := range [][2]shape.Dim{{1, 1}, channels, space, space} {
		var err error
		if out[i], err = scaled(out[i], by[0], by[1]); err != nil {
			return err
		}
	}
	n.SetOut(0, shape.Of(out...))
	return nil
}

func inferDepthToSpace(n *Node) error {
	size, square, err := blockSize(n)
	if err != nil {
		return err
	}
	return scaleImage(n, [2]shape.Dim{1, square}, [2]shape.Dim{size, 1})
}

func newDepthToSpace(n *Node) (Kernel, error) {
	x := n.In[0].Dims()
	b := int(n.Int("blocksize"))
	depth := x[1] / (b * b)
	// The output as [batch, depth, height, b, width, b], and which dimension of the input each of these is.
	dims := []int{x[0], depth, x[2], b, x[3], b}
	in, order := []int{x[0], b, b, depth, x[2], x[3]}, []int{0, 3, 4, 1, 5, 2}
	if n.Version.Attr("mode") != nil {
		switch mode := n.String("mode"); mode {
		case "DCR":
		case "CRD":
			in, order = []int{x[0], depth, b, b, x[2], x[3]}, []int{0, 1, 4, 2, 5, 3}
		default:
			return nil, fault.Format("mode %q is neither DCR nor CRD", mode)
		}
	}
	return newMover(n.In[0].DType, move{walk: permuted(dims, in, order)}), nil
}
