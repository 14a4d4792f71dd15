package ops

import (
	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/fault"
	"github.com/brinkml/brink/inference/internal/shape"
)

var _ = register(&opReshape)

var opReshape = Op{
	Name: "Reshape",
	Doc:  "x with other dimensions; 0 keeps the input's, -1 stands for what is left",
	Versions: []Version{
		{Since: 1, In: Args{"T"}, Out: Args{"T"}, Types: []Constraint{{"T", dtype.Floats | 1<<dtype.F16}}, Attrs: []Attr{{"shape", Ints, nil}}, Infer: inferReshape, New: newCopy, View: true},
		{Since: 5, In: Args{"T", "int64"}, Out: Args{"T"}, Types: []Constraint{{Var: "T"}}, Infer: inferReshape, New: newCopy, View: true, Again: []int{13}},
		{Since: 14, In: Args{"T", "int64"}, Out: Args{"T"}, Types: []Constraint{{Var: "T"}}, Attrs: []Attr{{"allowzero", Int, 0}}, Infer: inferReshape, New: newCopy, View: true, Again: []int{19, 21, 23, 24, 25}},
	},
}

func inferReshape(n *Node) error {
	var want []int64
	if n.Version.Attr("shape") != nil {
		want = n.Ints("shape")
	} else {
		var known bool
		if want, known = n.In[1].Ints(); !known {
			if s := n.In[1].Shape; s.Ranked() && s.Rank() == 1 && s.Dim(0).Known() && s.Dim(0) <= maxRank {
				n.SetOut(0, shape.Make(int(s.Dim(0))))
			}
			return nil
		}
	}
	in := n.In[0].Shape
	allowZero := n.Version.Attr("allowzero") != nil && n.Flag("allowzero")
	out := make([]shape.Dim, len(want))
	rest := -1
	for i, d := range want {
		switch {
		case d == -1 && rest < 0:
			rest = i
			out[i] = 1
		case d < 0 || d > maxDim:
			return fault.Shape("cannot reshape to %v", want)
		case d == 0 && !allowZero:
			if !in.Ranked() {
				out[i] = shape.Unknown
			} else if i >= in.Rank() {
				return fault.Shape("cannot reshape %v to %v: there is no dimension %d to keep", in.Ints(), want, i)
			} else {
				out[i] = in.Dim(i)
			}
		default:
			out[i] = shape.Dim(d)
		}
	}
	to := shape.Of(out...)
	if !in.Static() || !to.Static() {
		if rest >= 0 {
			out[rest] = shape.Unknown
		}
		n.SetOut(0, to)
		return nil
	}
	have, got := in.Elems(0, in.Rank()), to.Elems(0, len(out))
	if rest >= 0 && got > 0 && have%got == 0 {
		out[rest] = have / got
		got = have
	}
	if have != got {
		return fault.Shape("cannot reshape %v to %v", in.Ints(), want)
	}
	n.SetOut(0, to)
	return nil
}
