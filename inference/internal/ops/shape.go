package ops

import (
	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/shape"
	"github.com/brinkml/brink/inference/internal/tensor"
)

var _ = register(&opShape)

// opShape computes the dimensions of x.
var opShape = Op{
	Name: "Shape",
	Versions: []Version{
		{Since: 1, In: Args{"T"}, Out: Args{"T1"}, Types: []Constraint{{Var: "T"}, {"T1", 1 << dtype.Int64}}, Infer: inferShape, New: newShape, Again: 1 << 13},
		{
			Since: 15, In: Args{"T"}, Out: Args{"T1"}, Types: []Constraint{{Var: "T"}, {"T1", 1 << dtype.Int64}},
			Attrs: []Attr{{"end", Int, nil}, {"start", Int, 0}}, Infer: inferShape, New: newShape, Again: 1<<19 | 1<<21 | 1<<23 | 1<<24 | 1<<25,
		},
	},
}

// shapeRange returns which dimensions n asks for.
func shapeRange(n *Node, rank int) (start, end int) {
	end = rank
	if n.Version.Attr("start") == nil {
		return 0, end
	}
	clamp := func(i int64) int {
		if i < 0 {
			i += int64(rank)
		}
		return int(min(max(i, 0), int64(rank)))
	}
	start = clamp(n.Int("start"))
	if n.HasAttr("end") {
		end = clamp(n.Int("end"))
	}
	return start, max(start, end)
}

func inferShape(n *Node) error {
	n.Out[0].DType = dtype.Int64
	s := n.In[0].Shape
	if !s.Ranked() {
		n.SetOut(0, shape.Make(1))
		return nil
	}
	start, end := shapeRange(n, s.Rank())
	n.SetOut(0, shape.Of(shape.Dim(end-start)))
	dims := make([]int64, end-start)
	for i, d := range s.Dims()[start:end] {
		if !d.Known() {
			return nil
		}
		dims[i] = int64(d)
	}
	n.Out[0].Value = tensor.Of(dims, len(dims))
	return nil
}

// newShape has nothing to do but copy, since a known shape is a known value.
func newShape(n *Node) (Kernel, error) { return nil, errNeedsValue }
