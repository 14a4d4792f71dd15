package ops

import (
	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/fault"
	"github.com/brinkml/brink/inference/internal/kernels"
	"github.com/brinkml/brink/inference/internal/shape"
	"github.com/brinkml/brink/inference/internal/tensor"
)

var _ = register(&opPad)

// opPad computes x with elements added, or taken away, before and after each dimension.
var opPad = Op{
	Name: "Pad",
	Versions: []Version{
		{
			Since: 1, In: Args{"T"}, Out: Args{"T"}, Types: []Constraint{{"T", dtype.IEEE}},
			Attrs: []Attr{padMode, {"paddings", Ints, Required}, {"value", Float, 0.0}}, Infer: inferPad, New: newPad,
		},
		{
			Since: 2, In: Args{"T"}, Out: Args{"T"}, Types: []Constraint{{"T", dtype.IEEE}},
			Attrs: []Attr{padMode, {"pads", Ints, Required}, {"value", Float, 0.0}}, Infer: inferPad, New: newPad,
		},
		{
			Since: 11, In: Args{"T", "int64", "T?"}, Out: Args{"T"}, Types: []Constraint{{"T", dtype.Numbers | 1<<dtype.F16}},
			Attrs: []Attr{padMode}, Infer: inferPad, New: newPad,
		},
		{
			Since: 13, In: Args{"T", "int64", "T?"}, Out: Args{"T"}, Types: []Constraint{{Var: "T"}},
			Attrs: []Attr{padMode}, Infer: inferPad, New: newPad,
		},
		{
			Since: 18, In: Args{"T", "int64", "T?", "Tind?"}, Out: Args{"T"}, Types: []Constraint{{Var: "T"}, {"Tind", indexes}},
			Attrs: []Attr{padMode}, Infer: inferPad, New: newPad,
		},
		{
			Since: 19, In: Args{"T", "int64", "T?", "Tind?"}, Out: Args{"T"}, Types: []Constraint{{"T", dtype.All &^ dtype.Float8s}, {"Tind", indexes}},
			Attrs: []Attr{padMode}, Infer: inferPad, New: newPad,
		},
		{
			Since: 21, In: Args{"T", "int64", "T?", "Tind?"}, Out: Args{"T"}, Types: []Constraint{{Var: "T"}, {"Tind", indexes}},
			Attrs: []Attr{padMode}, Infer: inferPad, New: newPad, Again: 1<<23 | 1<<24 | 1<<25,
		},
	},
}

var padMode = Attr{"mode", String, "constant"}

// pads returns how many elements n adds before and after each dimension, or nil when that is not known.
func pads(n *Node, rank int) ([][2]int, error) {
	var list []int64
	switch {
	case n.Version.Attr("paddings") != nil:
		list = n.Ints("paddings")
	case n.Version.Attr("pads") != nil:
		list = n.Ints("pads")
	default:
		var known bool
		if list, known = n.In[1].Ints(); !known {
			return nil, nil
		}
	}
	axes := make([]int, 0, rank)
	if n.Has(3) {
		given, known := n.In[3].Ints()
		if !known {
			return nil, nil
		}
		if _, err := shape.Axes(given, rank); err != nil {
			return nil, err
		}
		for _, a := range given {
			axis, _ := shape.Axis(a, rank)
			axes = append(axes, axis)
		}
	} else {
		for i := range rank {
			axes = append(axes, i)
		}
	}
	if len(list) != 2*len(axes) {
		return nil, fault.Shape("%d pads for %d dimensions", len(list), len(axes))
	}
	out := make([][2]int, rank)
	for i, a := range axes {
		for j := range 2 {
			p := list[i+j*len(axes)]
			if p < -maxDim || p > maxDim {
				return nil, fault.Shape("a pad of %d", p)
			}
			out[a][j] = int(p)
		}
	}
	return out, nil
}

func inferPad(n *Node) error {
	s := n.In[0].Shape
	if !s.Ranked() {
		return nil
	}
	add, err := pads(n, s.Rank())
	if err != nil {
		return err
	}
	if n.Has(2) {
		if v := n.In[2].Shape; v.Static() && v.Elems(0, v.Rank()) != 1 {
			return fault.Shape("a constant value of %v", v.Ints())
		}
	}
	out := s.Clone()
	for i, d := range out {
		out[i] = shape.Unknown
		if add == nil || !d.Known() {
			continue
		}
		length := int64(d) + int64(add[i][0]) + int64(add[i][1])
		if length < 0 || length > maxDim {
			return fault.Shape("%v padded by %v", s.Ints(), add)
		}
		out[i] = shape.Dim(length)
	}
	n.SetOut(0, shape.Of(out...))
	return nil
}

// padder is the kernel of Pad: the elements that stay are moved; the others are one value.
type padder struct {
	move  move
	f     moveFunc
	fill  move
	value *tensor.Tensor // when no input gives it
}

func newPad(n *Node) (Kernel, error) {
	in, out := n.In[0].Dims(), n.Out[0].Dims()
	add, err := pads(n, len(in))
	if err != nil {
		return nil, err
	}
	if add == nil {
		return nil, errNeedsValue
	}
	k := &padder{f: moveOf(n.In[0].DType)}
	switch mode := n.String("mode"); mode {
	case "constant":
		k.value = tensor.New(n.In[0].DType, []int{1})
		if n.Version.Attr("value") != nil {
			if k.value, err = floatScalar(n.In[0].DType, n.Float("value")); err != nil {
				return nil, err
			}
		}
		k.fill = repeat(out)
		k.move = stay(in, out, add)
		return k, nil
	case "edge", "reflect", "wrap":
		if mode == "wrap" && n.Version.Since < 19 {
			break
		}
		var table [][]int
		for i := range in {
			from, err := padTable(mode, in[i], out[i], add[i])
			if err != nil {
				return nil, err
			}
			table = append(table, from)
		}
		return newIndexed(n.In[0].DType, in, out, table), nil
	}
	return nil, fault.Format("mode %q is not known", n.String("mode"))
}

// maxPadded bounds a dimension of which is noted where each element comes from.
const maxPadded = 1 << 24

// padTable returns which of n elements each of the output's is. What is taken away is not there to pad with.
func padTable(mode string, n, out int, add [2]int) ([]int, error) {
	if out > maxPadded {
		return nil, &fault.LimitError{What: "length of a dimension that is not padded with a constant", Got: int64(out), Max: maxPadded}
	}
	skip := max(-add[0], 0)
	left := n + min(add[0], 0) + min(add[1], 0)
	from := make([]int, out)
	for i := range from {
		at, err := padFrom(mode, i-max(add[0], 0), left)
		if err != nil {
			return nil, err
		}
		from[i] = skip + at
	}
	return from, nil
}

// floatScalar returns a tensor of one float.
func floatScalar(d dtype.DType, v float32) (*tensor.Tensor, error) {
	switch {
	case d == dtype.Float32:
		return scalar(v), nil
	case d == dtype.Float64:
		return scalar(float64(v)), nil
	case dtype.SmallFloats.Has(d):
		t := tensor.New(d, []int{1})
		storeFloats(t.Data, []float32{v}, d)
		return t, nil
	}
	return nil, fault.Format("a float value for elements of %v", d)
}

// stay returns the move of those elements of in that are in out too.
func stay(in, out []int, add [][2]int) move {
	from, to := kernels.Contiguous(in), kernels.Contiguous(out)
	m := move{}
	dims := make([]int, len(in))
	for i := range in {
		before, after := add[i][0], add[i][1]
		m.to += max(before, 0) * to[i]
		m.from += max(-before, 0) * from[i]
		dims[i] = max(in[i]+min(before, 0)+min(after, 0), 0)
	}
	m.walk = kernels.NewWalk(dims, to, from)
	return m
}

// padFrom returns which of n elements the i-th is, that may lie before or after them.
func padFrom(mode string, i, n int) (int, error) {
	if n <= 0 {
		return 0, fault.Shape("there is nothing to pad with")
	}
	switch mode {
	case "edge":
		return min(max(i, 0), n-1), nil
	case "wrap":
		return (i%n + n) % n, nil
	}
	if n == 1 {
		return 0, nil
	}
	period := 2 * (n - 1) // there and back, without repeating the ends
	i = (i%period + period) % period
	return min(i, period-i), nil
}

func (k *padder) Run(c *Ctx) error {
	value := k.value
	if len(c.In) > 2 && c.In[2] != nil {
		value = c.In[2]
	}
	k.f(&k.fill, c.Out[0], value, c)
	k.f(&k.move, c.Out[0], c.In[0], c)
	return nil
}
