package ops

import (
	"math"

	"github.com/brinkml/brink/inference/internal/fault"
	"github.com/brinkml/brink/inference/internal/kernels"
	"github.com/brinkml/brink/inference/internal/shape"
)

var _ = register(&opSlice)

// opSlice computes part of x: from starts to ends along axes, in steps.
var opSlice = Op{
	Name: "Slice",
	Versions: []Version{
		{
			Since: 1, In: Args{"T"}, Out: Args{"T"}, Types: []Constraint{{Var: "T"}},
			Attrs: []Attr{{"axes", Ints, nil}, {"ends", Ints, Required}, {"starts", Ints, Required}}, Infer: inferSlice, New: newSlice,
		},
		{
			Since: 10, In: Args{"T", "Tind", "Tind", "Tind?", "Tind?"}, Out: Args{"T"}, Types: []Constraint{{Var: "T"}, {"Tind", indexes}},
			Infer: inferSlice, New: newSlice, Again: 1<<11 | 1<<13,
		},
	},
}

// section is what is taken of one dimension.
type section struct{ start, step, count int }

// sections returns what n takes of each dimension of dims, or nil when that is not known yet.
func sections(n *Node, dims []shape.Dim) ([]section, error) {
	var lists [4][]int64 // starts, ends, axes, steps
	if n.Version.Attr("starts") != nil {
		lists[0], lists[1], lists[2] = n.Ints("starts"), n.Ints("ends"), n.Ints("axes")
	} else {
		for i := range lists {
			if n.Has(i + 1) {
				var known bool
				if lists[i], known = n.In[i+1].Ints(); !known {
					return nil, nil
				}
			}
		}
	}
	starts, ends, axes, steps := lists[0], lists[1], lists[2], lists[3]
	if axes == nil {
		for i := range starts {
			axes = append(axes, int64(i))
		}
	}
	if len(ends) != len(starts) || len(axes) != len(starts) || steps != nil && len(steps) != len(starts) {
		return nil, fault.Shape("%d starts, %d ends, %d axes and %d steps", len(starts), len(ends), len(axes), len(steps))
	}
	if _, err := shape.Axes(axes, len(dims)); err != nil {
		return nil, err
	}
	out := make([]section, len(dims))
	for i, d := range dims {
		out[i] = section{0, 1, int(d)}
	}
	for i, a := range axes {
		axis, _ := shape.Axis(a, len(dims))
		if !dims[axis].Known() {
			out[axis].count = -1
			continue
		}
		step := int64(1)
		if steps != nil {
			step = steps[i]
		}
		if step == 0 {
			return nil, fault.Shape("a step of 0 leads nowhere")
		}
		out[axis] = cut(starts[i], ends[i], step, int64(dims[axis]))
	}
	return out, nil
}

// cut clamps one section to a dimension of length n, as Python's slices are.
func cut(start, end, step, n int64) section {
	low, high := int64(0), n // where an index may come to lie
	if step < 0 {
		low, high = -1, n-1
	}
	clamp := func(i int64) int64 {
		if i < 0 {
			i += n
		}
		return min(max(i, low), high)
	}
	start, end = clamp(start), clamp(end)
	step = min(max(step, math.MinInt32), math.MaxInt32)
	count := (end - start + step - 1) / step
	if step < 0 {
		count = (start - end - step - 1) / -step
	}
	return section{int(start), int(step), int(max(count, 0))}
}

func inferSlice(n *Node) error {
	s := n.In[0].Shape
	if !s.Ranked() {
		return nil
	}
	cuts, err := sections(n, s.Dims())
	if err != nil {
		return err
	}
	if cuts == nil {
		n.SetOut(0, shape.Make(s.Rank()))
		return nil
	}
	out := s.Clone()
	for i, c := range cuts {
		if out[i].Known() {
			out[i] = shape.Dim(c.count)
		} else if c.count == -1 {
			out[i] = shape.Unknown
		}
	}
	n.SetOut(0, shape.Of(out...))
	return nil
}

func newSlice(n *Node) (Kernel, error) {
	cuts, err := sections(n, n.In[0].Shape.Dims())
	if err != nil {
		return nil, err
	}
	if cuts == nil {
		return nil, errNeedsValue
	}
	in, out := n.In[0].Dims(), n.Out[0].Dims()
	own := kernels.Contiguous(in)
	strides := make([]int, len(in))
	from := 0
	for i, c := range cuts {
		from += c.start * own[i]
		if c.count > 1 {
			strides[i] = c.step * own[i]
		}
	}
	walk := kernels.NewWalk(out, kernels.Contiguous(out), strides)
	return newMover(n.In[0].DType, move{walk: walk, from: from}), nil
}
