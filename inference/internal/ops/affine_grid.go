package ops

import (
	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/fault"
	"github.com/brinkml/brink/inference/internal/shape"
	"github.com/brinkml/brink/inference/internal/tensor"
)

var _ = register(&opAffineGrid)

// opAffineGrid computes for each matrix of theta, the places in an image that its elements come from: a grid for
// GridSample.
var opAffineGrid = Op{
	Name: "AffineGrid",
	Versions: []Version{
		{
			Since: 20, In: Args{"T1", "int64"}, Out: Args{"T1"}, Types: []Constraint{{"T1", dtype.Floating}},
			Attrs: []Attr{{"align_corners", Int, 0}}, Infer: inferAffineGrid, New: newAffineGrid,
		},
	},
}

func inferAffineGrid(n *Node) error {
	theta := n.In[0].Shape
	size, known := n.In[1].Ints()
	if known && len(size) != 4 && len(size) != 5 {
		return fault.Shape("a size of %d dimensions, not 4 or 5", len(size))
	}
	if known && theta.Ranked() {
		rank := shape.Dim(len(size) - 2)
		want := shape.Of(shape.Unknown, rank, rank+1)
		if size[0] >= 0 && size[0] <= maxDim {
			want.Dims()[0] = shape.Dim(size[0])
		}
		if _, ok := theta.Merge(want); !ok {
			return fault.Shape("matrices of %v for a size of %v", theta.Ints(), size)
		}
	}
	if !known {
		return nil
	}
	s, err := shapeOf(size)
	if err != nil {
		return err
	}
	out := append([]shape.Dim{s.Dim(0)}, s.Dims()[2:]...)
	n.SetOut(0, shape.Of(append(out, shape.Dim(len(size)-2))...))
	return nil
}

func newAffineGrid(n *Node) (Kernel, error) {
	if !n.Out[0].Shape.Static() {
		return nil, errNeedsValue
	}
	return inDoubles(n, affineGridOf)
}

type affineGrid struct {
	images, spots int
	dims          []int
	corners       bool
}

func affineGridOf(n *Node) (Kernel, error) {
	out := n.Out[0].Dims()
	dims := out[1 : len(out)-1]
	if theta := n.In[0].Dims(); len(theta) != 3 || theta[0] != out[0] || theta[1] != len(dims) || theta[2] != len(dims)+1 {
		return nil, fault.Shape("matrices of %v for a grid of %v", theta, out)
	}
	return &affineGrid{images: out[0], spots: tensor.Elems(dims), dims: dims, corners: n.Flag("align_corners")}, nil
}

func (k *affineGrid) Run(c *Ctx) error {
	y, theta := tensor.View[float64](c.Out[0]), tensor.View[float64](c.In[0])
	rank := len(k.dims)
	p := pace{c: c}
	for i := range k.images {
		m := theta[i*rank*(rank+1):]
		for spot := range k.spots {
			if err := p.spend(8 * rank); err != nil {
				return err
			}
			var at [3]float64 // innermost first
			rest := spot
			for j := range rank {
				d := k.dims[rank-1-j]
				at[j] = k.coordinate(rest%d, d)
				rest /= d
			}
			for row := range rank {
				sum := m[row*(rank+1)+rank]
				for j := range rank {
					sum += m[row*(rank+1)+j] * at[j]
				}
				y[row] = sum
			}
			y = y[rank:]
		}
	}
	return nil
}

// coordinate returns where the i-th of n elements lies between -1 and 1.
func (k *affineGrid) coordinate(i, n int) float64 {
	switch {
	case !k.corners:
		return float64(2*i+1)/float64(n) - 1
	case n == 1:
		return -1
	}
	return 2*float64(i)/float64(n-1) - 1
}
